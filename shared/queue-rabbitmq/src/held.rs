//! A message between the broker and its settlement.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use dengwen_model::MessageId;
use dengwen_queue::metrics::count_settled;
use dengwen_queue::{Backoff, QueueError, ReasonCode, Settle, Settlement, Subscription};
use lapin::Acker;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use tokio::runtime::Handle;

use crate::RabbitQueue;
use crate::connect::Broker;
use crate::publisher::Lanes;
use crate::wire::Head;

/// What settling needs, the same for every message of a consumer.
pub(crate) struct Desk {
    pub(crate) broker: Arc<Broker>,
    pub(crate) lanes: Lanes,
    pub(crate) subscription: Subscription,
    /// Messages in the hands of this process's consumers of the queue.
    pub(crate) in_flight: Arc<AtomicU64>,
    pub(crate) runtime: Handle,
    /// Consuming keeps the queue open, whoever else let go of it.
    pub(crate) _queue: RabbitQueue,
}

/// One unacknowledged message. Let fall, it goes back to its queue.
pub(crate) struct Held {
    pub(crate) head: Head,
    pub(crate) attempt: u32,
    pub(crate) body: Bytes,
    /// Somebody else's message, which no handler gets to see.
    pub(crate) is_foreign: bool,
    desk: Arc<Desk>,
    /// Gone once the message was settled.
    acker: Option<Acker>,
}

impl Held {
    pub(crate) fn new(desk: Arc<Desk>, head: Head, attempt: u32, body: Bytes, acker: Acker) -> Self {
        desk.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { head, attempt, body, is_foreign: false, desk, acker: Some(acker) }
    }

    /// A message that carries none of our headers.
    pub(crate) fn foreign(desk: Arc<Desk>, body: Bytes, acker: Acker) -> Self {
        let (clock, entropy) = (desk.broker.clock.as_ref(), desk.broker.entropy.as_ref());
        let head = Head::foreign(MessageId::new(clock, entropy), clock.now());
        let mut held = Self::new(desk, head, 1, body, acker);
        held.is_foreign = true;
        held
    }

    /// Forgets the message at the broker. Everything that must outlive it is durable by now.
    async fn acknowledge(&mut self) -> Result<(), QueueError> {
        let Some(acker) = self.acker.take() else { return Ok(()) };
        // `false`: the channel is gone, and the broker will deliver the message again.
        match self.desk.broker.within(acker.ack(BasicAckOptions::default())).await? {
            true => Ok(()),
            false => Err(QueueError::Unavailable(None)),
        }
    }

    /// Puts the message into a delay queue. Its copy is confirmed before it is acknowledged here:
    /// between the two it is there twice, never not at all.
    async fn put_off(&mut self, after: Option<Duration>) -> Result<(), QueueError> {
        let broker = &self.desk.broker;
        let delay = after.unwrap_or_else(|| Backoff::RETRY.delay(self.attempt, broker.entropy.as_ref()));
        let head = Head { retries: self.attempt, ..self.head.clone() };
        let key = self.desk.subscription.queue.as_str().into();
        let frame = head.frame(broker.topology.later(delay), key, self.body.clone());
        self.desk.lanes.publish(vec![frame]).await?;
        self.acknowledge().await
    }

    /// Puts the message into the parked queue.
    pub(crate) async fn park(&mut self, reason: &ReasonCode, attempts: u32) -> Result<(), QueueError> {
        let broker = &self.desk.broker;
        let head = Head { retries: attempts, ..self.head.clone() };
        let (queue, now) = (&self.desk.subscription.queue, broker.clock.now());
        let frame = head.parked_frame(broker.topology.parked(), queue, reason, now, self.body.clone());
        self.desk.lanes.publish(vec![frame]).await?;
        self.acknowledge().await
    }
}

#[async_trait]
impl Settle for Held {
    async fn settle(mut self: Box<Self>, settlement: Settlement) -> Result<(), QueueError> {
        count_settled(self.desk.subscription.queue.as_str(), &settlement);
        let spent = self.attempt >= self.desk.subscription.max_attempts;
        match settlement {
            Settlement::Done => self.acknowledge().await,
            Settlement::Retry { .. } if spent => self.park(&ReasonCode::ATTEMPTS, self.attempt).await,
            Settlement::Retry { after } => self.put_off(after).await,
            Settlement::Park { reason } => self.park(&reason, self.attempt).await,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.desk.in_flight.fetch_sub(1, Ordering::Relaxed);
        let Some(acker) = self.acker.take() else { return };
        self.desk.runtime.spawn(async move {
            let back = BasicNackOptions { requeue: true, multiple: false };
            // Where the channel is gone the broker has taken the message back already.
            let _taken_back = acker.nack(back).await;
        });
    }
}
