//! What can go wrong at the queue. No text here ever quotes a message.

use std::sync::Arc;

use crate::name::QueueName;

/// The failure underneath, shared because one commit answers many callers.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// The queue did not do what was asked.
///
/// After any error of a publish the caller may send the whole batch again: receivers drop what
/// they have seen. Only a success says that the messages are durable.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QueueError {
    /// More is waiting than may wait in memory; come back later.
    #[error("the queue takes no more at the moment")]
    Overloaded,
    /// The disk, or the share of it that the queue may use, is full.
    #[error("no space is left for the queue")]
    Full,
    /// A message is larger than a queue message may be.
    #[error("a message of {size} bytes is over the limit of {limit}")]
    TooLarge {
        /// Bytes of the message's body.
        size: usize,
        /// The most that is taken, in bytes.
        limit: usize,
    },
    /// No answer within the time limit. Whether the messages were taken is unknown.
    #[error("the queue did not answer in time")]
    Timeout,
    /// The broker answers, but not for this queue: the members that keep it have no leader. It comes
    /// back with the broker's other nodes, or must be deleted at the broker to be made anew.
    #[error("the broker answers, but queue {0} has no leader there")]
    NoLeader(QueueName),
    /// The broker, or the file, cannot be reached at the moment.
    #[error("the queue cannot be reached")]
    Unavailable(#[source] Option<Cause>),
    /// The broker answered that it did not store the messages.
    #[error("the broker did not store the messages")]
    Refused,
    /// The queue's file is damaged, or not a queue's file. It is never written over.
    #[error("the queue's file is damaged or not a queue's file")]
    Damaged(#[source] Option<Cause>),
    /// The file was written by a later version of the program.
    #[error("the queue's file has format {found}, this program knows up to {known}")]
    Newer {
        /// The format of the file.
        found: i64,
        /// The latest format this program can read.
        known: i64,
    },
    /// This handle was closed.
    #[error("the queue is closed")]
    Closed,
    /// Nobody declared a queue of this name.
    #[error("no queue {0} is declared")]
    UnknownQueue(QueueName),
    /// No parked message of this id is there, or it was replayed or discarded meanwhile.
    #[error("no such parked message")]
    NotParked,
    /// The queue's address cannot be used. The text never holds the address: it may hold a password.
    #[error("the queue's address cannot be used: {0}")]
    Address(&'static str),
}

impl QueueError {
    /// The queue cannot be reached, because of `cause`.
    pub fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unavailable(Some(Arc::new(cause)))
    }

    /// Whether the same call may succeed later without anybody's help.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Overloaded
                | Self::Full
                | Self::Timeout
                | Self::NoLeader(_)
                | Self::Unavailable(_)
                | Self::Refused
        )
    }
}
