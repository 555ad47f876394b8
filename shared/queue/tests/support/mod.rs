//! What the embedded queue's tests share.

#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dengwen_model::{ManualClock, SystemEntropy};
use dengwen_queue::{Consumer, Delivery, EmbeddedQueue, Spool, StoreOptions, Subscription};

/// Longest wait for what has to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// A time in which what must not happen would have happened.
pub(crate) const GLANCE: Duration = Duration::from_millis(300);

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-03-02T12:00:00+08:00".parse().unwrap()))
}

pub(crate) fn options() -> StoreOptions {
    StoreOptions { poll: Duration::from_millis(20), ..StoreOptions::default() }
}

pub(crate) async fn queue(path: &Path, options: StoreOptions, clock: &Arc<ManualClock>) -> EmbeddedQueue {
    EmbeddedQueue::open_file(path, options, clock.clone(), Arc::new(SystemEntropy)).await.unwrap()
}

pub(crate) async fn spool(path: &Path, clock: &Arc<ManualClock>) -> Spool {
    Spool::open_file(path, options(), clock.clone(), Arc::new(SystemEntropy)).await.unwrap()
}

pub(crate) fn work() -> Subscription {
    Subscription::new("work", "work.#").unwrap()
}

pub(crate) async fn batch(consumer: &mut Box<dyn Consumer>) -> Vec<Delivery> {
    tokio::time::timeout(PATIENCE, consumer.next_batch(100)).await.unwrap().unwrap()
}

pub(crate) async fn nothing(consumer: &mut Box<dyn Consumer>) {
    let batch = tokio::time::timeout(GLANCE, consumer.next_batch(100)).await;
    assert!(batch.is_err(), "something came: {batch:?}");
}
