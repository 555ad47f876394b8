//! Publishes the outbox: what a unit of work committed to tell others.

use std::time::Duration;

use dengwen_ledger::LedgerError;
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
    let mut reading = runtime.ledger().read().await?;
    if reading.count_outbox().await? == 0 {
        return Ok(0);
    }
    drop(reading);
    let mut work = runtime.ledger().begin().await?;
    let records = work.take_outbox(ROUND).await?;
    if records.is_empty() {
        return Ok(0);
    }
    let mut messages = Vec::with_capacity(records.len());
    for record in &records {
        match record.topic.parse() {
            Ok(topic) => messages.push(
                Outgoing::new(record.id, topic, record.payload.clone()).with_traceparent(&record.traceparent),
            ),
            // Topics are made from checked codes, so this is a defect; keep the rest going.
            Err(_) => tracing::error!(message = %record.id, "a message has no valid topic"),
        }
    }
    runtime.queue().publish(messages).await?;
    work.commit().await?;
    metrics::counter!("dengwen_outbox_relayed").increment(u64::try_from(records.len()).unwrap_or(u64::MAX));
    Ok(records.len())
}
