//! What is worth sharing between processes and may be lost: rate limits, first answers to repeated
//! requests, sessions.
//!
//! [`Cache`] is what services use. Behind it stands this process's own memory and, where the settings
//! name one, a Redis that all replicas share. Redis is never the truth: while it is away limits and
//! first answers are kept in the process, so that no door says no because of it, and an officer's
//! session asks for a new login at worst.
//!
//! Not for anything that must survive: that is the ledger's.

mod expiring;
mod key;
mod memory;
mod quota;
mod redis;
mod shared;
mod store;

use std::sync::Arc;
use std::time::Duration;

use dengwen_model::Clock;

pub use key::CacheKey;
pub use memory::Memory;
pub use quota::{Quota, Verdict};
pub use redis::{Redis, UrlError};
pub use store::{Begun, Claim, Store, Unavailable};

use shared::Shared;

/// How long an answer is kept for a repeated request.
pub const ANSWER_KEPT: Duration = Duration::from_hours(24);

/// How long a request may be under way before a repeat of it counts as the first. Longer than the
/// time limit of any request, so that the first has ended by then.
pub const CLAIM_KEPT: Duration = Duration::from_secs(60);

/// Rate limits, first answers and sessions.
#[derive(Debug, Clone)]
pub struct Cache {
    local: Arc<Memory>,
    shared: Option<Arc<Shared>>,
}

impl Cache {
    /// A cache within this process.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Self {
        Self { local: Arc::new(Memory::new(clock)), shared: None }
    }

    /// The cache that the settings name: `memory:`, `redis://host/`, `redis+sentinel://a,b/name` or
    /// `redis+cluster://a,b` (and `rediss…` for TLS). Redis need not be there yet.
    ///
    /// # Errors
    /// [`UrlError`] where the address is none of these.
    pub fn open(url: &str, clock: Arc<dyn Clock>) -> Result<Self, UrlError> {
        if url == "memory:" {
            return Ok(Self::in_memory(clock));
        }
        let redis = Redis::open(url, clock.clone())?;
        Ok(Self::with_shared(Arc::new(redis), clock))
    }

    /// A cache over another store, for tests.
    pub fn with_shared(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let local = Arc::new(Memory::new(clock));
        Self { shared: Some(Arc::new(Shared::new(store))), local }
    }

    /// Whether the shared store answers; `None` where the settings name none. For the readiness page:
    /// a service goes on without it.
    pub async fn shared_answers(&self) -> Option<bool> {
        Some(self.shared.as_ref()?.answers().await)
    }

    /// Counts one use of `quota` by `key` and says whether it is within it.
    pub async fn check(&self, quota: &Quota, key: &CacheKey) -> Verdict {
        if let Some(shared) = &self.shared
            && let Some(verdict) = shared.check(quota, key).await
        {
            return verdict;
        }
        self.local.check_now(quota, key)
    }

    /// Takes back one use that [`check`](Self::check) allowed: nothing came of it.
    pub async fn give_back(&self, quota: &Quota, key: &CacheKey) {
        if let Some(shared) = &self.shared
            && shared.give_back(quota, key).await.is_some()
        {
            return;
        }
        self.local.give_back_now(quota, key);
    }

    /// Claims `key` for a request, or says what became of the first one with it.
    ///
    /// Whoever gets [`Begun::Fresh`] ends with [`finish`](Self::finish) or [`abandon`](Self::abandon).
    pub async fn begin(&self, key: &CacheKey, claim: &Claim) -> Begun {
        // This process knows its own requests whatever happens to the shared store meanwhile.
        let begun = self.local.begin_now(key, claim);
        let (Begun::Fresh, Some(shared)) = (&begun, &self.shared) else { return begun };
        match shared.begin(key, claim).await {
            None | Some(Begun::Fresh) => Begun::Fresh,
            Some(elsewhere) => {
                self.local.abandon_now(key, claim);
                elsewhere
            }
        }
    }

    /// Keeps the answer for repeats, for [`ANSWER_KEPT`]. It is stored as given: seal what is secret.
    pub async fn finish(&self, key: &CacheKey, request: &CacheKey, answer: &[u8]) {
        self.local.finish_now(key, request, answer);
        if let Some(shared) = &self.shared {
            shared.finish(key, request, answer).await;
        }
    }

    /// Gives a claim back: the request failed, and a repeat may try again.
    pub async fn abandon(&self, key: &CacheKey, claim: &Claim) {
        self.local.abandon_now(key, claim);
        if let Some(shared) = &self.shared {
            shared.abandon(key, claim).await;
        }
    }

    /// Keeps a session for `ttl` from now; also to prolong one.
    pub async fn put_session(&self, key: &CacheKey, value: &[u8], ttl: Duration) {
        let kept = match &self.shared {
            Some(shared) => shared.put_session(key, value, ttl).await,
            None => false,
        };
        if kept {
            // An older copy from a time without the shared store must not outlive this one.
            self.local.forget_session(key);
        } else {
            self.local.put_session_now(key, value, ttl);
        }
    }

    /// The session kept under this key.
    pub async fn session(&self, key: &CacheKey) -> Option<Vec<u8>> {
        if self.local.is_revoked(key) {
            return None;
        }
        if let Some(shared) = &self.shared
            && let Some(value) = shared.session(key).await
        {
            return Some(value);
        }
        self.local.session_now(key)
    }

    /// Ends a session. While the shared store is away this process remembers that it is over; another
    /// replica may take it for the rest of its time.
    pub async fn end_session(&self, key: &CacheKey) {
        self.local.forget_session(key);
        if let Some(shared) = &self.shared
            && !shared.end_session(key).await
        {
            self.local.revoke(key);
        }
    }
}
