//! The key files under `<data>/keys`, in one folder for each who may hold them:
//!
//! | folder | files | who |
//! | --- | --- | --- |
//! | `public/` | line, custodian, door, token, audit | everybody |
//! | `door/` | receipt, limit | the doors, triage, casework |
//! | `sms/` | door | the SMS door |
//! | `inner/` | line, index, audit | triage, dispatch, casework |
//! | `issuer/` | token | the console and the administrator's command line |
//! | `custodian/` | custodian | the identity custodian |
//! | `local/` | one for each clerks' desk | that door; made there and never copied |
//!
//! A public-facing host gets `public/` and `door/` ([`KeyDirectory::export`]) and with them cannot
//! open anything it has taken in.

mod directory;
mod held;
mod key_file;

pub use directory::{HostKind, KeyDirectory};
pub use held::{CustodianKeys, DoorKeys, InnerKeys, IssuerKeys, ReplyKeys};

use std::path::PathBuf;
use std::str::FromStr;

/// The keys of a tip line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyName {
    /// Opens tips.
    Line,
    /// Opens reporters' identities.
    Custodian,
    /// Opens where the SMS door sends replies.
    Door,
    /// Hashes receipts and others' ids, seals first answers; shared by doors and casework.
    Receipt,
    /// Makes the daily quota tokens.
    Limit,
    /// Signs access tokens.
    Token,
    /// Hashes fields for the link index.
    Index,
    /// Signs checkpoints of the audit chain.
    Audit,
}

impl KeyName {
    /// Every key.
    pub const ALL: [Self; 8] = [
        Self::Line,
        Self::Custodian,
        Self::Door,
        Self::Receipt,
        Self::Limit,
        Self::Token,
        Self::Index,
        Self::Audit,
    ];

    /// The name in file names and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Custodian => "custodian",
            Self::Door => "door",
            Self::Receipt => "receipt",
            Self::Limit => "limit",
            Self::Token => "token",
            Self::Index => "index",
            Self::Audit => "audit",
        }
    }
}

impl std::fmt::Display for KeyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyName {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or(KeyError::UnknownName)
    }
}

/// A key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The system refused.
    #[error("key file {path}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not there: this host was not given it.
    #[error("key file {path} is missing; `dengwen keys generate` makes it")]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A line of it is not a key.
    #[error("key file {path}, line {line}: not a {wanted} key")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1; 0 where there is none.
        line: usize,
        /// The kind of key that belongs there.
        wanted: &'static str,
    },
    /// Others on this machine could read a secret.
    #[error(
        "key file {path} can be read or written by others: chmod 600 it, and make new keys if it was read"
    )]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// What was stored under this key would be found no more.
    #[error("the {0} key cannot be rotated: what is stored was hashed with it")]
    NotRotatable(KeyName),
    /// No key has that name.
    #[error("unknown key: line, custodian, door, receipt, limit, token, index or audit")]
    UnknownName,
}
