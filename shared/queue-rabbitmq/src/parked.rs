//! Looking at what was given up, over plain AMQP.
//!
//! AMQP has no way to look without taking. So each call takes the messages one by one, leaves them
//! unacknowledged, and gives all but the one it acted on back at the end; if the process dies
//! meanwhile the broker takes them back by itself. Two calls at the same moment can therefore hide
//! messages from each other: within a process they wait for each other, and between processes the
//! later one may have to be repeated.

use bytes::Bytes;
use dengwen_model::MessageId;
use dengwen_queue::{ParkedEntry, ParkedId, QueueError, QueueName, ReasonCode};
use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions, BasicNackOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use uuid::Uuid;

use crate::connect::{Broker, Session};
use crate::publisher::publish_alone;
use crate::wire::{Frame, Head, ParkedHead};

/// Messages looked at for one that is wanted.
const MAX_SCANNED: usize = 100_000;

/// What to do with the message that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Show,
    Replay,
    Discard,
}

/// A look into the parked and unrouted queues, to be ended with [`Look::give_back`].
struct Look<'a> {
    broker: &'a Broker,
    session: Session,
}

/// A parked message, taken and not given back yet.
struct Taken {
    entry: ParkedEntry,
    head: Option<Head>,
    body: Bytes,
    tag: u64,
}

pub(crate) async fn list(broker: &Broker, limit: usize) -> Result<Vec<ParkedEntry>, QueueError> {
    let look = Look::start(broker).await?;
    let mut entries = Vec::new();
    for queue in [broker.topology.parked(), broker.topology.unrouted()] {
        for _ in 0..limit {
            let Some(taken) = look.take(&queue).await? else { break };
            entries.push(taken.entry);
        }
    }
    look.give_back().await?;
    entries.sort_by_key(|entry| entry.parked_at.unwrap_or(entry.published_at));
    entries.truncate(limit);
    Ok(entries)
}

pub(crate) async fn show(broker: &Broker, id: &ParkedId) -> Result<(ParkedEntry, Bytes), QueueError> {
    act(broker, id, Act::Show).await
}

pub(crate) async fn replay(broker: &Broker, id: &ParkedId) -> Result<(), QueueError> {
    act(broker, id, Act::Replay).await.map(drop)
}

pub(crate) async fn discard(broker: &Broker, id: &ParkedId) -> Result<(), QueueError> {
    act(broker, id, Act::Discard).await.map(drop)
}

async fn act(broker: &Broker, id: &ParkedId, act: Act) -> Result<(ParkedEntry, Bytes), QueueError> {
    let look = Look::start(broker).await?;
    let found = look.find(id).await?;
    let done = match (&found, act) {
        (None, _) => Err(QueueError::NotParked),
        (Some(_), Act::Show) => Ok(()),
        (Some(taken), Act::Replay) => look.replay(taken).await,
        (Some(taken), Act::Discard) => look.acknowledge(taken.tag).await,
    };
    look.give_back().await?;
    done?;
    found.map(|taken| (taken.entry, taken.body)).ok_or(QueueError::NotParked)
}

impl<'a> Look<'a> {
    async fn start(broker: &'a Broker) -> Result<Self, QueueError> {
        Ok(Self { broker, session: broker.session("parked").await? })
    }

    async fn take(&self, queue: &ShortString) -> Result<Option<Taken>, QueueError> {
        let got = self.session.channel.basic_get(queue.clone(), BasicGetOptions::default());
        let Some(got) = self.broker.within(got).await? else { return Ok(None) };
        Ok(Some(self.read(queue, got)))
    }

    fn read(&self, queue: &ShortString, BasicGetMessage { delivery, .. }: BasicGetMessage) -> Taken {
        let topology = &self.broker.topology;
        let head = Head::read(&delivery.properties, &delivery.routing_key);
        let parked = ParkedHead::read(&delivery.properties);
        let body = Bytes::from(delivery.data);
        let unrouted = *queue == topology.unrouted();
        let from = if unrouted {
            Some(QueueName::unrouted())
        } else {
            parked.queue.or_else(|| topology.queue_of(parked.death_queue.as_deref()?))
        };
        // Somebody else's message has no id of ours: it is found by the id of all noughts.
        let shown = head
            .clone()
            .unwrap_or_else(|| Head::foreign(MessageId::from_uuid(Uuid::nil()), self.broker.clock.now()));
        let reason =
            if unrouted { ReasonCode::UNROUTED } else { parked.reason.unwrap_or(ReasonCode::ATTEMPTS) };
        let entry = ParkedEntry {
            id: ParkedId { queue: from.unwrap_or_else(QueueName::unrouted), message_id: shown.message_id },
            topic: shown.topic,
            reason,
            attempts: shown.retries,
            published_at: shown.published_at,
            parked_at: parked.parked_at,
            size: body.len(),
        };
        Taken { entry, head, body, tag: delivery.delivery_tag }
    }

    async fn find(&self, id: &ParkedId) -> Result<Option<Taken>, QueueError> {
        for queue in [self.broker.topology.parked(), self.broker.topology.unrouted()] {
            for _ in 0..MAX_SCANNED {
                match self.take(&queue).await? {
                    None => break,
                    Some(taken) if taken.entry.id == *id => return Ok(Some(taken)),
                    Some(_) => {}
                }
            }
        }
        Ok(None)
    }

    /// Puts the message back into its queue, or where its topic leads by now, and only then
    /// forgets it here.
    async fn replay(&self, taken: &Taken) -> Result<(), QueueError> {
        let topology = &self.broker.topology;
        let queue = &taken.entry.id.queue;
        let Some(head) = &taken.head else { return Err(QueueError::UnknownQueue(queue.clone())) };
        let head = Head { retries: 0, ..head.clone() };
        let (exchange, key) = if queue.is_unrouted() {
            (topology.replay(), head.topic.as_str().into())
        } else {
            // The default exchange leads to the queue of the key's name.
            (ShortString::from(""), topology.queue(queue))
        };
        let frame: Frame = head.frame(exchange, key, taken.body.clone());
        if !publish_alone(self.broker, &self.session.channel, frame).await? {
            return Err(QueueError::UnknownQueue(queue.clone()));
        }
        self.acknowledge(taken.tag).await
    }

    async fn acknowledge(&self, tag: u64) -> Result<(), QueueError> {
        self.broker.within(self.session.channel.basic_ack(tag, BasicAckOptions::default())).await
    }

    /// Gives back whatever was taken and not acknowledged, and waits until the broker has it.
    async fn give_back(self) -> Result<(), QueueError> {
        let channel = &self.session.channel;
        // Tag 0 with `multiple` is whatever is outstanding, which may be nothing.
        let all = BasicNackOptions { multiple: true, requeue: true };
        self.broker.within(channel.basic_nack(0, all)).await?;
        for queue in [self.broker.topology.parked(), self.broker.topology.unrouted()] {
            let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
            self.broker.within(channel.queue_declare(queue, passive, FieldTable::default())).await?;
        }
        Ok(())
    }
}
