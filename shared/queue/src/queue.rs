//! The traits that services know; a driver stands behind each.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::delivery::Delivery;
use crate::error::QueueError;
use crate::message::Outgoing;
use crate::name::{Binding, NameError, QueueName};
use crate::parked::Parked;

/// A queue, the topics it gets copies of, and how often a message of it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The queue's name; consumers of one name share its messages out among them.
    pub queue: QueueName,
    /// The topics it gets.
    pub binding: Binding,
    /// After so many deliveries without success a message is parked.
    pub max_attempts: u32,
}

impl Subscription {
    /// Attempts unless said otherwise: with the default back-off, a bit over two minutes of trying.
    pub const DEFAULT_MAX_ATTEMPTS: u32 = 8;

    /// A subscription with the default bound on attempts.
    ///
    /// # Errors
    /// Where a name or the pattern is not one.
    pub fn new(queue: &str, binding: &str) -> Result<Self, NameError> {
        let (queue, binding) = (queue.parse()?, binding.parse()?);
        Ok(Self { queue, binding, max_attempts: Self::DEFAULT_MAX_ATTEMPTS })
    }

    /// With another bound on attempts (at least one).
    #[must_use]
    pub fn with_max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = max_attempts.max(1);
        self
    }
}

/// Puts messages on the queue.
#[async_trait]
pub trait Publisher: Send + Sync + Debug {
    /// Returns `Ok` only when every message is durable. After an error the whole batch may be
    /// sent again. Messages that no binding matches are kept as unrouted, and visible.
    async fn publish(&self, messages: Vec<Outgoing>) -> Result<(), QueueError>;
}

/// One consumer of a queue.
#[async_trait]
pub trait Consumer: Send + Debug {
    /// Waits for at least one message and returns up to `max`, as many as are there. Order is not
    /// promised. Cancel-safe: what was not returned is delivered again. Faults of the connection
    /// are mended inside; an error is one that waiting cannot mend.
    async fn next_batch(&mut self, max: usize) -> Result<Vec<Delivery>, QueueError>;
}

/// How much waits in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    /// Which queue.
    pub queue: QueueName,
    /// Messages that could be delivered now.
    pub ready: u64,
    /// Messages waiting for another attempt. RabbitMQ cannot tell them by queue and says 0.
    pub delayed: u64,
    /// Messages in the hands of consumers.
    pub in_flight: u64,
    /// How long the oldest message has been there; `None` where it is not known or nothing is there.
    pub oldest: Option<Duration>,
}

/// All that waits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Depths {
    /// Each declared queue.
    pub queues: Vec<Depth>,
    /// Messages that were given up and wait for a person.
    pub parked: u64,
    /// Messages that no binding matched, which wait for a person too.
    pub unrouted: u64,
}

/// A durable queue.
#[async_trait]
pub trait Queue: Publisher + Parked {
    /// Makes the queues, if they are not there. May be repeated.
    async fn declare(&self, subscriptions: &[Subscription]) -> Result<(), QueueError>;

    /// A consumer that holds at most `prefetch` unsettled messages (at least one).
    async fn consume(
        &self,
        subscription: &Subscription,
        prefetch: u16,
    ) -> Result<Box<dyn Consumer>, QueueError>;

    /// How much waits, for metrics and the supervisor's page.
    async fn depths(&self) -> Result<Depths, QueueError>;

    /// Whether messages could be published now.
    async fn health(&self) -> Result<(), QueueError>;

    /// Takes no more, finishes what was taken, and lets go. Later calls get [`QueueError::Closed`].
    async fn close(&self);
}
