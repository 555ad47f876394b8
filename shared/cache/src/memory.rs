//! The driver within the process: governor for the limits, bounded maps for the rest.

mod limits;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use dengwen_model::Clock;

use crate::expiring::Expiring;
use crate::{ANSWER_KEPT, Begun, CLAIM_KEPT, CacheKey, Quota, Store, Unavailable, Verdict};
use limits::Limits;

/// Most first answers kept: a day's tips of a very busy door, some tens of MB.
const MAX_ANSWERS: usize = 100_000;
/// Most sessions kept.
const MAX_SESSIONS: usize = 10_000;
/// How long an ended session is remembered as ended: longer than any session lives.
const REVOKED_KEPT: Duration = Duration::from_hours(24);

#[derive(Debug)]
struct Request {
    fingerprint: CacheKey,
    answer: Option<Vec<u8>>,
}

/// Limits, first answers and sessions of this process.
#[derive(Debug)]
pub struct Memory {
    clock: Arc<dyn Clock>,
    limits: Limits,
    requests: Mutex<Expiring<Request>>,
    sessions: Mutex<Expiring<Vec<u8>>>,
    revoked: Mutex<Expiring<()>>,
}

impl Memory {
    /// An empty store.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            limits: Limits::new(clock.clone()),
            requests: Mutex::new(Expiring::new(MAX_ANSWERS)),
            sessions: Mutex::new(Expiring::new(MAX_SESSIONS)),
            revoked: Mutex::new(Expiring::new(MAX_SESSIONS)),
            clock,
        }
    }

    pub(crate) fn check_now(&self, quota: &Quota, key: &CacheKey) -> Verdict {
        self.limits.check(quota, key)
    }

    pub(crate) fn give_back_now(&self, quota: &Quota, key: &CacheKey) {
        self.limits.give_back(quota, key);
    }

    pub(crate) fn begin_now(&self, key: &CacheKey, fingerprint: &CacheKey) -> Begun {
        let now = self.clock.now();
        let mut requests = lock(&self.requests);
        if let Some(first) = requests.get(now, key) {
            return match &first.answer {
                _ if first.fingerprint != *fingerprint => Begun::Different,
                None => Begun::InFlight,
                Some(answer) => Begun::Done(answer.clone()),
            };
        }
        let claim = Request { fingerprint: *fingerprint, answer: None };
        requests.put(now, *key, claim, CLAIM_KEPT);
        Begun::Fresh
    }

    pub(crate) fn finish_now(&self, key: &CacheKey, fingerprint: &CacheKey, answer: &[u8]) {
        let done = Request { fingerprint: *fingerprint, answer: Some(answer.to_vec()) };
        lock(&self.requests).put(self.clock.now(), *key, done, ANSWER_KEPT);
    }

    pub(crate) fn abandon_now(&self, key: &CacheKey, fingerprint: &CacheKey) {
        let mut requests = lock(&self.requests);
        let ours = |request: &Request| request.answer.is_none() && request.fingerprint == *fingerprint;
        if requests.get(self.clock.now(), key).is_some_and(ours) {
            requests.remove(key);
        }
    }

    pub(crate) fn put_session_now(&self, key: &CacheKey, value: &[u8], ttl: Duration) {
        lock(&self.sessions).put(self.clock.now(), *key, value.to_vec(), ttl);
    }

    pub(crate) fn session_now(&self, key: &CacheKey) -> Option<Vec<u8>> {
        lock(&self.sessions).get(self.clock.now(), key).cloned()
    }

    pub(crate) fn forget_session(&self, key: &CacheKey) {
        lock(&self.sessions).remove(key);
    }

    pub(crate) fn revoke(&self, key: &CacheKey) {
        lock(&self.revoked).put(self.clock.now(), *key, (), REVOKED_KEPT);
    }

    pub(crate) fn is_revoked(&self, key: &CacheKey) -> bool {
        lock(&self.revoked).get(self.clock.now(), key).is_some()
    }
}

/// No code panics between two changes that belong together, so a poisoned map is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Store for Memory {
    async fn check(&self, quota: &Quota, key: &CacheKey) -> Result<Verdict, Unavailable> {
        Ok(self.check_now(quota, key))
    }

    async fn give_back(&self, quota: &Quota, key: &CacheKey) -> Result<(), Unavailable> {
        self.give_back_now(quota, key);
        Ok(())
    }

    async fn begin(&self, key: &CacheKey, fingerprint: &CacheKey) -> Result<Begun, Unavailable> {
        Ok(self.begin_now(key, fingerprint))
    }

    async fn finish(&self, key: &CacheKey, fingerprint: &CacheKey, answer: &[u8]) -> Result<(), Unavailable> {
        self.finish_now(key, fingerprint, answer);
        Ok(())
    }

    async fn abandon(&self, key: &CacheKey, fingerprint: &CacheKey) -> Result<(), Unavailable> {
        self.abandon_now(key, fingerprint);
        Ok(())
    }

    async fn put_session(&self, key: &CacheKey, value: &[u8], ttl: Duration) -> Result<(), Unavailable> {
        self.put_session_now(key, value, ttl);
        Ok(())
    }

    async fn session(&self, key: &CacheKey) -> Result<Option<Vec<u8>>, Unavailable> {
        Ok(self.session_now(key))
    }

    async fn end_session(&self, key: &CacheKey) -> Result<(), Unavailable> {
        self.forget_session(key);
        Ok(())
    }

    async fn ping(&self) -> Result<(), Unavailable> {
        Ok(())
    }
}
