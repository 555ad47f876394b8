//! Redis goes away and comes back: nobody is refused for it, and nothing is counted twice or lost that
//! this process knows.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use std::time::Duration;

use dengwen_cache::{Begun, Cache};
use support::{
    Line, Proxy, clock, elsewhere, eventually, fresh_claim, fresh_key, quota, redis_address, redis_url, soon,
};

const DAY: Duration = Duration::from_hours(24);

async fn behind(line: Line) -> (Proxy, Cache) {
    let proxy = Proxy::before(redis_address(), line).await;
    let cache = Cache::open(&proxy.url(), clock()).unwrap();
    (proxy, cache)
}

/// Another replica, whose line is never cut.
fn replica() -> Cache {
    Cache::open(&redis_url(), clock()).unwrap()
}

async fn down(cache: &Cache) {
    eventually("the loss is noticed", async || cache.shared_answers().await == Some(false)).await;
}

async fn up(cache: &Cache) {
    eventually("the link is mended", async || cache.shared_answers().await == Some(true)).await;
}

#[tokio::test]
async fn a_cache_starts_without_its_redis() {
    for line in [Line::Cut, Line::Silent] {
        let (proxy, cache) = behind(line).await;
        let (quota, key) = (quota(2, DAY), fresh_key());
        assert!(soon(cache.check(&quota, &key)).await.is_allowed());
        assert!(soon(cache.check(&quota, &key)).await.is_allowed());
        assert!(!soon(cache.check(&quota, &key)).await.is_allowed());
        proxy.set(Line::Up);
        up(&cache).await;
    }
}

#[tokio::test]
async fn replicas_share_limits_while_redis_is_there() {
    let (_proxy, cache) = behind(Line::Up).await;
    let (quota, key) = (quota(2, DAY), fresh_key());
    assert!(cache.check(&quota, &key).await.is_allowed());
    assert!(replica().check(&quota, &key).await.is_allowed());
    assert!(!cache.check(&quota, &key).await.is_allowed());
    assert!(!replica().check(&quota, &key).await.is_allowed());
}

#[tokio::test]
async fn limits_are_kept_in_the_process_meanwhile_and_shared_again_after() {
    for line in [Line::Cut, Line::Silent] {
        let (proxy, cache) = behind(Line::Up).await;
        let (quota, key) = (quota(1, DAY), fresh_key());
        assert!(cache.check(&quota, &key).await.is_allowed());
        proxy.set(line);
        // Its own count, which is new; never an error, and never without a limit.
        assert!(soon(cache.check(&quota, &key)).await.is_allowed());
        assert!(!soon(cache.check(&quota, &key)).await.is_allowed());
        proxy.set(Line::Up);
        up(&cache).await;
        let fresh = fresh_key();
        assert!(cache.check(&quota, &fresh).await.is_allowed());
        assert!(!replica().check(&quota, &fresh).await.is_allowed());
    }
}

#[tokio::test]
async fn once_redis_is_known_to_be_away_nobody_waits_for_it() {
    let (proxy, cache) = behind(Line::Up).await;
    up(&cache).await;
    proxy.set(Line::Silent);
    let quota = quota(1, DAY);
    soon(cache.check(&quota, &fresh_key())).await;
    // A thousand waits of 250 ms would take four minutes.
    soon(async {
        for _ in 0..1000 {
            assert!(cache.check(&quota, &fresh_key()).await.is_allowed());
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_given_during_an_outage_is_given_again() {
    let (proxy, cache) = behind(Line::Up).await;
    let (key, claim) = (fresh_key(), fresh_claim());
    assert_eq!(cache.begin(&key, &claim).await, Begun::Fresh);
    assert_eq!(replica().begin(&key, &elsewhere(&claim)).await, Begun::InFlight);
    proxy.set(Line::Cut);
    soon(cache.finish(&key, &claim.request, b"answer")).await;
    assert_eq!(soon(cache.begin(&key, &claim)).await, Begun::Done(b"answer".to_vec()));
    proxy.set(Line::Up);
    up(&cache).await;
    // Redis still holds the claim; this process knows better.
    assert_eq!(cache.begin(&key, &claim).await, Begun::Done(b"answer".to_vec()));
}

#[tokio::test]
async fn a_process_that_was_killed_within_a_request_takes_its_repeat() {
    let (key, claim) = (fresh_key(), fresh_claim());
    let first = replica();
    assert_eq!(first.begin(&key, &claim).await, Begun::Fresh);
    assert_eq!(first.begin(&key, &claim).await, Begun::InFlight);
    assert_eq!(replica().begin(&key, &elsewhere(&claim)).await, Begun::InFlight);
    assert_eq!(replica().begin(&key, &claim).await, Begun::Fresh, "the restarted one");
}

#[tokio::test]
async fn a_first_request_anywhere_is_the_first_everywhere() {
    let (_proxy, cache) = behind(Line::Up).await;
    let (key, claim) = (fresh_key(), fresh_claim());
    assert_eq!(replica().begin(&key, &elsewhere(&claim)).await, Begun::Fresh);
    assert_eq!(cache.begin(&key, &claim).await, Begun::InFlight);
    replica().finish(&key, &claim.request, b"answer").await;
    assert_eq!(cache.begin(&key, &claim).await, Begun::Done(b"answer".to_vec()));
    assert_eq!(cache.begin(&key, &fresh_claim()).await, Begun::Different);
    // A claim that was given back elsewhere is free here too.
    let other = fresh_key();
    assert_eq!(cache.begin(&other, &claim).await, Begun::Fresh);
    cache.abandon(&other, &claim).await;
    assert_eq!(replica().begin(&other, &elsewhere(&claim)).await, Begun::Fresh);
}

#[tokio::test]
async fn sessions_made_during_an_outage_work_here_and_go_on_after() {
    let (proxy, cache) = behind(Line::Up).await;
    let (before, during) = (fresh_key(), fresh_key());
    cache.put_session(&before, b"before", DAY).await;
    assert_eq!(replica().session(&before).await.as_deref(), Some(&b"before"[..]));
    proxy.set(Line::Cut);
    assert_eq!(soon(cache.session(&before)).await, None);
    soon(cache.put_session(&during, b"during", DAY)).await;
    assert_eq!(soon(cache.session(&during)).await.as_deref(), Some(&b"during"[..]));
    proxy.set(Line::Up);
    up(&cache).await;
    assert_eq!(cache.session(&before).await.as_deref(), Some(&b"before"[..]));
    assert_eq!(cache.session(&during).await.as_deref(), Some(&b"during"[..]));
    cache.end_session(&during).await;
    assert_eq!(cache.session(&during).await, None);
}

#[tokio::test]
async fn a_session_ended_during_an_outage_stays_ended_here() {
    let (proxy, cache) = behind(Line::Up).await;
    let key = fresh_key();
    cache.put_session(&key, b"s", DAY).await;
    proxy.set(Line::Cut);
    down(&cache).await;
    cache.end_session(&key).await;
    proxy.set(Line::Up);
    up(&cache).await;
    assert_eq!(cache.session(&key).await, None);
}

#[tokio::test]
async fn a_cache_in_memory_shares_with_nobody() {
    let cache = Cache::open("memory:", clock()).unwrap();
    assert_eq!(cache.shared_answers().await, None);
    let (quota, key) = (quota(1, DAY), fresh_key());
    assert!(cache.check(&quota, &key).await.is_allowed());
    assert!(!cache.check(&quota, &key).await.is_allowed());
    assert!(Cache::open("memory", clock()).is_err());
}
