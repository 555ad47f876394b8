//! What a driver does. Two of them, one contract (tests/contract.rs).

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::{CacheKey, Quota, Verdict};

/// The store does not answer. Why has been logged once, when it stopped answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shared cache does not answer")]
pub struct Unavailable;

/// What became of the first request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// This is the first; the key is claimed for it.
    Fresh,
    /// The first is still under way.
    InFlight,
    /// It ended with this answer.
    Done(Vec<u8>),
    /// The first with this key was another request.
    Different,
}

/// A request that claims a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Keyed hash of the request, to tell a repeat from another request with the same key.
    pub request: CacheKey,
    /// Who does it: a process that has this name alone, and again after a restart.
    pub holder: CacheKey,
}

/// A place for limits, first answers and sessions.
#[async_trait]
pub trait Store: Send + Sync + Debug {
    /// Counts one use of a quota.
    async fn check(&self, quota: &Quota, key: &CacheKey) -> Result<Verdict, Unavailable>;

    /// Takes back one use that was counted.
    async fn give_back(&self, quota: &Quota, key: &CacheKey) -> Result<(), Unavailable>;

    /// Claims a key for [`CLAIM_KEPT`](crate::CLAIM_KEPT), or says what became of the first request. The holder's
    /// own claim is claimed anew: it knows what it is doing, so that one is left from before it was killed.
    async fn begin(&self, key: &CacheKey, claim: &Claim) -> Result<Begun, Unavailable>;

    /// Keeps an answer for [`ANSWER_KEPT`](crate::ANSWER_KEPT).
    async fn finish(&self, key: &CacheKey, request: &CacheKey, answer: &[u8]) -> Result<(), Unavailable>;

    /// Gives back this claim; leaves an answer and another's claim alone.
    async fn abandon(&self, key: &CacheKey, claim: &Claim) -> Result<(), Unavailable>;

    /// Keeps a session, replacing one under the same key.
    async fn put_session(&self, key: &CacheKey, value: &[u8], ttl: Duration) -> Result<(), Unavailable>;

    /// The session under this key.
    async fn session(&self, key: &CacheKey) -> Result<Option<Vec<u8>>, Unavailable>;

    /// Ends a session.
    async fn end_session(&self, key: &CacheKey) -> Result<(), Unavailable>;

    /// Whether the store answers now.
    async fn ping(&self) -> Result<(), Unavailable>;
}
