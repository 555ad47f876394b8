//! The audit chain: each record's hash covers the record before it, so that nothing can be changed,
//! removed or put in between unseen; signed checkpoints, kept elsewhere, show a cut-off or rewritten end.
//!
//! A record may also vouch for what was stored with it ([`Evidence`]).
//!
//! One writer per chain. What is hashed are length-prefixed bytes, never re-serialised JSON.

mod evidence;

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::keyed_hash::HashError;
use crate::{SigningSecret, VerifyingKeys};

pub use evidence::Evidence;

const CHECKPOINT: &str = "audit-checkpoint";

/// SHA-256 of a record and, through it, of all before it. Text form: base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChainHash([u8; 32]);

crate::keyed_hash::hash_text_form!(ChainHash);

impl ChainHash {
    /// What the first record names as the one before it.
    pub const GENESIS: Self = Self([0; 32]);
}

/// One entry of the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditRecord<'a> {
    /// 1 for the first record, then without gaps.
    pub seq: u64,
    /// When it was done; hashed in whole microseconds, which is what the ledger stores.
    pub at: Timestamp,
    /// Who did it: the account's id.
    pub actor: &'a str,
    /// In which role.
    pub role: &'a str,
    /// What was done.
    pub action: &'a str,
    /// To what: the id of a case, a tip, a key.
    pub object: &'a str,
    /// The reason given.
    pub reason: &'a str,
    /// Hash of the record before.
    pub prev: ChainHash,
}

impl AuditRecord<'_> {
    /// The record's hash.
    pub fn hash(&self) -> ChainHash {
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        part(b"dengwen/audit/v1");
        part(&self.seq.to_be_bytes());
        part(&self.at.as_microsecond().to_be_bytes());
        for text in [self.actor, self.role, self.action, self.object, self.reason] {
            part(text.as_bytes());
        }
        part(&self.prev.0);
        ChainHash(hasher.finalize().into())
    }
}

/// The end of a chain: what the next record joins on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// Number of the last record; 0 for an empty chain.
    pub seq: u64,
    /// Its hash.
    pub hash: ChainHash,
}

impl Default for ChainHead {
    fn default() -> Self {
        Self { seq: 0, hash: ChainHash::GENESIS }
    }
}

/// What is wrong at a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// A record is missing, doubled or out of order.
    #[error("its number does not follow the one before")]
    Sequence,
    /// It does not name the record before it.
    #[error("it does not join the record before it")]
    Previous,
    /// It was changed after it was written.
    #[error("its content does not match its hash")]
    Content,
    /// A checkpoint signed for this number names another hash, or none of our keys signed it.
    #[error("it differs from the signed checkpoint")]
    Checkpoint,
    /// A checkpoint was signed for this number, but the chain ends before it.
    #[error("the chain ends before this signed checkpoint")]
    CutOff,
}

/// The first broken link of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("audit record {seq}: {fault}")]
pub struct BrokenLink {
    /// The number that was expected there.
    pub seq: u64,
    /// What is wrong.
    pub fault: LinkFault,
}

/// A signed statement that the chain had this head at this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Number of the record that was last.
    pub seq: u64,
    /// Its hash.
    pub hash: ChainHash,
    /// When it was signed.
    pub at: Timestamp,
    /// Ed25519 over the above.
    #[serde(with = "signature_text")]
    pub signature: [u8; 64],
}

impl Checkpoint {
    /// Signs the head of a chain.
    pub fn sign(head: ChainHead, at: Timestamp, secret: &SigningSecret) -> Self {
        let ChainHead { seq, hash } = head;
        let signature = secret.sign(CHECKPOINT, &statement(seq, hash, at));
        Self { seq, hash, at, signature }
    }

    /// The head that it states.
    pub fn head(&self) -> ChainHead {
        ChainHead { seq: self.seq, hash: self.hash }
    }

    /// Whether one of these keys signed it.
    pub fn is_signed_by(&self, keys: &VerifyingKeys) -> bool {
        keys.verify(CHECKPOINT, &statement(self.seq, self.hash, self.at), &self.signature)
    }
}

fn statement(seq: u64, hash: ChainHash, at: Timestamp) -> [u8; 48] {
    let mut bytes = [0; 48];
    bytes[..8].copy_from_slice(&seq.to_be_bytes());
    bytes[8..40].copy_from_slice(&hash.0);
    bytes[40..].copy_from_slice(&at.as_microsecond().to_be_bytes());
    bytes
}

/// Walks a chain record by record, so that a long log need not be held in memory.
#[derive(Debug)]
pub struct ChainVerifier {
    head: ChainHead,
    // Latest last, so that the next one due is at the end.
    checkpoints: Vec<Checkpoint>,
}

impl ChainVerifier {
    /// Starts at the beginning of a chain, with the checkpoints that were kept for it.
    ///
    /// # Errors
    /// [`LinkFault::Checkpoint`] for a checkpoint that none of `keys` signed.
    pub fn new(mut checkpoints: Vec<Checkpoint>, keys: &VerifyingKeys) -> Result<Self, BrokenLink> {
        if let Some(forged) = checkpoints.iter().find(|checkpoint| !checkpoint.is_signed_by(keys)) {
            return Err(BrokenLink { seq: forged.seq, fault: LinkFault::Checkpoint });
        }
        checkpoints.retain(|checkpoint| checkpoint.seq > 0);
        checkpoints.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.seq));
        Ok(Self { head: ChainHead::default(), checkpoints })
    }

    /// Goes on after a head that was checked before, as a checkpoint of ours says.
    pub fn after(head: ChainHead) -> Self {
        Self { head, checkpoints: Vec::new() }
    }

    /// Checks the next record and the hash stored beside it.
    ///
    /// # Errors
    /// The [`BrokenLink`] at this record.
    pub fn check(&mut self, record: &AuditRecord<'_>, stored: ChainHash) -> Result<(), BrokenLink> {
        let seq = self.head.seq + 1;
        let broken = |fault| Err(BrokenLink { seq, fault });
        if record.seq != seq {
            return broken(LinkFault::Sequence);
        }
        if record.prev != self.head.hash {
            return broken(LinkFault::Previous);
        }
        if record.hash() != stored {
            return broken(LinkFault::Content);
        }
        while let Some(checkpoint) = self.checkpoints.pop_if(|checkpoint| checkpoint.seq == seq) {
            if checkpoint.hash != stored {
                return broken(LinkFault::Checkpoint);
            }
        }
        self.head = ChainHead { seq, hash: stored };
        Ok(())
    }

    /// The head that was reached, once all records have been checked.
    ///
    /// # Errors
    /// [`LinkFault::CutOff`] where a checkpoint lies beyond it.
    pub fn finish(self) -> Result<ChainHead, BrokenLink> {
        match self.checkpoints.last() {
            Some(ahead) => Err(BrokenLink { seq: ahead.seq, fault: LinkFault::CutOff }),
            None => Ok(self.head),
        }
    }
}

mod signature_text {
    use super::{Engine, STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8; 64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 64], D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let mut bytes = [0; 64];
        match STANDARD.decode_slice(text.as_ref(), &mut bytes) {
            Ok(64) => Ok(bytes),
            _ => Err(D::Error::custom("not a signature")),
        }
    }
}
