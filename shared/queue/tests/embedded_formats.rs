//! A file that an earlier program wrote is taken over with everything in it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use dengwen_model::{MessageId, SystemClock, SystemEntropy};
use dengwen_queue::{Parked, Queue, Settlement, settle_all};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use support::{batch, clock, nothing, options, queue, work};

/// Three messages of a queue, of which one was given to a process that is no more, and one that leads
/// nowhere.
async fn write_format_1(path: &Path) {
    let file = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = file.connect().await.unwrap();
    sqlx::raw_sql(include_str!("format_1.sql")).execute(&mut connection).await.unwrap();
    sqlx::query("INSERT INTO queue (name, binding, max_attempts) VALUES ('work', 'work.#', 8)")
        .execute(&mut connection)
        .await
        .unwrap();
    for (queue, topic) in [(1, "work.a"), (1, "work.b"), (1, "work.c"), (0, "other")] {
        let id = MessageId::new(&SystemClock, &SystemEntropy);
        sqlx::query(
            "INSERT INTO message (queue, message_id, topic, lookup_key, published_us, body)
             VALUES (?, ?, ?, CAST(? AS BLOB), 1772424000000000, x'00')",
        )
        .bind(queue)
        .bind(id.as_uuid())
        .bind(topic)
        .bind(format!("{topic:_<32}"))
        .execute(&mut connection)
        .await
        .unwrap();
    }
    sqlx::query("UPDATE delivery SET attempt = 1, owner = 7, due_us = 1772424060000000 WHERE seq = 2")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn format_1_is_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("queue.db");
    write_format_1(&path).await;
    let queue = queue(&path, options(), &clock()).await;
    let depths = queue.depths().await.unwrap();
    assert_eq!((depths.queues[0].ready, depths.unrouted), (3, 1));
    assert_eq!(queue.parked_list(9).await.unwrap().len(), 1);
    assert!(queue.lookup(b"work.c__________________________").await.unwrap().is_some());
    let mut consumer = queue.consume(&work(), 10).await.unwrap();
    let mut deliveries = batch(&mut consumer).await;
    deliveries.sort_by_key(|delivery| delivery.message().topic.clone());
    let attempts: Vec<_> = deliveries.iter().map(|d| (d.message().topic.as_str(), d.attempt())).collect();
    assert_eq!(attempts, [("work.a", 1), ("work.b", 2), ("work.c", 1)]);
    let done = deliveries.into_iter().map(|delivery| (delivery, Settlement::Done));
    settle_all(done.collect::<Vec<_>>()).await.unwrap();
    nothing(&mut consumer).await;
    queue.check().await.unwrap();
}
