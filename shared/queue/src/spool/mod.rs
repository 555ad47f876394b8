//! A door's spool: the same durable store, standing in front of a broker.
//!
//! A door appends each tip and answers its sender; a [`Forwarder`] sends what is there to the
//! broker. A tip stays until the ledger has answered for it ([`Spool::forget`]); what is not
//! answered in time is sent again, so that even a broker that loses a confirmed message loses no
//! tip.

mod forwarder;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dengwen_model::{Clock, Entropy, MessageId, TipId};
use jiff::Timestamp;

use crate::error::QueueError;
use crate::message::{LookupKey, Outgoing};
use crate::queue::Subscription;
use crate::store::{Change, Store, StoreOptions, Target, path_of};

pub use forwarder::{Forwarder, ForwarderOptions};

/// Everything a door took that the ledger has not answered for. Clones share it.
#[derive(Debug, Clone)]
pub struct Spool {
    store: Store,
    target: Target,
}

/// What an entry is known by, so that it can be forgotten: a tip, or a reporter's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryId([u8; 16]);

impl From<TipId> for EntryId {
    fn from(id: TipId) -> Self {
        Self(id.as_uuid().into_bytes())
    }
}

impl From<MessageId> for EntryId {
    fn from(id: MessageId) -> Self {
        Self(id.as_uuid().into_bytes())
    }
}

/// What a spool holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpoolState {
    /// Entries that are yet to be sent, or to be sent again.
    pub waiting: u64,
    /// Entries that were sent and not yet answered for.
    pub sent: u64,
    /// How long the oldest entry has been here.
    pub oldest: Option<Duration>,
}

impl Spool {
    /// Opens `spool.db` in the data directory, or the file of an `embedded:PATH` address. Needs a
    /// running Tokio runtime.
    ///
    /// # Errors
    /// Where the file cannot be opened, is damaged or newer.
    pub async fn open(
        url: &str,
        data: &Path,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, QueueError> {
        Self::open_file(&path_of(url, data, "spool.db")?, StoreOptions::default(), clock, entropy).await
    }

    /// Opens the spool in this file.
    ///
    /// # Errors
    /// Where the file cannot be opened, is damaged or newer.
    pub async fn open_file(
        path: &Path,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, QueueError> {
        let store = Store::open(path, options, clock, entropy).await?;
        // One queue for every topic. An entry is sent until it is answered for, however often.
        let everything = Subscription::new("spool", "#").map_err(|_| QueueError::Damaged(None))?;
        let everything = everything.with_max_attempts(u32::MAX);
        store.change(Change::Declare(vec![everything.clone()])).await?;
        let target = store.target(&everything.queue).ok_or(QueueError::UnknownQueue(everything.queue))?;
        Ok(Self { store, target })
    }

    /// Makes an entry durable. Returns only once it is on the disk.
    ///
    /// # Errors
    /// Any error means that it may not be there: give no receipt. It may be appended again.
    pub async fn append(&self, entry: impl Into<EntryId>, message: Outgoing) -> Result<(), QueueError> {
        self.store.append(vec![message], Some(entry.into().0)).await
    }

    /// Forgets what the ledger has answered for; how many entries that were.
    ///
    /// # Errors
    /// Where the file does not answer; the entries are sent again, which does no harm.
    pub async fn forget<E: Into<EntryId> + Copy>(&self, entries: &[E]) -> Result<u64, QueueError> {
        let tags = entries.iter().map(|&entry| entry.into().0).collect();
        self.store.change(Change::Forget(tags)).await
    }

    /// When the entry with this lookup key was taken, while it is still under way.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn lookup(&self, key: &LookupKey) -> Result<Option<Timestamp>, QueueError> {
        self.store.lookup(key).await
    }

    /// How much is under way.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn state(&self) -> Result<SpoolState, QueueError> {
        let depths = self.store.depths().await?;
        let depth = depths.queues.into_iter().find(|depth| depth.queue == self.target.name);
        Ok(depth.map_or_else(SpoolState::default, |depth| SpoolState {
            waiting: depth.ready + depth.in_flight,
            sent: depth.delayed,
            oldest: depth.oldest,
        }))
    }

    /// Whether tips could be appended now.
    ///
    /// # Errors
    /// What stands in the way.
    pub async fn health(&self) -> Result<(), QueueError> {
        self.store.health().await
    }

    /// Reads the whole file for damage; slow where much waits.
    ///
    /// # Errors
    /// [`QueueError::Damaged`] where it found some.
    pub async fn check(&self) -> Result<(), QueueError> {
        self.store.check().await
    }

    /// Takes no more, commits what was taken, and closes the file.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

/// What a door needs of the place where it puts tips: the spool in front of a broker, or the
/// embedded queue itself.
#[async_trait]
pub trait Underway: Send + Sync + std::fmt::Debug {
    /// Makes an entry durable before its sender is told so.
    async fn take(&self, entry: EntryId, message: Outgoing) -> Result<(), QueueError>;

    /// When the tip with this key was taken, while the ledger has not answered for it.
    async fn find(&self, key: &LookupKey) -> Result<Option<Timestamp>, QueueError>;
}

#[async_trait]
impl Underway for Spool {
    async fn take(&self, entry: EntryId, message: Outgoing) -> Result<(), QueueError> {
        self.append(entry, message).await
    }

    async fn find(&self, key: &LookupKey) -> Result<Option<Timestamp>, QueueError> {
        self.lookup(key).await
    }
}

#[async_trait]
impl Underway for crate::EmbeddedQueue {
    async fn take(&self, _entry: EntryId, message: Outgoing) -> Result<(), QueueError> {
        crate::Publisher::publish(self, vec![message]).await
    }

    async fn find(&self, key: &LookupKey) -> Result<Option<Timestamp>, QueueError> {
        self.lookup(key).await
    }
}
