//! The shared store as the cache sees it: an answer, or none in time, which is counted.

use std::sync::Arc;
use std::time::Duration;

use crate::{Begun, CacheKey, Claim, Quota, Store, Unavailable, Verdict};

#[derive(Debug)]
pub(crate) struct Shared(Arc<dyn Store>);

impl Shared {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    pub(crate) async fn answers(&self) -> bool {
        self.0.ping().await.is_ok()
    }

    pub(crate) async fn check(&self, quota: &Quota, key: &CacheKey) -> Option<Verdict> {
        counted("limit", self.0.check(quota, key).await)
    }

    pub(crate) async fn give_back(&self, quota: &Quota, key: &CacheKey) -> Option<()> {
        counted("limit", self.0.give_back(quota, key).await)
    }

    pub(crate) async fn begin(&self, key: &CacheKey, claim: &Claim) -> Option<Begun> {
        counted("answer", self.0.begin(key, claim).await)
    }

    pub(crate) async fn finish(&self, key: &CacheKey, request: &CacheKey, answer: &[u8]) {
        counted("answer", self.0.finish(key, request, answer).await);
    }

    pub(crate) async fn abandon(&self, key: &CacheKey, claim: &Claim) {
        counted("answer", self.0.abandon(key, claim).await);
    }

    pub(crate) async fn put_session(&self, key: &CacheKey, value: &[u8], ttl: Duration) -> bool {
        counted("session", self.0.put_session(key, value, ttl).await).is_some()
    }

    pub(crate) async fn session(&self, key: &CacheKey) -> Option<Vec<u8>> {
        counted("session", self.0.session(key).await).flatten()
    }

    pub(crate) async fn end_session(&self, key: &CacheKey) -> bool {
        counted("session", self.0.end_session(key).await).is_some()
    }
}

fn counted<T>(purpose: &'static str, result: Result<T, Unavailable>) -> Option<T> {
    if result.is_err() {
        metrics::counter!("dengwen_cache_fallbacks_total", "use" => purpose).increment(1);
    }
    result.ok()
}
