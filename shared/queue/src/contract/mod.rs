//! What every driver promises, as tests. A driver's own tests give a [`Harness`] and expand
//! [`contract_tests!`](crate::contract_tests).

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken promise is told by a panic")]

mod delivering;
mod parking;
mod publishing;
mod settling;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dengwen_model::{ManualClock, MessageId, SeededEntropy};
use jiff::Timestamp;

use crate::{Consumer, Delivery, Outgoing, Queue, Subscription};

pub use delivering::*;
pub use parking::*;
pub use publishing::*;
pub use settling::*;

/// How a driver's tests reach the driver.
#[async_trait]
pub trait Harness: Send + Sync {
    /// A handle on the same empty-at-first storage as every other handle of this harness, as
    /// another process would have it.
    async fn open(&self) -> Arc<dyn Queue>;

    /// Lets this much time pass for delayed messages, by moving an injected clock or, where the
    /// delays are the broker's, not at all: they are set short then.
    async fn pass(&self, time: Duration);
}

/// Longest wait for something that has to happen; a hang becomes a failure.
const PATIENCE: Duration = Duration::from_secs(30);
/// A time in which something that must not happen would have happened.
const GLANCE: Duration = Duration::from_millis(300);

/// One test for each promise; `$harness` is an expression that makes a fresh [`Harness`].
#[macro_export]
macro_rules! contract_tests {
    ($harness:expr) => {
        $crate::contract_tests!($harness;
            delivers_what_was_published
            delivers_an_empty_and_a_large_body
            delivers_a_large_batch_whole
            keeps_messages_over_a_new_handle
            refuses_an_oversized_batch_whole
            publishes_from_many_callers_at_once
            copies_to_every_queue_that_matches
            shares_messages_out_among_consumers
            waits_for_a_message_that_comes_later
            loses_nothing_when_a_wait_is_cancelled
            holds_no_more_than_the_prefetch
            brings_back_what_was_dropped
            brings_back_what_a_closed_handle_held
            retries_later_and_counts_attempts
            parks_after_the_last_attempt
            parks_what_keeps_being_dropped
            parks_poison_without_stopping_the_queue
            replays_a_parked_message_with_new_attempts
            discards_a_parked_message
            keeps_the_unrouted_visible_and_replays_them
            parks_copies_apart
            knows_no_parked_message_that_is_not_there
            declares_repeatedly
            tells_how_much_waits
            answers_closed_after_close
        );
    };
    ($harness:expr; $($name:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                $crate::contract::$name(&$harness).await;
            }
        )+
    };
}

/// Messages with ids that differ within a test and repeat between runs.
#[derive(Debug)]
pub struct Sender {
    clock: ManualClock,
    entropy: SeededEntropy,
}

impl Sender {
    /// Two senders of the same seed make the same ids.
    pub fn new(seed: u64) -> Self {
        Self { clock: ManualClock::at(Timestamp::UNIX_EPOCH), entropy: SeededEntropy::new(seed) }
    }

    /// A message on `topic`.
    pub fn message(&self, topic: &str, body: impl Into<bytes::Bytes>) -> Outgoing {
        Outgoing::new(MessageId::new(&self.clock, &self.entropy), topic.parse().unwrap(), body)
    }

    /// Many messages on `topic`, numbered in their bodies.
    pub fn messages(&self, topic: &str, count: usize) -> Vec<Outgoing> {
        (0..count).map(|number| self.message(topic, format!("body {number}"))).collect()
    }
}

fn subscription(queue: &str, binding: &str) -> Subscription {
    Subscription::new(queue, binding).unwrap().with_max_attempts(3)
}

/// A handle with one declared queue, and a consumer of it.
async fn queue_of(harness: &dyn Harness, prefetch: u16) -> (Arc<dyn Queue>, Box<dyn Consumer>, Subscription) {
    let queue = harness.open().await;
    let work = subscription("work", "work.#");
    queue.declare(std::slice::from_ref(&work)).await.unwrap();
    let consumer = queue.consume(&work, prefetch).await.unwrap();
    (queue, consumer, work)
}

/// The next deliveries, of which there must be some.
async fn next(consumer: &mut Box<dyn Consumer>, max: usize) -> Vec<Delivery> {
    let batch = tokio::time::timeout(PATIENCE, consumer.next_batch(max)).await;
    let batch = batch.expect("a message was due and did not come").unwrap();
    assert!(!batch.is_empty() && batch.len() <= max, "{} of at most {max}", batch.len());
    batch
}

/// Exactly one delivery.
async fn one(consumer: &mut Box<dyn Consumer>) -> Delivery {
    next(consumer, 1).await.pop().unwrap()
}

/// Nothing comes.
async fn nothing(consumer: &mut Box<dyn Consumer>) {
    let batch = tokio::time::timeout(GLANCE, consumer.next_batch(10)).await;
    assert!(batch.is_err(), "something came: {batch:?}");
}

/// Takes `count` messages and settles them as done; their ids, sorted.
async fn drain(consumer: &mut Box<dyn Consumer>, count: usize) -> Vec<MessageId> {
    let mut ids = Vec::new();
    while ids.len() < count {
        let batch = next(consumer, 100).await;
        ids.extend(batch.iter().map(|delivery| delivery.message().message_id));
        let done = batch.into_iter().map(|delivery| (delivery, crate::Settlement::Done));
        crate::settle_all(done).await.unwrap();
    }
    ids.sort_unstable();
    ids
}

fn ids(messages: &[Outgoing]) -> Vec<MessageId> {
    let mut ids: Vec<_> = messages.iter().map(|message| message.message_id).collect();
    ids.sort_unstable();
    ids
}

/// Looks until `found` is satisfied: drivers may be slow to show what a broker did by itself.
async fn eventually<T, F: Future<Output = Option<T>>>(mut found: impl FnMut() -> F) -> T {
    let looking = async {
        loop {
            if let Some(value) = found().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.expect("it did not come to pass")
}
