//! A request that its client gave a name, and whose name that is.
//!
//! Each client chooses its keys for itself, and many choose `1`. So a key belongs to whoever sent it: to the
//! clerk who signed in, to whoever holds the receipt. The public door knows nobody; there a key that cannot be
//! guessed is known wherever it comes from, since telephones change their address between two tries, and any
//! other only from the source where it was used, and only that day.

use std::net::IpAddr;

use dengwen_http::{IdempotencyKey, Problem, problems};
use dengwen_model::UserId;
use dengwen_seal::{KeyedHash, ReceiptHash, SealError};

use crate::{Door, ExternalId};

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOwner {
    /// Somebody who signed in.
    Staff(UserId),
    /// Whoever writes under this receipt.
    Receipt(ReceiptHash),
    /// Whoever holds the key, since nobody guesses it.
    Holder,
    /// A source, by its token of the day.
    Source(KeyedHash),
}

impl KeyOwner {
    /// Of a key that came from this address without anything that says from whom.
    pub fn of_stranger(door: &Door, address: IpAddr, key: &IdempotencyKey) -> Self {
        match key.is_unguessable() {
            true => Self::Holder,
            false => Self::Source(door.keys().limit.address(door.clock().now(), address)),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Staff(id) => format!("staff {id}"),
            Self::Receipt(receipt) => format!("receipt {receipt}"),
            Self::Holder => "holder".to_owned(),
            Self::Source(token) => format!("source {token}"),
        }
    }
}

/// A request with an `Idempotency-Key`.
#[derive(Debug)]
pub struct NamedRequest {
    route: &'static str,
    /// The route, and whose key it is.
    scope: String,
    key: IdempotencyKey,
    digest: Vec<u8>,
    is_lasting: bool,
}

impl NamedRequest {
    /// A request to `route` under this key; `digest` tells its body from another one.
    pub fn new(route: &'static str, owner: KeyOwner, key: IdempotencyKey, digest: Vec<u8>) -> Self {
        let is_lasting = !matches!(owner, KeyOwner::Source(_));
        Self { scope: format!("{route} {}", owner.name()), route, key, digest, is_lasting }
    }

    /// The id by which the ledger knows a repeat for good, bound to the words so that a key that is used
    /// again by mistake swallows nothing. None where only a source vouches for the key: no trace of an
    /// address goes with a tip.
    pub fn external(&self) -> Option<ExternalId> {
        self.is_lasting.then(|| ExternalId {
            source: self.route.to_owned(),
            id: format!("key {} {} {}", self.scope, self.key.as_str(), hex::encode(&self.digest)),
            same_receipt: true,
        })
    }

    /// Where its answer is kept.
    pub(crate) fn place(&self, door: &Door) -> KeyedHash {
        door.keys().answer.locate(&self.scope, self.key.as_str())
    }

    /// What tells a repeat from another request under the same key.
    pub(crate) fn body(&self, door: &Door) -> [u8; 32] {
        *door.keys().answer.fingerprint(&self.scope, self.key.as_str(), &self.digest).as_bytes()
    }

    /// Seals its answer so that it opens only with the client's own key.
    pub(crate) fn seal(&self, door: &Door, answer: &[u8]) -> Result<Vec<u8>, SealError> {
        door.keys().answer.seal(&self.scope, self.key.as_str(), answer, door.entropy())
    }

    pub(crate) fn open(&self, door: &Door, sealed: &[u8]) -> Result<Vec<u8>, Problem> {
        let opened = door.keys().answer.open(&self.scope, self.key.as_str(), sealed);
        opened.map(|answer| answer.to_vec()).map_err(|_| problems::INTERNAL.into())
    }
}
