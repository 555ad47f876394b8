//! Consuming, over as many connections as it takes.
//!
//! A consumer has its own connection, apart from publishing: a broker that is short of memory or
//! disk stops reading from those who publish. Its session is rebuilt from nothing after any fault,
//! an ended stream included: that is how a broker tells of a deleted queue or a consumer that took
//! too long.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use dengwen_queue::{Consumer, Delivery, QueueError, ReasonCode};
use futures::{FutureExt, StreamExt};
use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use tokio_util::sync::CancellationToken;

use crate::connect::Session;
use crate::held::{Desk, Held};
use crate::wire::{self, Head};

/// The message carries none of our headers.
const FOREIGN: ReasonCode = ReasonCode::new("foreign");

pub(crate) struct RabbitConsumer {
    desk: Arc<Desk>,
    prefetch: u16,
    closing: CancellationToken,
    session: Option<Consuming>,
    failures: u32,
    /// Arrived and not yet handed out; kept here so that a cancelled wait loses nothing.
    arrived: VecDeque<Held>,
}

struct Consuming {
    stream: lapin::Consumer,
    _session: Session,
}

impl std::fmt::Debug for RabbitConsumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RabbitConsumer").field("queue", &self.desk.subscription.queue).finish_non_exhaustive()
    }
}

impl RabbitConsumer {
    /// A consumer, with its first connection made.
    pub(crate) async fn start(
        desk: Desk,
        prefetch: u16,
        closing: CancellationToken,
    ) -> Result<Self, QueueError> {
        let desk = Arc::new(desk);
        let session = Some(consume(&desk, prefetch.max(1)).await?);
        Ok(Self { desk, prefetch: prefetch.max(1), closing, session, failures: 0, arrived: VecDeque::new() })
    }

    /// Waits until something has arrived, reconnecting for as long as it takes.
    async fn arrive(&mut self, max: usize) {
        while self.arrived.is_empty() {
            let Some(consuming) = self.session.as_mut() else {
                self.reconnect().await;
                continue;
            };
            let mut next = consuming.stream.next().await;
            while let Some(Ok(delivery)) = next {
                self.arrived.push_back(hold(&self.desk, delivery));
                if self.arrived.len() >= max {
                    return;
                }
                match consuming.stream.next().now_or_never() {
                    Some(more) => next = more,
                    None => return,
                }
            }
            let error = next.and_then(Result::err);
            tracing::warn!(
                queue = %self.desk.subscription.queue,
                error = error.as_ref().map(|error| error as &dyn std::error::Error),
                "the broker ended a consumer; consuming anew"
            );
            self.session = None;
        }
    }

    async fn reconnect(&mut self) {
        if self.failures > 0 {
            let broker = &self.desk.broker;
            tokio::time::sleep(broker.options.reconnect.delay(self.failures, broker.entropy.as_ref())).await;
        }
        // Counted before the try: a wait that is cancelled in the middle must not make a hot loop.
        self.failures = self.failures.saturating_add(1);
        match consume(&self.desk, self.prefetch).await {
            Ok(consuming) => {
                self.failures = 0;
                self.session = Some(consuming);
            }
            Err(error) => tracing::warn!(
                queue = %self.desk.subscription.queue,
                failures = self.failures,
                error = &error as &dyn std::error::Error,
                "the broker cannot be reached to consume"
            ),
        }
    }

    /// Parks what cannot be handed out: what had all its attempts, its handler torn down each
    /// time, and what is none of ours.
    async fn put_aside(&mut self) -> Result<(), QueueError> {
        let mut place = 0;
        while let Some(held) = self.arrived.get_mut(place) {
            let spent = held.attempt > self.desk.subscription.max_attempts;
            let reason = if held.is_foreign { FOREIGN } else { ReasonCode::ATTEMPTS };
            if !spent && !held.is_foreign {
                place += 1;
                continue;
            }
            held.park(&reason, held.attempt.saturating_sub(1)).await?;
            self.arrived.remove(place);
        }
        Ok(())
    }

    async fn next(&mut self, max: usize) -> Vec<Delivery> {
        loop {
            self.arrive(max).await;
            if let Err(error) = self.put_aside().await {
                // They go back with the session, and come again with the next.
                tracing::warn!(error = &error as &dyn std::error::Error, "a message could not be parked");
                self.arrived.clear();
                self.session = None;
                self.failures += 1;
                continue;
            }
            let count = self.arrived.len().min(max);
            if count > 0 {
                return self.arrived.drain(..count).map(deliver).collect();
            }
        }
    }
}

#[async_trait]
impl Consumer for RabbitConsumer {
    async fn next_batch(&mut self, max: usize) -> Result<Vec<Delivery>, QueueError> {
        let closing = self.closing.clone();
        let batch = tokio::select! {
            biased;
            () = closing.cancelled() => None,
            batch = self.next(max.max(1)) => Some(batch),
        };
        if batch.is_none() {
            self.arrived.clear();
            self.session = None;
        }
        batch.ok_or(QueueError::Closed)
    }
}

async fn consume(desk: &Desk, prefetch: u16) -> Result<Consuming, QueueError> {
    let broker = &desk.broker;
    let session = broker.session("consumer").await?;
    // Without it the broker pushes everything it has. Per consumer: 4.3 refuses it for a channel.
    broker.within(session.channel.basic_qos(prefetch, BasicQosOptions { global: false })).await?;
    let queue = &desk.subscription.queue;
    let (name, options) = (broker.topology.queue(queue), BasicConsumeOptions::default());
    let stream = session.channel.basic_consume(name, "".into(), options, FieldTable::default());
    let stream = match broker.within(stream).await {
        // It has just answered for everything that needs no leader.
        Err(QueueError::Timeout) => Err(QueueError::NoLeader(queue.clone())),
        answer => answer,
    };
    broker.note_leader(queue, !matches!(stream, Err(QueueError::NoLeader(_))));
    Ok(Consuming { stream: stream?, _session: session })
}

fn hold(desk: &Arc<Desk>, delivery: lapin::message::Delivery) -> Held {
    let lapin::message::Delivery { properties, routing_key, data, acker, .. } = delivery;
    let body = Bytes::from(data);
    let returns = wire::returns(&properties);
    match Head::read(&properties, &routing_key) {
        Some(head) => {
            let attempt = head.retries.saturating_add(returns).saturating_add(1);
            Held::new(desk.clone(), head, attempt, body, acker)
        }
        None => Held::foreign(desk.clone(), body, acker),
    }
}

fn deliver(held: Held) -> Delivery {
    Delivery::new(held.head.received(held.body.clone()), held.attempt, Box::new(held))
}
