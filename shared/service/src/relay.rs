//! Publishes the outbox: what a unit of work committed to tell others.

use std::time::Duration;

use dengwen_ledger::{LedgerError, OutboxRecord};
use dengwen_queue::{Backoff, Outgoing, QueueError};

use crate::Runtime;
use crate::consume::Chain;

/// Most messages of one round.
const ROUND: u32 = 256;
/// Looks at the outbox at least this often: another process may have filled it.
const IDLE: Duration = Duration::from_millis(250);

#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("the ledger failed")]
    Ledger(#[from] LedgerError),
    #[error("the queue failed")]
    Queue(#[from] QueueError),
}

/// Relays until shutdown, then once more so that nothing committed is left for the next start.
pub(crate) async fn relay_outbox(runtime: Runtime) {
    let mut failures = 0;
    loop {
        let stopping = runtime.shutdown().is_cancelled();
        match relay_once(&runtime).await {
            Ok(0) if stopping => return,
            Ok(0) => {
                failures = 0;
                tokio::select! {
                    () = runtime.shutdown().cancelled() => {}
                    () = runtime.outbox_filled() => {}
                    () = tokio::time::sleep(IDLE) => {}
                }
            }
            Ok(_) => failures = 0,
            Err(_) if stopping => return,
            Err(error) => {
                failures += 1;
                tracing::warn!(error = %Chain(&error), "the outbox waits");
                let delay = Backoff::RECONNECT.delay(failures, runtime.entropy());
                tokio::select! { () = runtime.shutdown().cancelled() => {}, () = tokio::time::sleep(delay) => {} }
            }
        }
    }
}

/// Publishes one round. The rows leave the ledger only after the queue has confirmed all of them; a
/// crash in between sends them twice, which every receiver bears.
async fn relay_once(runtime: &Runtime) -> Result<usize, RelayError> {
    let one_writer = runtime.ledger().has_one_writer();
    let look_at = if one_writer { ROUND } else { 1 };
    let waiting = runtime.ledger().read().await?.peek_outbox(look_at).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let relayed =
        if one_writer { relay_beside(runtime, waiting).await? } else { relay_within(runtime).await? };
    metrics::counter!("dengwen_outbox_relayed").increment(u64::try_from(relayed).unwrap_or(u64::MAX));
    Ok(relayed)
}

/// Where there is one writer it must not be held while the queue confirms, or a queue that is away
/// would stop the desk too: what was published leaves the ledger in a unit of work of its own.
async fn relay_beside(runtime: &Runtime, waiting: Vec<(i64, OutboxRecord)>) -> Result<usize, RelayError> {
    let (places, records): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
    publish(runtime, &records).await?;
    let mut work = runtime.ledger().begin().await?;
    work.forget_outbox(&places).await?;
    work.commit().await?;
    Ok(records.len())
}

/// Where there are many writers each relay holds what it publishes, and the others take the rest.
async fn relay_within(runtime: &Runtime) -> Result<usize, RelayError> {
    let mut work = runtime.ledger().begin().await?;
    let records = work.take_outbox(ROUND).await?;
    publish(runtime, &records).await?;
    work.commit().await?;
    Ok(records.len())
}

async fn publish(runtime: &Runtime, records: &[OutboxRecord]) -> Result<(), QueueError> {
    let mut messages = Vec::with_capacity(records.len());
    for record in records {
        match record.topic.parse() {
            Ok(topic) => messages.push(
                Outgoing::new(record.id, topic, record.payload.clone()).with_traceparent(&record.traceparent),
            ),
            // Topics are made from checked codes, so this is a defect; keep the rest going.
            Err(_) => tracing::error!(message = %record.id, "a message has no valid topic"),
        }
    }
    runtime.queue().publish(messages).await.map(drop)
}
