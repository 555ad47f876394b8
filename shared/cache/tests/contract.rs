//! What every store does, run on the one in memory and on Redis.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use dengwen_cache::{Begun, Memory, Redis, Store, Verdict};
use dengwen_model::ManualClock;
use proptest::prelude::*;
use support::{clock, elsewhere, eventually, fresh_claim, fresh_key, quota, redis_url};

struct Bench {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
}

fn memory() -> Bench {
    let clock = clock();
    Bench { store: Arc::new(Memory::new(clock.clone())), clock }
}

fn redis() -> Bench {
    let clock = clock();
    Bench { store: Arc::new(Redis::open(&redis_url(), clock.clone()).unwrap()), clock }
}

macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod in_memory {
            $(#[tokio::test] async fn $name() { super::$name(super::memory()).await; })*
        }
        mod on_redis {
            $(#[tokio::test] async fn $name() { super::$name(super::redis()).await; })*
        }
    };
}

contract!(
    a_quota_is_spent_and_comes_back,
    quotas_and_sources_are_apart,
    a_refused_use_is_not_counted,
    a_use_that_is_given_back_was_none,
    a_clock_set_back_frees_nobody_and_locks_nobody_out,
    a_repeat_gets_the_first_answer,
    a_key_of_another_request_is_told_apart,
    a_claim_from_before_a_restart_is_claimed_anew,
    an_abandoned_claim_is_free_again,
    abandoning_leaves_what_is_not_ours,
    one_of_many_at_once_is_first,
    a_limit_holds_for_many_at_once,
    sessions_are_kept_replaced_and_ended,
    sessions_end_with_their_time,
    any_bytes_are_kept,
);

const DAY: Duration = Duration::from_hours(24);

async fn a_quota_is_spent_and_comes_back(Bench { store, clock }: Bench) {
    let (quota, key) = (quota(5, DAY), fresh_key());
    for _ in 0..5 {
        assert_eq!(store.check(&quota, &key).await, Ok(Verdict::Allowed));
    }
    let interval = DAY / 5;
    assert_eq!(store.check(&quota, &key).await, Ok(Verdict::Refused { retry_after: interval }));
    clock.advance_seconds(interval.as_secs() as i64 - 1);
    let wait = Verdict::Refused { retry_after: Duration::from_secs(1) };
    assert_eq!(store.check(&quota, &key).await, Ok(wait));
    clock.advance_seconds(1);
    assert_eq!(store.check(&quota, &key).await, Ok(Verdict::Allowed));
    assert_eq!(store.check(&quota, &key).await, Ok(Verdict::Refused { retry_after: interval }));
    clock.advance_seconds(DAY.as_secs() as i64);
    for _ in 0..5 {
        assert_eq!(store.check(&quota, &key).await, Ok(Verdict::Allowed));
    }
}

async fn quotas_and_sources_are_apart(Bench { store, .. }: Bench) {
    let (one, key) = (quota(1, DAY), fresh_key());
    let other = dengwen_cache::Quota::new("other", 1.try_into().unwrap(), DAY);
    assert!(store.check(&one, &key).await.unwrap().is_allowed());
    assert!(store.check(&other, &key).await.unwrap().is_allowed());
    assert!(store.check(&one, &fresh_key()).await.unwrap().is_allowed());
    assert!(!store.check(&one, &key).await.unwrap().is_allowed());
}

async fn a_refused_use_is_not_counted(Bench { store, clock }: Bench) {
    let (quota, key) = (quota(1, Duration::from_secs(10)), fresh_key());
    assert!(store.check(&quota, &key).await.unwrap().is_allowed());
    for _ in 0..20 {
        assert!(!store.check(&quota, &key).await.unwrap().is_allowed());
    }
    clock.advance_seconds(10);
    assert!(store.check(&quota, &key).await.unwrap().is_allowed());
}

async fn a_use_that_is_given_back_was_none(Bench { store, clock }: Bench) {
    let (quota, key) = (quota(2, DAY), fresh_key());
    store.give_back(&quota, &key).await.unwrap();
    for _ in 0..2 {
        assert!(store.check(&quota, &key).await.unwrap().is_allowed());
    }
    assert!(!store.check(&quota, &key).await.unwrap().is_allowed());
    store.give_back(&quota, &key).await.unwrap();
    assert!(store.check(&quota, &key).await.unwrap().is_allowed());
    assert_eq!(store.check(&quota, &key).await, Ok(Verdict::Refused { retry_after: DAY / 2 }));
    // Given back more often than counted, and after its time, it gives nobody more than a whole quota.
    clock.advance_seconds(2 * DAY.as_secs() as i64);
    for _ in 0..5 {
        store.give_back(&quota, &key).await.unwrap();
    }
    for _ in 0..2 {
        assert!(store.check(&quota, &key).await.unwrap().is_allowed());
    }
    assert!(!store.check(&quota, &key).await.unwrap().is_allowed());
}

async fn a_clock_set_back_frees_nobody_and_locks_nobody_out(Bench { store, clock }: Bench) {
    let (quota, key) = (quota(1, Duration::from_secs(60)), fresh_key());
    assert!(store.check(&quota, &key).await.unwrap().is_allowed());
    clock.advance_seconds(-30);
    let wait = Verdict::Refused { retry_after: Duration::from_secs(90) };
    assert_eq!(store.check(&quota, &key).await, Ok(wait));
    clock.advance_seconds(90);
    assert!(store.check(&quota, &key).await.unwrap().is_allowed());
}

async fn a_repeat_gets_the_first_answer(Bench { store, .. }: Bench) {
    let (key, claim) = (fresh_key(), fresh_claim());
    assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Fresh));
    assert_eq!(store.begin(&key, &elsewhere(&claim)).await, Ok(Begun::InFlight));
    store.finish(&key, &claim.request, b"answer").await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Done(b"answer".to_vec())));
    }
}

async fn a_key_of_another_request_is_told_apart(Bench { store, .. }: Bench) {
    let (key, claim) = (fresh_key(), fresh_claim());
    assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Fresh));
    assert_eq!(store.begin(&key, &fresh_claim()).await, Ok(Begun::Different));
    store.finish(&key, &claim.request, b"answer").await.unwrap();
    assert_eq!(store.begin(&key, &fresh_claim()).await, Ok(Begun::Different));
}

async fn a_claim_from_before_a_restart_is_claimed_anew(Bench { store, .. }: Bench) {
    let (key, claim) = (fresh_key(), fresh_claim());
    assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Fresh));
    assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Fresh));
    assert_eq!(store.begin(&key, &elsewhere(&claim)).await, Ok(Begun::InFlight));
}

async fn an_abandoned_claim_is_free_again(Bench { store, .. }: Bench) {
    let (key, claim) = (fresh_key(), fresh_claim());
    assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Fresh));
    store.abandon(&key, &claim).await.unwrap();
    assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Fresh));
}

async fn abandoning_leaves_what_is_not_ours(Bench { store, .. }: Bench) {
    let (key, claim) = (fresh_key(), fresh_claim());
    store.abandon(&key, &claim).await.unwrap();
    assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Fresh));
    store.abandon(&key, &fresh_claim()).await.unwrap();
    store.abandon(&key, &elsewhere(&claim)).await.unwrap();
    assert_eq!(store.begin(&key, &elsewhere(&claim)).await, Ok(Begun::InFlight));
    store.finish(&key, &claim.request, b"").await.unwrap();
    store.abandon(&key, &claim).await.unwrap();
    assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Done(Vec::new())));
}

async fn one_of_many_at_once_is_first(Bench { store, .. }: Bench) {
    let (key, claim) = (fresh_key(), fresh_claim());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let store = store.clone();
        tasks.spawn(async move { store.begin(&key, &elsewhere(&claim)).await.unwrap() });
    }
    let begun = tasks.join_all().await;
    assert_eq!(begun.iter().filter(|begun| **begun == Begun::Fresh).count(), 1);
    assert_eq!(begun.iter().filter(|begun| **begun == Begun::InFlight).count(), 31);
}

async fn a_limit_holds_for_many_at_once(Bench { store, .. }: Bench) {
    let (quota, key) = (quota(7, DAY), fresh_key());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let store = store.clone();
        tasks.spawn(async move { store.check(&quota, &key).await.unwrap().is_allowed() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|allowed| *allowed).count(), 7);
}

async fn sessions_are_kept_replaced_and_ended(Bench { store, .. }: Bench) {
    let key = fresh_key();
    assert_eq!(store.session(&key).await, Ok(None));
    store.put_session(&key, b"one", DAY).await.unwrap();
    store.put_session(&key, b"two", DAY).await.unwrap();
    assert_eq!(store.session(&key).await, Ok(Some(b"two".to_vec())));
    assert_eq!(store.session(&fresh_key()).await, Ok(None));
    store.end_session(&key).await.unwrap();
    store.end_session(&key).await.unwrap();
    assert_eq!(store.session(&key).await, Ok(None));
}

async fn sessions_end_with_their_time(Bench { store, clock }: Bench) {
    let key = fresh_key();
    store.put_session(&key, b"one", Duration::from_millis(30)).await.unwrap();
    // Redis goes by its own clock, memory by ours.
    clock.advance_seconds(1);
    eventually("the session ends", async || store.session(&key).await.unwrap().is_none()).await;
}

async fn any_bytes_are_kept(Bench { store, .. }: Bench) {
    let every: Vec<u8> = (0..=255).collect();
    let (key, claim) = (fresh_key(), fresh_claim());
    store.put_session(&key, &every, DAY).await.unwrap();
    assert_eq!(store.session(&key).await, Ok(Some(every.clone())));
    store.finish(&key, &claim.request, &every).await.unwrap();
    assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Done(every)));
}

#[tokio::test]
async fn claims_and_answers_in_memory_end_with_their_time() {
    let Bench { store, clock } = memory();
    let (key, claim) = (fresh_key(), fresh_claim());
    store.begin(&key, &claim).await.unwrap();
    clock.advance_seconds(dengwen_cache::CLAIM_KEPT.as_secs() as i64 - 1);
    assert_eq!(store.begin(&key, &elsewhere(&claim)).await, Ok(Begun::InFlight));
    clock.advance_seconds(1);
    assert_eq!(store.begin(&key, &elsewhere(&claim)).await, Ok(Begun::Fresh));
    store.finish(&key, &claim.request, b"answer").await.unwrap();
    clock.advance_seconds(dengwen_cache::ANSWER_KEPT.as_secs() as i64);
    assert_eq!(store.begin(&key, &claim).await, Ok(Begun::Fresh));
}

/// Redis counts its own time, so that what it was told is looked at instead.
#[tokio::test]
async fn everything_in_redis_has_its_time() {
    let Bench { store, .. } = redis();
    let client = ::redis::Client::open(redis_url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut left = async |kind: &str, key: &dengwen_cache::CacheKey| -> i64 {
        let hex: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        ::redis::cmd("PTTL").arg(format!("dengwen:{kind}:{hex}")).query_async(&mut connection).await.unwrap()
    };
    let (key, claim) = (fresh_key(), fresh_claim());
    let near = |left: i64, wanted: Duration| (1..=wanted.as_millis() as i64).contains(&left);
    store.begin(&key, &claim).await.unwrap();
    assert!(near(left("answer", &key).await, dengwen_cache::CLAIM_KEPT));
    store.finish(&key, &claim.request, b"answer").await.unwrap();
    let after = left("answer", &key).await;
    assert!(near(after, dengwen_cache::ANSWER_KEPT) && !near(after, dengwen_cache::CLAIM_KEPT));
    store.put_session(&key, b"s", DAY).await.unwrap();
    assert!(near(left("session", &key).await, DAY));
    store.check(&quota(2, DAY), &key).await.unwrap();
    assert!(near(left("limit:test", &key).await, DAY / 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The script and governor are one algorithm: the same times give the same verdicts.
    #[test]
    fn both_stores_count_alike(
        burst in 1u32..6,
        period in 5u64..100_000,
        steps in prop::collection::vec(0i64..40_000, 1..25),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (memory, redis) = (memory(), redis());
            let (quota, key) = (quota(burst, Duration::from_secs(period)), fresh_key());
            for step in steps {
                memory.clock.advance_seconds(step);
                redis.clock.advance_seconds(step);
                let verdicts = (memory.store.check(&quota, &key).await, redis.store.check(&quota, &key).await);
                assert_eq!(verdicts.0, verdicts.1);
            }
        });
    }
}
