//! A cluster, and a master that sentinels replace. Each test starts its own servers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use std::time::Duration;

use dengwen_cache::{Begun, Cache};
use support::{Server, clock, eventually, fresh_claim, fresh_key, quota};

const DAY: Duration = Duration::from_hours(24);

async fn works(cache: &Cache) {
    let (quota, key, claim) = (quota(1, DAY), fresh_key(), fresh_claim());
    assert!(cache.check(&quota, &key).await.is_allowed());
    assert!(!cache.check(&quota, &key).await.is_allowed());
    assert_eq!(cache.begin(&key, &claim).await, Begun::Fresh);
    cache.finish(&key, &claim.request, b"answer").await;
    cache.put_session(&key, b"s", DAY).await;
    assert_eq!(cache.session(&key).await.as_deref(), Some(&b"s"[..]));
    assert_eq!(cache.shared_answers().await, Some(true));
}

#[tokio::test]
async fn a_cluster_is_used() {
    let node = Server::start(&["cluster-enabled yes"]).await;
    node.command(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).await.unwrap();
    eventually("the cluster is whole", async || {
        let answer = node.command(&["CLUSTER", "INFO"]).await;
        answer.is_some_and(|info| format!("{info:?}").contains("cluster_state:ok"))
    })
    .await;
    let cache = Cache::open(&format!("redis+cluster://127.0.0.1:{}", node.port), clock()).unwrap();
    eventually("the cluster answers", async || cache.shared_answers().await == Some(true)).await;
    for _ in 0..20 {
        works(&cache).await;
    }
}

#[tokio::test]
async fn a_replaced_master_is_left_for_the_new_one() {
    let master = Server::start(&[]).await;
    let replica = Server::start(&[&format!("replicaof 127.0.0.1 {}", master.port)]).await;
    let sentinel = Server::start(&[
        &format!("sentinel monitor tip 127.0.0.1 {} 1", master.port),
        "sentinel down-after-milliseconds tip 1000",
        "sentinel failover-timeout tip 5000",
    ])
    .await;
    let cache = Cache::open(&format!("redis+sentinel://127.0.0.1:{}/tip", sentinel.port), clock()).unwrap();
    eventually("the sentinel names the master", async || cache.shared_answers().await == Some(true)).await;
    works(&cache).await;

    // The old master stays up, as after a partition, and refuses writes once it follows the new one.
    eventually("the failover begins", async || {
        sentinel.command(&["SENTINEL", "FAILOVER", "tip"]).await.is_some()
    })
    .await;
    let role = async |server: &Server| match server.command(&["ROLE"]).await {
        Some(redis::Value::Array(items)) => redis::from_redis_value::<String>(items[0].clone()).unwrap(),
        _ => String::new(),
    };
    eventually("the replica leads", async || role(&replica).await == "master").await;
    // The sentinel would tell it within ten seconds.
    master.command(&["REPLICAOF", "127.0.0.1", &replica.port.to_string()]).await.unwrap();
    assert_eq!(role(&master).await, "slave");

    // The first write finds out; from then on the new master is used.
    let quota = quota(1, DAY);
    eventually("writes reach the new master", async || {
        let key = fresh_key();
        cache.check(&quota, &key).await;
        let hex: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let found = replica.command(&["EXISTS", &format!("dengwen:limit:test:{hex}")]).await;
        found == Some(redis::Value::Int(1))
    })
    .await;
    works(&cache).await;
}
