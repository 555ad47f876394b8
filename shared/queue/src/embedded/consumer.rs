//! Consuming from the embedded queue.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::end_of;
use crate::backoff::Backoff;
use crate::delivery::{Delivery, Settle, Settlement};
use crate::error::QueueError;
use crate::metrics::count_settled;
use crate::queue::Consumer;
use crate::store::{Claim, Claimed, Lease, Store, Target};

#[derive(Debug)]
pub(super) struct EmbeddedConsumer {
    store: Store,
    target: Target,
    /// One permit a message that may be held unsettled.
    room: Arc<Semaphore>,
}

impl EmbeddedConsumer {
    pub(super) fn new(store: Store, target: Target, prefetch: u16) -> Self {
        let room = Arc::new(Semaphore::new(usize::from(prefetch.max(1))));
        Self { store, target, room }
    }

    /// Waits for messages and leases up to `max` of them.
    async fn claim(&self, max: usize) -> Result<Vec<Claimed>, QueueError> {
        let claim = Claim { target: self.target.clone(), max, lease: self.store.options().lease };
        self.store.claim_some(claim).await
    }

    async fn permits(&self, max: usize) -> Result<Vec<OwnedSemaphorePermit>, QueueError> {
        let first = tokio::select! {
            first = self.room.clone().acquire_owned() => first.map_err(|_| QueueError::Closed)?,
            () = self.store.closed() => return Err(QueueError::Closed),
        };
        let mut permits = vec![first];
        while permits.len() < max {
            let Ok(permit) = self.room.clone().try_acquire_owned() else { break };
            permits.push(permit);
        }
        Ok(permits)
    }
}

#[async_trait]
impl Consumer for EmbeddedConsumer {
    async fn next_batch(&mut self, max: usize) -> Result<Vec<Delivery>, QueueError> {
        let permits = self.permits(max).await?;
        let mut failures = 0;
        loop {
            match self.claim(permits.len()).await {
                Ok(claimed) => {
                    let held = claimed.into_iter().zip(permits);
                    return Ok(held.map(|(claimed, permit)| self.deliver(claimed, permit)).collect());
                }
                Err(error) if error.is_transient() => {
                    failures += 1;
                    tracing::warn!(
                        queue = %self.target.name,
                        failures,
                        error = &error as &dyn std::error::Error,
                        "nothing can be taken from the queue's file"
                    );
                    tokio::time::sleep(Backoff::RECONNECT.delay(failures, self.store.entropy())).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl EmbeddedConsumer {
    fn deliver(&self, claimed: Claimed, permit: OwnedSemaphorePermit) -> Delivery {
        let Claimed { lease, message } = claimed;
        let attempt = lease.attempt();
        let lease = lease.handed_out();
        let held = Held { store: self.store.clone(), target: self.target.clone(), lease, _permit: permit };
        Delivery::new(message, attempt, Box::new(held))
    }
}

struct Held {
    store: Store,
    target: Target,
    lease: Lease,
    _permit: OwnedSemaphorePermit,
}

#[async_trait]
impl Settle for Held {
    async fn settle(self: Box<Self>, settlement: Settlement) -> Result<(), QueueError> {
        count_settled(self.target.name.as_str(), &settlement);
        let end = end_of(settlement, self.lease.attempt(), self.target.max_attempts, self.store.entropy());
        self.store.settle(vec![self.lease.end(end)]).await
    }
}
