//! The reporter's mailbox: messages between the line and whoever holds the receipt.

use async_trait::async_trait;
use dengwen_model::{MessageFrom, MessageId, TipId};
use jiff::Timestamp;

use crate::LedgerError;

/// One message, its words sealed to the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxRecord {
    /// Its id.
    pub id: MessageId,
    /// The tip whose receipt opens it.
    pub tip: TipId,
    /// Who wrote it.
    pub from: MessageFrom,
    /// When.
    pub at: Timestamp,
    /// The sealed words.
    pub text: Vec<u8>,
}

/// The mailbox.
#[async_trait]
pub trait Mailbox {
    /// Adds a message. `false` if it was there already.
    async fn insert_message(&mut self, record: &MailboxRecord) -> Result<bool, LedgerError>;

    /// The messages of a tip, oldest first.
    async fn messages_of(&mut self, tip: TipId) -> Result<Vec<MailboxRecord>, LedgerError>;

    /// The last `max` messages of a tip that come before the message `before` of the same tip, oldest first.
    async fn messages_before(
        &mut self,
        tip: TipId,
        before: Option<MessageId>,
        max: u32,
    ) -> Result<Vec<MailboxRecord>, LedgerError>;

    /// Those of these messages that exist, in the order of their ids.
    async fn messages_by_id(&mut self, ids: &[MessageId]) -> Result<Vec<MailboxRecord>, LedgerError>;

    /// Number of messages.
    async fn count_messages(&mut self) -> Result<u64, LedgerError>;
}
