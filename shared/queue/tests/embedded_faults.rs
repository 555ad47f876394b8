//! Time, leases, and files that are full, damaged or from the future.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test tells what broke by a panic")]

mod support;

use std::io::{Seek, SeekFrom, Write};
use std::sync::Arc;
use std::time::Duration;

use dengwen_model::SystemEntropy;
use dengwen_queue::contract::Sender;
use dengwen_queue::{
    EmbeddedQueue, Parked, Publisher, Queue, QueueError, Settlement, StoreOptions, settle_all,
};
use support::{batch, clock, nothing, options, queue, work};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_waits_for_its_time_and_not_longer() {
    let directory = tempfile::tempdir().unwrap();
    let clock = clock();
    let queue = queue(&directory.path().join("queue.db"), options(), &clock).await;
    queue.declare(&[work()]).await.unwrap();
    let mut consumer = queue.consume(&work(), 10).await.unwrap();
    queue.publish(vec![Sender::new(1).message("work.new", "later")]).await.unwrap();
    let delivery = batch(&mut consumer).await.pop().unwrap();
    let minute = Duration::from_secs(60);
    delivery.settle(Settlement::Retry { after: Some(minute) }).await.unwrap();
    clock.advance_seconds(59);
    nothing(&mut consumer).await;
    assert_eq!(queue.depths().await.unwrap().queues[0].delayed, 1);
    clock.advance_seconds(1);
    assert_eq!(batch(&mut consumer).await[0].attempt(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_back_of_the_clock_holds_up_no_fresh_message() {
    let directory = tempfile::tempdir().unwrap();
    let clock = clock();
    let queue = queue(&directory.path().join("queue.db"), options(), &clock).await;
    queue.declare(&[work()]).await.unwrap();
    queue.publish(vec![Sender::new(2).message("work.new", "now")]).await.unwrap();
    clock.advance_seconds(-86_400);
    let mut consumer = queue.consume(&work(), 10).await.unwrap();
    assert_eq!(batch(&mut consumer).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lapsed_lease_goes_to_another_and_a_late_retry_does_not_disturb_it() {
    let directory = tempfile::tempdir().unwrap();
    let (path, clock) = (directory.path().join("queue.db"), clock());
    let slow = queue(&path, options(), &clock).await;
    slow.declare(&[work()]).await.unwrap();
    let mut consumer = slow.consume(&work(), 10).await.unwrap();
    slow.publish(vec![Sender::new(3).message("work.new", "slow")]).await.unwrap();
    let late = batch(&mut consumer).await.pop().unwrap();
    // Another living process does not take it before the lease ends.
    let other = queue(&path, options(), &clock).await;
    let mut quick = other.consume(&work(), 10).await.unwrap();
    nothing(&mut quick).await;
    clock.advance_seconds(121);
    let again = batch(&mut quick).await.pop().unwrap();
    assert_eq!(again.attempt(), 2);
    late.settle(Settlement::Retry { after: Some(Duration::ZERO) }).await.unwrap();
    nothing(&mut quick).await;
    again.settle(Settlement::Done).await.unwrap();
    clock.advance_seconds(600);
    nothing(&mut quick).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_file_is_said_and_what_was_taken_stays() {
    let directory = tempfile::tempdir().unwrap();
    let small = StoreOptions { max_file_bytes: Some(1024 * 1024), ..options() };
    let queue = queue(&directory.path().join("queue.db"), small, &clock()).await;
    queue.declare(&[work()]).await.unwrap();
    let sender = Sender::new(4);
    let mut taken = 0;
    let full = loop {
        match queue.publish(vec![sender.message("work.new", vec![1; 50_000])]).await {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 100, "a mebibyte never fills");
    };
    assert!(matches!(full, QueueError::Full), "{full:?}");
    assert!(taken > 10);
    // Consuming makes room again.
    let mut consumer = queue.consume(&work(), 100).await.unwrap();
    let deliveries = batch(&mut consumer).await;
    assert_eq!(deliveries.len(), taken);
    let done = deliveries.into_iter().map(|delivery| (delivery, Settlement::Done));
    dengwen_queue::settle_all(done).await.unwrap();
    queue.publish(vec![sender.message("work.new", vec![1; 50_000])]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_may_wait_is_overloaded_and_not_kept() {
    let directory = tempfile::tempdir().unwrap();
    let narrow = StoreOptions { max_waiting: 4, max_waiting_bytes: 10_000, ..options() };
    let queue = queue(&directory.path().join("queue.db"), narrow, &clock()).await;
    queue.declare(&[work()]).await.unwrap();
    let sender = Sender::new(5);
    let attempts = (0..200).map(|_| queue.publish(vec![sender.message("work.new", vec![0; 1000])]));
    let answers = futures::future::join_all(attempts).await;
    let taken = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(answers.iter().any(|answer| matches!(answer, Err(QueueError::Overloaded))));
    assert!(taken > 0);
    assert_eq!(queue.depths().await.unwrap().queues[0].ready, taken as u64);
}

async fn open_error(path: &std::path::Path) -> QueueError {
    EmbeddedQueue::open_file(path, options(), clock(), Arc::new(SystemEntropy)).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_queue_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("queue.db");
    let other = b"this was never a queue, and somebody may want it back".repeat(100);
    std::fs::write(&path, &other).unwrap();
    assert!(matches!(open_error(&path).await, QueueError::Damaged(_)));
    assert_eq!(std::fs::read(&path).unwrap(), other);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_a_later_version_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("queue.db");
    queue(&path, options(), &clock()).await.close().await;
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    // The user version in the header, <https://www.sqlite.org/fileformat2.html#user_version_number>.
    file.seek(SeekFrom::Start(60)).unwrap();
    file.write_all(&9_u32.to_be_bytes()).unwrap();
    drop(file);
    assert!(matches!(open_error(&path).await, QueueError::Newer { found: 9, known: 2 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_inside_the_file_is_found_by_the_check() {
    let directory = tempfile::tempdir().unwrap();
    let (path, clock) = (directory.path().join("queue.db"), clock());
    let whole = queue(&path, options(), &clock).await;
    whole.declare(&[work()]).await.unwrap();
    whole.publish(Sender::new(6).messages("work.new", 500)).await.unwrap();
    whole.check().await.unwrap();
    whole.close().await;
    // A page of bodies, which opening does not read: the file opens as if nothing were wrong.
    let mut bytes = std::fs::read(&path).unwrap();
    let body = bytes.windows(8).position(|window| window == b"body 250").unwrap();
    let page = body / 4096 * 4096;
    bytes[page..page + 64].fill(0xAA);
    std::fs::write(&path, bytes).unwrap();
    let damaged = queue(&path, options(), &clock).await;
    let found = damaged.check().await;
    assert!(matches!(found, Err(QueueError::Damaged(_))), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_cannot_be_written_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = open_error(&file.join("queue.db")).await;
    assert!(matches!(error, QueueError::Unavailable(Some(_))), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_drivers_address_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let open = EmbeddedQueue::open("amqp://u:p@h/", directory.path(), clock(), Arc::new(SystemEntropy));
    assert!(matches!(open.await, Err(QueueError::Address(_))));
    let open = EmbeddedQueue::open("embedded:", directory.path(), clock(), Arc::new(SystemEntropy));
    open.await.unwrap().close().await;
    assert!(directory.path().join("queue.db").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_declares_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let (path, clock) = (directory.path().join("queue.db"), clock());
    let publisher = queue(&path, options(), &clock).await;
    queue(&path, options(), &clock).await.declare(&[work()]).await.unwrap();
    let sender = Sender::new(7);
    let mut consumer = loop {
        match publisher.consume(&work(), 10).await {
            Ok(consumer) => break consumer,
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    publisher.publish(vec![sender.message("work.new", "routed")]).await.unwrap();
    assert_eq!(batch(&mut consumer).await.len(), 1);
    assert_eq!(publisher.parked_list(1).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_found_by_its_key_until_it_is_done() {
    let directory = tempfile::tempdir().unwrap();
    let queue = queue(&directory.path().join("queue.db"), options(), &clock()).await;
    queue.declare(&[work()]).await.unwrap();
    let (key, other) = ([7; 32], [8; 32]);
    let message = Sender::new(8).message("work.new", "find me").with_lookup_key(key);
    queue.publish(vec![message]).await.unwrap();
    assert_eq!(queue.lookup(&other).await.unwrap(), None);
    assert_eq!(queue.lookup(&key).await.unwrap(), Some("2026-03-02T04:00:00Z".parse().unwrap()));
    let mut consumer = queue.consume(&work(), 10).await.unwrap();
    let delivery = batch(&mut consumer).await.pop().unwrap();
    assert!(queue.lookup(&key).await.unwrap().is_some(), "still under way while it is worked on");
    delivery.settle(Settlement::Done).await.unwrap();
    assert_eq!(queue.lookup(&key).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_found_by_its_key_among_many() {
    let directory = tempfile::tempdir().unwrap();
    let queue = queue(&directory.path().join("queue.db"), options(), &clock()).await;
    queue.declare(&[work()]).await.unwrap();
    let (sender, key) = (Sender::new(9), |n: u16| std::array::from_fn(|i| n.to_le_bytes()[i % 2]));
    let messages = (0..2000).map(|n| sender.message("work.new", "one of many").with_lookup_key(key(n)));
    queue.publish(messages.collect()).await.unwrap();
    // A hole of several runs of the index between what is left at the start and at the end.
    let mut consumer = queue.consume(&work(), 1800).await.unwrap();
    let mut held = consumer.next_batch(1800).await.unwrap();
    let first = held.remove(0);
    settle_all(held.into_iter().map(|delivery| (delivery, Settlement::Done))).await.unwrap();
    for (n, expected) in [(0, true), (1, false), (1799, false), (1800, true), (1999, true), (2000, false)] {
        assert_eq!(queue.lookup(&key(n)).await.unwrap().is_some(), expected, "{n}");
    }
    first.settle(Settlement::Done).await.unwrap();
    assert_eq!(queue.lookup(&key(0)).await.unwrap(), None);
}
