//! Publishing with confirms.
//!
//! Each lane is one task that owns one channel (lapin takes a delivery tag and queues the frames
//! under two locks, so tasks that share a channel can get each other's confirms). A lane takes
//! whatever gathered, publishes it, awaits every single confirm and judges them together: a
//! message is durable only when all of its round were plainly acknowledged. Anything else (a nack,
//! a returned message, which may be another's, no confirm in time) fails the whole round, to be
//! sent again by those who asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dengwen_queue::QueueError;
use futures::future::try_join_all;
use lapin::options::{BasicPublishOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Confirmation};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connect::{Broker, Session};
use crate::wire::Frame;

/// Calls in one round. Two lanes with rounds of this size keep the broker at work while one of them
/// waits; larger rounds come in bursts and were slower (`benches/publish.rs`).
const MAX_ROUND: usize = 64;

struct Job {
    /// Nothing to publish asks whether publishing would work.
    frames: Vec<Frame>,
    done: oneshot::Sender<Result<(), QueueError>>,
    _weight: Weight,
}

/// A handle on the lanes; clones share them.
#[derive(Clone)]
pub(crate) struct Lanes {
    jobs: mpsc::Sender<Job>,
    broker: Arc<Broker>,
    waiting_bytes: Arc<AtomicUsize>,
}

impl Lanes {
    pub(crate) fn start(broker: Arc<Broker>, closing: &CancellationToken, tasks: &TaskTracker) -> Self {
        let (jobs, waiting) = mpsc::channel(broker.options.max_waiting);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..broker.options.lanes.max(1) {
            let lane = Lane { broker: broker.clone(), session: None, failures: 0, not_before: None };
            tasks.spawn(lane.run(waiting.clone(), closing.clone()));
        }
        Self { jobs, broker, waiting_bytes: Arc::default() }
    }

    /// Publishes; `Ok` once the broker has confirmed every one.
    pub(crate) async fn publish(&self, frames: Vec<Frame>) -> Result<(), QueueError> {
        let options = &self.broker.options;
        let bytes = frames.iter().map(|frame| frame.body.len()).sum();
        let weight = Weight::take(&self.waiting_bytes, bytes, options.max_waiting_bytes)?;
        let (done, answer) = oneshot::channel();
        self.jobs.try_send(Job { frames, done, _weight: weight }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => QueueError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => QueueError::Closed,
        })?;
        // One round before this one, a connection, and this round.
        match tokio::time::timeout(options.connect_limit + options.time_limit * 2, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(QueueError::Closed),
            Err(_) => Err(QueueError::Timeout),
        }
    }

    /// Whether a publish would work now.
    pub(crate) async fn probe(&self) -> Result<(), QueueError> {
        self.publish(Vec::new()).await
    }
}

/// A claim on the memory that waiting messages may take, given back on drop.
struct Weight {
    total: Arc<AtomicUsize>,
    bytes: usize,
}

impl Weight {
    fn take(total: &Arc<AtomicUsize>, bytes: usize, limit: usize) -> Result<Self, QueueError> {
        let weight = Self { total: total.clone(), bytes };
        let before = total.fetch_add(bytes, Ordering::Relaxed);
        // A single batch over the limit still gets its turn, alone.
        if before > 0 && before + bytes > limit { Err(QueueError::Overloaded) } else { Ok(weight) }
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

struct Lane {
    broker: Arc<Broker>,
    session: Option<Session>,
    /// Times in a row that the broker could not be reached, and when it may be tried again:
    /// callers are told at once meanwhile.
    failures: u32,
    not_before: Option<Instant>,
}

impl Lane {
    async fn run(mut self, waiting: Arc<Mutex<mpsc::Receiver<Job>>>, closing: CancellationToken) {
        let mut round = Vec::with_capacity(MAX_ROUND);
        loop {
            {
                let mut waiting = waiting.lock().await;
                tokio::select! {
                    biased;
                    () = closing.cancelled(), if !waiting.is_closed() => waiting.close(),
                    received = waiting.recv_many(&mut round, MAX_ROUND) => if received == 0 { return },
                }
            }
            let result = self.publish(&mut round).await;
            if let Err(error) = &result {
                tracing::warn!(error = error as &dyn std::error::Error, "the broker did not take messages");
            }
            for job in round.drain(..) {
                // Whoever no longer listens has timed out and knows nothing either way.
                let _gone = job.done.send(result.clone());
            }
        }
    }

    async fn publish(&mut self, round: &mut [Job]) -> Result<(), QueueError> {
        let session = self.session().await?;
        let frames: Vec<Frame> = round.iter_mut().flat_map(|job| std::mem::take(&mut job.frames)).collect();
        let result = if frames.is_empty() {
            ping(&self.broker, &session.channel).await
        } else {
            confirmed(&self.broker, &session.channel, frames).await
        };
        // A refusal was an answer. After anything else confirms may still be open, and lapin keeps
        // those: the channel is given up with its connection.
        if matches!(result, Ok(()) | Err(QueueError::Refused)) {
            self.session = Some(session);
        }
        result
    }

    async fn session(&mut self) -> Result<Session, QueueError> {
        if let Some(session) = self.session.take().filter(|session| session.channel.status().connected()) {
            return Ok(session);
        }
        if self.not_before.is_some_and(|instant| Instant::now() < instant) {
            return Err(QueueError::Unavailable(None));
        }
        let session = self.broker.session("publisher").await;
        if session.is_ok() {
            self.failures = 0;
            self.not_before = None;
        } else {
            self.failures += 1;
            let delay = self.broker.options.reconnect.delay(self.failures, self.broker.entropy.as_ref());
            self.not_before = Some(Instant::now() + delay);
        }
        session
    }
}

async fn ping(broker: &Broker, channel: &Channel) -> Result<(), QueueError> {
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::durable() };
    broker
        .within(channel.queue_declare(broker.topology.parked(), passive, FieldTable::default()))
        .await
        .map(drop)
}

/// Publishes a round and awaits all of its confirms, within one time limit.
async fn confirmed(broker: &Broker, channel: &Channel, frames: Vec<Frame>) -> Result<(), QueueError> {
    let published = async {
        // Together, since lapin's publish waits until its socket has the frames. Each takes its tag
        // and queues its frames in its first poll, and this task alone polls: no two can mix.
        let confirms = try_join_all(frames.into_iter().map(|frame| send(channel, frame))).await?;
        let mut stored = true;
        for confirm in confirms {
            // `is_ack()` is true for a returned message, `is_nack()` false without confirm mode.
            stored &= matches!(confirm.await?, Confirmation::Ack(None));
        }
        Ok(stored)
    };
    if broker.within(published).await? { Ok(()) } else { Err(QueueError::Refused) }
}

async fn send(channel: &Channel, frame: Frame) -> lapin::Result<lapin::PublisherConfirm> {
    // Mandatory: where even the alternate exchange leads nowhere, the message must not vanish.
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    channel.basic_publish(frame.exchange, frame.key, options, &frame.body, frame.properties).await
}

/// Publishes one message with nothing else under way on the channel, where a returned message can
/// only be this one. Whether it led anywhere.
pub(crate) async fn publish_alone(
    broker: &Broker,
    channel: &Channel,
    frame: Frame,
) -> Result<bool, QueueError> {
    let confirmation = broker.within(async { send(channel, frame).await?.await }).await?;
    match confirmation {
        Confirmation::Ack(None) => Ok(true),
        Confirmation::Ack(Some(_)) => Ok(false),
        Confirmation::Nack(_) | Confirmation::NotRequested => Err(QueueError::Refused),
    }
}
