//! Moves a spool's entries to a broker.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Spool;
use crate::backoff::Backoff;
use crate::error::QueueError;
use crate::message::Outgoing;
use crate::queue::Publisher;
use crate::store::{Claim, Claimed, End};

/// How a forwarder works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwarderOptions {
    /// Entries that are sent, and confirmed, as one batch.
    pub batch: usize,
    /// When an entry that the ledger did not answer for is sent again, by how often it was sent: while
    /// the ledger is away for long, what waits must not be sent over and over.
    pub resend: Backoff,
    /// Waits between tries while the broker is away.
    pub backoff: Backoff,
}

impl Default for ForwarderOptions {
    fn default() -> Self {
        Self { batch: 256, resend: Backoff::RESEND, backoff: Backoff::RECONNECT }
    }
}

/// Sends what is in a spool, until told to stop. One a spool.
#[derive(Debug)]
pub struct Forwarder {
    spool: Spool,
    remote: Arc<dyn Publisher>,
    options: ForwarderOptions,
}

impl Forwarder {
    /// A forwarder from `spool` to `remote`.
    pub fn new(spool: Spool, remote: Arc<dyn Publisher>, options: ForwarderOptions) -> Self {
        Self { spool, remote, options }
    }

    /// Sends until `stop` is cancelled or the spool is closed. A broker that is away is waited for.
    pub async fn run(self, stop: CancellationToken) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let round = tokio::select! {
                () = stop.cancelled() => return,
                round = self.forward_batch() => round,
            };
            match round {
                Ok(()) => failures = 0,
                Err(QueueError::Closed) => return,
                Err(error) => {
                    failures += 1;
                    let delay = self.options.backoff.delay(failures, self.spool.store.entropy());
                    metrics::counter!("dengwen_spool_forward_failures_total").increment(1);
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        failures,
                        "the spool could not be forwarded; its entries stay"
                    );
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(delay) => {}
                    }
                }
            }
        }
    }

    /// Waits for entries and sends one batch of them. Dropped half-way, or failed, the entries are
    /// sent again.
    ///
    /// # Errors
    /// Where the broker or the file did not do its part.
    pub async fn forward_batch(&self) -> Result<(), QueueError> {
        let store = &self.spool.store;
        let (target, lease) = (self.spool.target.clone(), store.options().lease);
        let claimed = store.claim_some(Claim { target, max: self.options.batch, lease }).await?;
        let messages = claimed.iter().map(outgoing).collect();
        self.remote.publish(messages).await?;
        metrics::counter!("dengwen_spool_forwarded_total").increment(claimed.len() as u64);
        let sent = claimed.into_iter().map(|Claimed { lease, .. }| {
            let again = self.options.resend.delay(lease.attempt(), store.entropy());
            lease.end(End::Later(again))
        });
        store.settle(sent.collect()).await
    }
}

fn outgoing(claimed: &Claimed) -> Outgoing {
    let message = &claimed.message;
    Outgoing {
        message_id: message.message_id,
        topic: message.topic.clone(),
        traceparent: message.traceparent.clone(),
        lookup_key: None,
        body: message.body.clone(),
    }
}
