//! The driver within the process: governor for the limits, bounded maps for the rest.

mod limits;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use dengwen_model::Clock;

use crate::expiring::Expiring;
use crate::{ANSWER_KEPT, Begun, CLAIM_KEPT, CacheKey, Claim, Quota, Store, Unavailable, Verdict};
use limits::Limits;

/// Most first answers kept: a day's tips of a very busy door, some tens of MB.
const MAX_ANSWERS: usize = 100_000;
/// Most sessions kept.
const MAX_SESSIONS: usize = 10_000;
/// How long an ended session is remembered as ended: longer than any session lives.
const REVOKED_KEPT: Duration = Duration::from_hours(24);

#[derive(Debug)]
enum Request {
    UnderWay(Claim),
    Answered { request: CacheKey, answer: Vec<u8> },
}

impl Request {
    /// What is said to whoever comes with this claim.
    fn says_to(&self, claim: &Claim) -> Begun {
        match self {
            Self::UnderWay(Claim { request, .. }) | Self::Answered { request, .. }
                if *request != claim.request =>
            {
                Begun::Different
            }
            Self::UnderWay(_) => Begun::InFlight,
            Self::Answered { answer, .. } => Begun::Done(answer.clone()),
        }
    }

    fn is_claim(&self, claim: &Claim) -> bool {
        matches!(self, Self::UnderWay(held) if held == claim)
    }
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

    pub(crate) fn begin_now(&self, key: &CacheKey, claim: &Claim) -> Begun {
        let now = self.clock.now();
        let mut requests = lock(&self.requests);
        if let Some(first) = requests.get(now, key) {
            return first.says_to(claim);
        }
        requests.put(now, *key, Request::UnderWay(*claim), CLAIM_KEPT);
        Begun::Fresh
    }

    pub(crate) fn finish_now(&self, key: &CacheKey, request: &CacheKey, answer: &[u8]) {
        let done = Request::Answered { request: *request, answer: answer.to_vec() };
        lock(&self.requests).put(self.clock.now(), *key, done, ANSWER_KEPT);
    }

    pub(crate) fn abandon_now(&self, key: &CacheKey, claim: &Claim) {
        let mut requests = lock(&self.requests);
        if requests.get(self.clock.now(), key).is_some_and(|first| first.is_claim(claim)) {
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

    async fn begin(&self, key: &CacheKey, claim: &Claim) -> Result<Begun, Unavailable> {
        self.abandon_now(key, claim);
        Ok(self.begin_now(key, claim))
    }

    async fn finish(&self, key: &CacheKey, request: &CacheKey, answer: &[u8]) -> Result<(), Unavailable> {
        self.finish_now(key, request, answer);
        Ok(())
    }

    async fn abandon(&self, key: &CacheKey, claim: &Claim) -> Result<(), Unavailable> {
        self.abandon_now(key, claim);
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
