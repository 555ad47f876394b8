//! The outbox: what must be told to others, committed with the change that caused it.

use async_trait::async_trait;
use dengwen_model::MessageId;

use crate::LedgerError;

/// A message that waits to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRecord {
    /// Its id.
    pub id: MessageId,
    /// Routing key.
    pub topic: String,
    /// The envelope's JSON.
    pub payload: Vec<u8>,
    /// W3C trace context.
    pub traceparent: String,
}

/// The outbox.
#[async_trait]
pub trait Outbox {
    /// Puts messages in.
    async fn enqueue(&mut self, messages: &[OutboxRecord]) -> Result<(), LedgerError>;

    /// Takes up to `max` out, oldest first, locked for this unit of work; commit only after all of them
    /// were confirmed by the queue. Other relays get others (`SKIP LOCKED`).
    async fn take_outbox(&mut self, max: u32) -> Result<Vec<OutboxRecord>, LedgerError>;

    /// Up to `max` of the oldest with their places, left where they are: for a ledger with one writer
    /// ([`crate::Ledger::has_one_writer`]), which must not be held while the queue confirms. Two relays that
    /// look at the same time see the same messages.
    async fn peek_outbox(&mut self, max: u32) -> Result<Vec<(i64, OutboxRecord)>, LedgerError>;

    /// Removes messages by their places, once the queue has confirmed them; those that are gone are gone.
    async fn forget_outbox(&mut self, places: &[i64]) -> Result<(), LedgerError>;

    /// How many wait.
    async fn count_outbox(&mut self) -> Result<u64, LedgerError>;
}
