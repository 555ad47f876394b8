//! What a record of the audit log vouches for: a digest of what was stored with it, so that a row that was
//! emptied, replaced or deleted later shows without being opened.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::keyed_hash::HashError;

/// What stands before a digest at the end of a record's reason.
const MARK: &str = "sha256:";

/// SHA-256 of a stored row. It needs no key: rows hold sealed boxes and keyed hashes, of which a digest
/// tells nothing, and the chain of the log keeps it from being rewritten. Text form: base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Evidence([u8; 32]);

crate::keyed_hash::hash_text_form!(Evidence);

impl Evidence {
    /// The digest of a row of this kind. A part that is not there is another than an empty one, and bytes
    /// moved from one part to the next are a change.
    pub fn of(kind: &str, parts: &[Option<&[u8]>]) -> Self {
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        part(b"dengwen/evidence/v1");
        part(kind.as_bytes());
        for one in parts {
            part(&[u8::from(one.is_some())]);
            part(one.unwrap_or_default());
        }
        Self(hasher.finalize().into())
    }

    /// The reason of a record that vouches for it.
    #[must_use]
    pub fn after(&self, reason: &str) -> String {
        format!("{reason} {MARK}{self}").trim_start().to_owned()
    }

    /// The digest that a record vouches for, if it does.
    pub fn in_reason(reason: &str) -> Option<Self> {
        reason.rsplit(' ').next()?.strip_prefix(MARK)?.parse().ok()
    }
}
