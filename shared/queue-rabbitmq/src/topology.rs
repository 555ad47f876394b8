//! What exists at the broker, and why.
//!
//! - `topics`: the topic exchange that services publish to. What it cannot route goes to its
//!   alternate exchange `unrouted` and so to a queue of that name. (Returned messages would do
//!   too, but lapin 4.12 may hand them to another message's confirm.)
//! - `q.NAME`: the work queues. Quorum, so that a confirmed message is on the disks of a majority;
//!   a delivery limit, since 3.10 has none and 4.x drops what exceeds its own without a dead-letter
//!   exchange; `reject-publish`, without which at-least-once dead-lettering is not in force.
//! - `parked`: where work queues dead-letter to and consumers put what they give up.
//! - `later.MS`: queues that hold a message for their time and dead-letter it to `return`, which
//!   leads back to the queue that the routing key names. A time each, since messages expire only
//!   at a queue's head. Deadlines never live here: these are seconds and minutes.
//! - `last`: a queue that carries nothing, declared after all others. RabbitMQ 3.10 writes its register of
//!   quorum queues late: after a crash within 3 s the queue that was declared last comes back empty and
//!   without a leader, for ever (seen with kill -9; its log says "leader not known").
//! - `replay`: like `topics`, but without an alternate, so that a replay can tell that an unrouted
//!   message still leads nowhere.
//!
//! Limits that may change are not queue arguments: redeclaring with others closes the channel.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use dengwen_queue::{QueueError, QueueName, Subscription};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, ExchangeKind};

use crate::RabbitOptions;

/// Deliveries after which the broker itself gives a message up. Above every sensible
/// `max_attempts`, which the consumer counts itself: connections that break count here too.
const DELIVERY_LIMIT: i64 = 50;
/// Looking at parked messages takes them and gives them back, which counts as a delivery. 4.x
/// would drop them at its default limit of 20.
const NO_DELIVERY_LIMIT: i64 = 1_000_000_000;
/// A name is at most 255 bytes, and a queue's own name up to 200 of them.
const MAX_PREFIX_BYTES: usize = 50;

/// Names at the broker, and the queues that were declared.
pub(crate) struct Topology {
    prefix: String,
    delays: Vec<Duration>,
    declared: RwLock<Vec<Subscription>>,
}

impl Topology {
    pub(crate) fn new(options: &RabbitOptions) -> Result<Self, QueueError> {
        let prefix = options.prefix.clone();
        let fits = prefix.len() <= MAX_PREFIX_BYTES
            && prefix.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        if !fits {
            return Err(QueueError::Address("the prefix of names is too long or not plain"));
        }
        let mut delays = options.delays.clone();
        delays.sort_unstable();
        if delays.is_empty() {
            return Err(QueueError::Address("no delay for retries is set"));
        }
        Ok(Self { prefix, delays, declared: RwLock::default() })
    }

    fn name(&self, rest: &str) -> ShortString {
        format!("{}{rest}", self.prefix).into()
    }

    pub(crate) fn topics(&self) -> ShortString {
        self.name("topics")
    }

    pub(crate) fn replay(&self) -> ShortString {
        self.name("replay")
    }

    pub(crate) fn unrouted(&self) -> ShortString {
        self.name("unrouted")
    }

    pub(crate) fn parked(&self) -> ShortString {
        self.name("parked")
    }

    fn back(&self) -> ShortString {
        self.name("return")
    }

    /// The broker's name of a work queue.
    pub(crate) fn queue(&self, name: &QueueName) -> ShortString {
        self.name(&format!("q.{name}"))
    }

    /// The work queue that the broker calls `name`.
    pub(crate) fn queue_of(&self, name: &str) -> Option<QueueName> {
        name.strip_prefix(&self.prefix)?.strip_prefix("q.")?.parse().ok()
    }

    /// The exchange that holds a message for at least `delay`, or as long as any does.
    pub(crate) fn later(&self, delay: Duration) -> ShortString {
        let longest = self.delays.last().copied().unwrap_or_default();
        let fitting = self.delays.iter().copied().find(|held| *held >= delay).unwrap_or(longest);
        self.name(&format!("later.{}", fitting.as_millis()))
    }

    /// Every queue that was asked for through this handle.
    pub(crate) fn declared(&self) -> Vec<Subscription> {
        self.declared.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers queues, to be declared on this and every later connection.
    pub(crate) fn remember(&self, subscriptions: &[Subscription]) {
        let mut declared = self.declared.write().unwrap_or_else(PoisonError::into_inner);
        for subscription in subscriptions {
            declared.retain(|known| known.queue != subscription.queue);
            declared.push(subscription.clone());
        }
    }

    /// Declares all of it. What receives is declared before what sends to it.
    pub(crate) async fn declare_all(&self, channel: &Channel) -> lapin::Result<()> {
        for name in [self.unrouted(), self.parked()] {
            exchange(channel, name.clone(), ExchangeKind::Fanout, None).await?;
            let mut arguments = quorum();
            arguments.insert("x-delivery-limit".into(), NO_DELIVERY_LIMIT.into());
            queue(channel, name.clone(), arguments).await?;
            bind(channel, name.clone(), name, "").await?;
        }
        let unrouted = Some(self.unrouted());
        exchange(channel, self.back(), ExchangeKind::Direct, unrouted.clone()).await?;
        exchange(channel, self.topics(), ExchangeKind::Topic, unrouted).await?;
        exchange(channel, self.replay(), ExchangeKind::Topic, None).await?;
        for delay in &self.delays {
            self.declare_later(channel, *delay).await?;
        }
        for subscription in self.declared() {
            self.declare_work(channel, &subscription).await?;
        }
        queue(channel, self.name("last"), quorum()).await
    }

    async fn declare_later(&self, channel: &Channel, delay: Duration) -> lapin::Result<()> {
        let name = self.later(delay);
        let mut arguments = quorum();
        let millis = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        arguments.insert("x-message-ttl".into(), millis.into());
        dead_letter_to(&mut arguments, self.back());
        exchange(channel, name.clone(), ExchangeKind::Fanout, None).await?;
        queue(channel, name.clone(), arguments).await?;
        bind(channel, name.clone(), name, "").await
    }

    async fn declare_work(&self, channel: &Channel, subscription: &Subscription) -> lapin::Result<()> {
        let name = self.queue(&subscription.queue);
        let mut arguments = quorum();
        arguments.insert("x-delivery-limit".into(), DELIVERY_LIMIT.into());
        dead_letter_to(&mut arguments, self.parked());
        queue(channel, name.clone(), arguments).await?;
        bind(channel, name.clone(), self.back(), subscription.queue.as_str()).await?;
        bind(channel, name.clone(), self.replay(), subscription.binding.as_str()).await?;
        bind(channel, name, self.topics(), subscription.binding.as_str()).await
    }
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments.insert("x-overflow".into(), text("reject-publish"));
    arguments
}

fn dead_letter_to(arguments: &mut FieldTable, exchange: ShortString) {
    arguments.insert("x-dead-letter-exchange".into(), text(exchange.as_str()));
    arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
}

async fn exchange(
    channel: &Channel,
    name: ShortString,
    kind: ExchangeKind,
    alternate: Option<ShortString>,
) -> lapin::Result<()> {
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let mut arguments = FieldTable::default();
    if let Some(alternate) = alternate {
        arguments.insert("alternate-exchange".into(), text(alternate.as_str()));
    }
    channel.exchange_declare(name, kind, options, arguments).await
}

async fn queue(channel: &Channel, name: ShortString, arguments: FieldTable) -> lapin::Result<()> {
    channel.queue_declare(name, QueueDeclareOptions::durable(), arguments).await.map(drop)
}

async fn bind(channel: &Channel, queue: ShortString, to: ShortString, key: &str) -> lapin::Result<()> {
    channel.queue_bind(queue, to, key.into(), QueueBindOptions::default(), FieldTable::default()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_longer_delay_is_taken() {
        let topology = Topology::new(&RabbitOptions::default()).unwrap();
        let later = |seconds| topology.later(Duration::from_secs(seconds)).to_string();
        assert_eq!(later(0), "dengwen.v1.later.1000");
        assert_eq!(later(10), "dengwen.v1.later.10000");
        assert_eq!(later(11), "dengwen.v1.later.60000");
        assert_eq!(later(86_400), "dengwen.v1.later.600000");
    }

    #[test]
    fn a_prefix_that_makes_names_too_long_is_refused() {
        let long = RabbitOptions { prefix: "x".repeat(51), ..RabbitOptions::default() };
        assert!(Topology::new(&long).is_err());
    }
}
