//! One loop for every consumer of a queue: batches in, an explicit decision for each message out.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dengwen_ledger::LedgerError;
use dengwen_messages::Envelope;
use dengwen_queue::{Backoff, Delivery, Queue, QueueError, ReasonCode, Settlement, Subscription};
use tokio_util::sync::CancellationToken;

use crate::Process;

/// Most messages that a handler gets at once: enough to share a commit, few enough to hold one short.
pub const MAX_BATCH: usize = 64;

/// A batch whose ledger stays away this long goes back to the queue: RabbitMQ closes a channel whose
/// message is unsettled for 30 minutes.
const HOLD_AT_MOST: Duration = Duration::from_secs(600);

/// How long a batch under way has to end once the process stops: it leaves within 10 s.
const END_BATCH_WITHIN: Duration = Duration::from_secs(5);

/// Handles the messages of one queue. Must be idempotent: any message may come twice.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Handles a batch in as few units of work as it can; a decision for each message, in order. On an error the
    /// whole batch comes again, message by message.
    async fn handle(&self, batch: &[Envelope]) -> Result<Vec<Settlement>, HandleError>;
}

/// The batch as a whole could not be handled.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// The ledger failed; where that is transient the batch is tried again when it is back.
    #[error("the ledger failed")]
    Ledger(#[from] LedgerError),
    /// One message of a larger batch cannot be handled; each is tried by itself.
    #[error("a message of the batch cannot be handled ({0})")]
    Message(&'static str),
}

const NOT_AN_ENVELOPE: ReasonCode = ReasonCode::new("not-an-envelope");
const REFUSED: ReasonCode = ReasonCode::new("refused-by-ledger");

/// Consumes `subscription` until shutdown. Declares it first, so that no message is unrouted meanwhile.
pub async fn consume(process: Process, subscription: Subscription, handler: Arc<dyn Handler>) {
    let queue = process.queue().clone();
    let shutdown = process.shutdown().clone();
    let mut failures = 0;
    while !shutdown.is_cancelled() {
        match run(&process, queue.as_ref(), &subscription, handler.as_ref(), &shutdown).await {
            Ok(()) => return,
            Err(error) => {
                failures += 1;
                tracing::warn!(queue = %subscription.queue, %error, "consumer stopped; starting it again");
                let delay = Backoff::RECONNECT.delay(failures, process.entropy());
                tokio::select! { () = shutdown.cancelled() => return, () = tokio::time::sleep(delay) => {} }
            }
        }
    }
}

async fn run(
    process: &Process,
    queue: &dyn Queue,
    subscription: &Subscription,
    handler: &dyn Handler,
    shutdown: &CancellationToken,
) -> Result<(), QueueError> {
    queue.declare(std::slice::from_ref(subscription)).await?;
    let prefetch = u16::try_from(MAX_BATCH * 2).unwrap_or(u16::MAX);
    let mut consumer = queue.consume(subscription, prefetch).await?;
    loop {
        let batch = tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            batch = consumer.next_batch(MAX_BATCH) => batch?,
        };
        metrics::histogram!("dengwen_consumer_batch", "queue" => subscription.queue.to_string())
            .record(u32::try_from(batch.len()).unwrap_or(u32::MAX));
        work_off(process, handler, batch, shutdown).await;
    }
}

/// Decodes a batch, parks what is no envelope, and handles the rest.
async fn work_off(
    process: &Process,
    handler: &dyn Handler,
    batch: Vec<Delivery>,
    shutdown: &CancellationToken,
) {
    let mut deliveries = Vec::with_capacity(batch.len());
    let mut envelopes = Vec::with_capacity(batch.len());
    for delivery in batch {
        match Envelope::from_bytes(&delivery.message().body) {
            Ok(envelope) => {
                envelopes.push(envelope);
                deliveries.push(delivery);
            }
            Err(error) => {
                tracing::warn!(message = %delivery.message().message_id, %error, "parking a message");
                settle(delivery, Settlement::Park { reason: NOT_AN_ENVELOPE }).await;
            }
        }
    }
    match decide(process, handler, &envelopes, shutdown).await {
        Some(decisions) => {
            let settled = dengwen_queue::settle_all(deliveries.into_iter().zip(decisions)).await;
            if let Err(error) = settled {
                tracing::debug!(%error, "a settled message will come again");
            }
        }
        None => drop(deliveries), // they go back to the queue
    }
}

/// The decisions on a batch; `None` where it has to go back whole.
async fn decide(
    process: &Process,
    handler: &dyn Handler,
    envelopes: &[Envelope],
    shutdown: &CancellationToken,
) -> Option<Vec<Settlement>> {
    if envelopes.is_empty() {
        return Some(Vec::new());
    }
    match handle_patiently(process, handler, envelopes, shutdown).await? {
        Ok(decisions) => Some(decisions),
        Err(error) if envelopes.len() == 1 => Some(vec![give_up(&error)]),
        Err(_) => {
            // One bad message must not hold up its neighbours.
            let mut decisions = Vec::with_capacity(envelopes.len());
            for envelope in envelopes {
                let one = std::slice::from_ref(envelope);
                match handle_patiently(process, handler, one, shutdown).await? {
                    Ok(mut decided) => decisions.append(&mut decided),
                    Err(error) => decisions.push(give_up(&error)),
                }
            }
            Some(decisions)
        }
    }
}

fn give_up(error: &HandleError) -> Settlement {
    tracing::error!(error = %Chain(error), "parking a message");
    match error {
        HandleError::Ledger(_) => Settlement::Park { reason: REFUSED },
        HandleError::Message(code) => Settlement::Park { reason: code.parse().unwrap_or(REFUSED) },
    }
}

/// Handles a batch, waiting while the ledger is away: that is nothing a message should pay for.
async fn handle_patiently(
    process: &Process,
    handler: &dyn Handler,
    envelopes: &[Envelope],
    shutdown: &CancellationToken,
) -> Option<Result<Vec<Settlement>, HandleError>> {
    let started = tokio::time::Instant::now();
    for failures in 1.. {
        let handled = tokio::select! {
            handled = handler.handle(envelopes) => handled,
            () = given_up(shutdown) => return None,
        };
        match handled {
            Err(HandleError::Ledger(error)) if error.is_transient() => {
                tell(&error);
                if started.elapsed() > HOLD_AT_MOST {
                    return None;
                }
                let delay = Backoff::RECONNECT.delay(failures, process.entropy());
                tokio::select! { () = shutdown.cancelled() => return None, () = tokio::time::sleep(delay) => {} }
            }
            decided => return Some(decided),
        }
    }
    None
}

/// Says what the batch waits for: only a ledger that does not answer is away.
fn tell(error: &LedgerError) {
    match error {
        LedgerError::Conflict { .. } | LedgerError::Busy(_) => {
            tracing::info!(error = %Chain(error), "other writers were faster; trying again");
            metrics::counter!("dengwen_consumer_ledger_busy").increment(1);
        }
        _ => {
            tracing::warn!(error = %Chain(error), "the ledger is away; waiting");
            metrics::counter!("dengwen_consumer_ledger_away").increment(1);
        }
    }
}

/// Resolves when a batch under way has had its time to end after the signal to stop. It is rolled back
/// and comes again.
async fn given_up(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(END_BATCH_WITHIN).await;
}

async fn settle(delivery: Delivery, settlement: Settlement) {
    if let Err(error) = delivery.settle(settlement).await {
        tracing::debug!(%error, "a settled message will come again");
    }
}

/// An error with its causes, for logs.
pub struct Chain<'a>(pub &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
