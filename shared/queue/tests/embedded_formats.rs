//! A file that an earlier program wrote is taken over with everything in it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use dengwen_model::{MessageId, SystemClock, SystemEntropy};
use dengwen_queue::{Parked, Queue, Settlement, settle_all};
use rusqlite::{Connection, params};
use support::{batch, clock, nothing, options, queue, work};

/// Three messages of a queue, of which one was given to a process that is no more, and one that leads
/// nowhere.
fn write_format_1(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(include_str!("format_1.sql")).unwrap();
    connection
        .execute("INSERT INTO queue (name, binding, max_attempts) VALUES ('work', 'work.#', 8)", [])
        .unwrap();
    for (queue, topic) in [(1, "work.a"), (1, "work.b"), (1, "work.c"), (0, "other")] {
        let id = MessageId::new(&SystemClock, &SystemEntropy).as_uuid();
        let lookup_key = format!("{topic:_<32}");
        connection
            .execute(
                "INSERT INTO message (queue, message_id, topic, lookup_key, published_us, body)
                 VALUES (?, ?, ?, ?, 1772424000000000, x'00')",
                params![queue, id.as_bytes(), topic, lookup_key.as_bytes()],
            )
            .unwrap();
    }
    let held = "UPDATE delivery SET attempt = 1, owner = 7, due_us = 1772424060000000 WHERE seq = 2";
    connection.execute(held, []).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn format_1_is_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("queue.db");
    write_format_1(&path);
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
