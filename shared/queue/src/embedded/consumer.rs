//! Consuming from the embedded queue.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::end_of;
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

    async fn permits(&self, max: usize) -> Result<Vec<OwnedSemaphorePermit>, QueueError> {
        let first = self.room.clone().acquire_owned().await.map_err(|_| QueueError::Closed)?;
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
        loop {
            let claim =
                Claim { target: self.target.clone(), max: permits.len(), lease: self.store.options().lease };
            let claimed = self.store.claim(claim).await?;
            if !claimed.is_empty() {
                let held = claimed.into_iter().zip(permits);
                return Ok(held.map(|(claimed, permit)| self.deliver(claimed, permit)).collect());
            }
            self.store.due(&self.target).await?;
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
