//! A message in a consumer's hands, and the three ways to be done with it.

use std::time::Duration;

use async_trait::async_trait;

use crate::error::QueueError;
use crate::message::Received;
use crate::name::ReasonCode;

/// What becomes of a delivered message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// Its effect is committed; forget it.
    Done,
    /// Not now. It comes back after a delay, and is parked once its queue's bound is reached.
    Retry {
        /// At least this long; without it the queue's own back-off applies.
        after: Option<Duration>,
    },
    /// It can never be handled as it is: a person has to look.
    Park {
        /// A short code, never content.
        reason: ReasonCode,
    },
}

/// The driver's side of a delivery. Dropped unsettled, it gives the message back.
#[async_trait]
pub trait Settle: Send + Sync {
    /// Carries out the settlement.
    async fn settle(self: Box<Self>, settlement: Settlement) -> Result<(), QueueError>;
}

/// One message, held by one consumer until it is settled. A delivery that is dropped goes back to
/// its queue; the attempt counts, so that what kills its handler cannot do so for ever.
pub struct Delivery {
    message: Received,
    attempt: u32,
    settle: Box<dyn Settle>,
}

impl Delivery {
    /// For drivers.
    pub fn new(message: Received, attempt: u32, settle: Box<dyn Settle>) -> Self {
        Self { message, attempt, settle }
    }

    /// The message.
    pub fn message(&self) -> &Received {
        &self.message
    }

    /// Which delivery of the message this is, from 1; parked messages that were replayed start anew.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Settles the message. On an error the message will be delivered again.
    pub async fn settle(self, settlement: Settlement) -> Result<(), QueueError> {
        self.settle.settle(settlement).await
    }
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("message", &self.message)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// Settles many at once, which shares one commit; the first error, after all were tried.
pub async fn settle_all(
    settlements: impl IntoIterator<Item = (Delivery, Settlement)>,
) -> Result<(), QueueError> {
    let settled = settlements.into_iter().map(|(delivery, settlement)| delivery.settle(settlement));
    futures::future::join_all(settled).await.into_iter().collect()
}
