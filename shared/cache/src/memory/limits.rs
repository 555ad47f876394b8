//! Limits by governor, one keyed limiter a quota.
//!
//! Governor never forgets a key by itself, so the limiters are swept as they grow.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use dengwen_model::Clock;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::{DefaultKeyedStateStore, ShrinkableKeyedStateStore};
use governor::{Quota as GovernorQuota, RateLimiter};

use crate::{CacheKey, Quota, Verdict};

/// Checks between two looks at how large a limiter has grown.
const LOOK_EVERY: usize = 1024;
/// Below this many keys a limiter is not swept.
const SMALL: usize = 10_000;
/// More keys than this are forgotten all at once, about 100 MB: somebody floods the line with
/// sources, and giving each of them a new quota is better than falling over.
const MAX_KEYS: usize = 1_000_000;

/// The injected clock, as time since 1970.
#[derive(Debug, Clone)]
struct InjectedClock(Arc<dyn Clock>);

impl GovernorClock for InjectedClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.now().as_nanosecond()).unwrap_or(0))
    }
}

/// What governor counted, in sight: it has no way of its own to take a use back.
#[derive(Clone, Default)]
struct Uses(Arc<DefaultKeyedStateStore<CacheKey>>);

impl StateStore for Uses {
    type Key = CacheKey;

    fn measure_and_replace<T, F, E>(&self, key: &CacheKey, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.measure_and_replace(key, measure)
    }
}

impl ShrinkableKeyedStateStore<CacheKey> for Uses {
    fn retain_recent(&self, drop_below: Nanos) {
        ShrinkableKeyedStateStore::retain_recent(self.0.as_ref(), drop_below);
    }

    fn shrink_to_fit(&self) {
        ShrinkableKeyedStateStore::shrink_to_fit(self.0.as_ref());
    }

    fn len(&self) -> usize {
        ShrinkableKeyedStateStore::len(self.0.as_ref())
    }

    fn is_empty(&self) -> bool {
        ShrinkableKeyedStateStore::is_empty(self.0.as_ref())
    }
}

type Keyed = RateLimiter<CacheKey, Uses, InjectedClock, NoOpMiddleware<Duration>>;

struct Limiter {
    keyed: Keyed,
    uses: Uses,
    checks: AtomicUsize,
    sweep_at: AtomicUsize,
}

pub(super) struct Limits {
    clock: InjectedClock,
    limiters: RwLock<HashMap<Quota, Arc<Limiter>>>,
}

impl Limits {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock: InjectedClock(clock), limiters: RwLock::default() }
    }

    pub(super) fn check(&self, quota: &Quota, key: &CacheKey) -> Verdict {
        let limiter = self.limiter(quota);
        if limiter.is_overfull() {
            tracing::warn!(quota = quota.name(), "too many sources: limits start anew");
            self.limiters.write().unwrap_or_else(PoisonError::into_inner).remove(quota);
        }
        match limiter.keyed.check_key(key) {
            Ok(()) => Verdict::Allowed,
            Err(not_until) => Verdict::Refused { retry_after: not_until.wait_time_from(self.clock.now()) },
        }
    }

    pub(super) fn give_back(&self, quota: &Quota, key: &CacheKey) {
        let interval = Nanos::new(u64::try_from(quota.interval().as_nanos()).unwrap_or(u64::MAX));
        // What is kept of a source is when its quota will be whole again.
        let earlier =
            |whole_at: Option<Nanos>| whole_at.map(|at| ((), at.saturating_sub(interval))).ok_or(());
        // Nothing was counted, or it was forgotten since: then there is nothing to give back.
        let _ = self.limiter(quota).uses.measure_and_replace(key, earlier);
    }

    fn limiter(&self, quota: &Quota) -> Arc<Limiter> {
        if let Some(limiter) = self.limiters.read().unwrap_or_else(PoisonError::into_inner).get(quota) {
            return limiter.clone();
        }
        let mut limiters = self.limiters.write().unwrap_or_else(PoisonError::into_inner);
        limiters.entry(*quota).or_insert_with(|| Arc::new(Limiter::new(quota, &self.clock))).clone()
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

impl Limiter {
    fn new(quota: &Quota, clock: &InjectedClock) -> Self {
        #[expect(clippy::expect_used, reason = "an interval is at least a microsecond")]
        let rate = GovernorQuota::with_period(quota.interval()).expect("not zero").allow_burst(quota.burst());
        let uses = Uses::default();
        Self {
            keyed: RateLimiter::new(rate, uses.clone(), clock.clone()),
            uses,
            checks: AtomicUsize::new(0),
            sweep_at: AtomicUsize::new(SMALL),
        }
    }

    /// Sweeps now and then; answers whether even that leaves too many keys.
    fn is_overfull(&self) -> bool {
        let checks = self.checks.fetch_add(1, Ordering::Relaxed);
        if !checks.is_multiple_of(LOOK_EVERY) || self.keyed.len() < self.sweep_at.load(Ordering::Relaxed) {
            return false;
        }
        self.keyed.retain_recent();
        self.keyed.shrink_to_fit();
        let left = self.keyed.len();
        self.sweep_at.store((left * 2).max(SMALL), Ordering::Relaxed);
        left > MAX_KEYS
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use dengwen_model::ManualClock;

    use super::*;

    fn key(number: u32) -> CacheKey {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        CacheKey::new(bytes)
    }

    #[test]
    fn keys_whose_quota_is_whole_again_are_forgotten() {
        let clock = Arc::new(ManualClock::at("2026-03-01T00:00:00Z".parse().unwrap()));
        let limits = Limits::new(clock.clone());
        let quota = Quota::new("test", NonZeroU32::MIN, Duration::from_secs(10));
        for number in 0..SMALL as u32 {
            assert!(limits.check(&quota, &key(number)).is_allowed());
        }
        assert_eq!(limits.limiter(&quota).keyed.len(), SMALL);
        // Governor keeps a key for one interval longer than it must.
        clock.advance_seconds(20);
        for number in 0..2 * LOOK_EVERY as u32 {
            limits.check(&quota, &key(1_000_000 + number));
        }
        assert!(limits.limiter(&quota).keyed.len() <= 2 * LOOK_EVERY);
    }
}
