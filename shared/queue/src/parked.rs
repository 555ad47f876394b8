//! Messages that were given up: kept until a person replays or discards them.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use bytes::Bytes;
use dengwen_model::MessageId;
use jiff::Timestamp;

use crate::error::QueueError;
use crate::name::{QueueName, ReasonCode, Topic};

/// Which parked message: the queue it was in and its id, written `queue/msg_…`. Copies of one
/// message in several queues are parked each by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParkedId {
    /// The queue it was in; `unrouted` where no binding matched.
    pub queue: QueueName,
    /// The message's own id.
    pub message_id: MessageId,
}

impl fmt::Display for ParkedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.queue, self.message_id)
    }
}

/// The text is not a parked message's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a parked message's id: wanted QUEUE/msg_…")]
pub struct ParkedIdError;

impl FromStr for ParkedId {
    type Err = ParkedIdError;

    fn from_str(text: &str) -> Result<Self, ParkedIdError> {
        let (queue, id) = text.split_once('/').ok_or(ParkedIdError)?;
        let queue = queue.parse().map_err(|_| ParkedIdError)?;
        let message_id = id.parse().map_err(|_| ParkedIdError)?;
        Ok(Self { queue, message_id })
    }
}

/// What may be shown of a parked message without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedEntry {
    /// Which one.
    pub id: ParkedId,
    /// What it is about.
    pub topic: Topic,
    /// Why it was given up.
    pub reason: ReasonCode,
    /// How often it was tried.
    pub attempts: u32,
    /// When the queue first took it.
    pub published_at: Timestamp,
    /// When it was given up; not known where the broker did it by itself.
    pub parked_at: Option<Timestamp>,
    /// Bytes of its body.
    pub size: usize,
}

/// Looks after what was given up.
#[async_trait]
pub trait Parked: Send + Sync {
    /// The oldest `limit` parked and unrouted messages.
    async fn parked_list(&self, limit: usize) -> Result<Vec<ParkedEntry>, QueueError>;

    /// One parked message with its bytes.
    async fn parked_show(&self, id: &ParkedId) -> Result<(ParkedEntry, Bytes), QueueError>;

    /// Puts a parked message back into its queue (an unrouted one where its topic now leads), with
    /// its attempts at nought. An unrouted one whose topic still leads nowhere stays where it is.
    async fn parked_replay(&self, id: &ParkedId) -> Result<(), QueueError>;

    /// Throws a parked message away.
    async fn parked_discard(&self, id: &ParkedId) -> Result<(), QueueError>;
}
