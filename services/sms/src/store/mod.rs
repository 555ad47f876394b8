//! What the door remembers between requests: which messages it has, which parts wait, what is to be sent.

mod durable;
mod memory;
mod replies;

use async_trait::async_trait;
use dengwen_seal::{KeyedHash, ReceiptHash};
use jiff::Timestamp;

use crate::assembly::Group;
use crate::follow_up::FollowUp;
use crate::reply::QueuedReply;

pub use durable::DurableStore;
pub use memory::MemoryStore;
pub use replies::SentReply;

/// The store did not do what was asked; the vendor must send the request again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store of the SMS door does not answer")]
pub struct StoreError;

/// Everything that one step changes; kept all together or not at all.
#[derive(Debug, Default)]
pub struct Change {
    /// Messages that are known from now on, for ever.
    pub known: Vec<String>,
    /// A group as it stands now.
    pub keep: Option<Group>,
    /// The key of a group that is over.
    pub drop: Option<String>,
    /// What taking a message caused.
    pub effects: Effects,
}

/// What taking a message causes, kept together with the knowledge that it was taken.
#[derive(Debug, Default)]
pub struct Effects {
    /// A reply to be sent, at most once for its key.
    pub reply: Option<QueuedReply>,
    /// What a reporter adds to a tip whose receipt they gave.
    pub follow_up: Option<FollowUp>,
    /// The last tip of a sender's day.
    pub last_tip: Option<LastTip>,
    /// A number whose owner wants no replies (`true`), or wants them again.
    pub opted_out: Option<(String, bool)>,
}

/// Which tip a sender's further messages of the same day belong to, once the day's number is reached.
#[derive(Debug)]
pub struct LastTip {
    /// The sender as a token that is another one every day.
    pub sender: KeyedHash,
    /// The keyed hash of the tip's receipt.
    pub receipt: ReceiptHash,
}

/// Memory that outlives a request. Keys may hold numbers: a store that writes them to a disk hashes them
/// with a key, and seals what stands under them.
#[async_trait]
pub trait Store: Send + Sync {
    /// Whether any of these messages is known.
    async fn knows_any(&self, keys: &[String]) -> Result<bool, StoreError>;

    /// The group under this key.
    async fn group(&self, key: &str) -> Result<Option<Group>, StoreError>;

    /// Makes a change durable.
    async fn commit(&self, change: Change) -> Result<(), StoreError>;

    /// Groups whose time has come.
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Group>, StoreError>;

    /// Whether the owner of this number wants no replies.
    async fn opted_out(&self, number: &str) -> Result<bool, StoreError>;
}
