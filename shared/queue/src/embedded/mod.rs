//! The embedded driver: the queue of a tip line that runs as one process, in one file.

mod consumer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use dengwen_model::{Clock, Entropy};
use jiff::Timestamp;

use crate::delivery::Settlement;
use crate::error::QueueError;
use crate::message::{LookupKey, Outgoing};
use crate::metrics::count_published;
use crate::parked::{Parked, ParkedEntry, ParkedId};
use crate::queue::{Consumer, Depths, Publisher, Queue, Subscription};
use crate::store::{Change, Store, StoreOptions, path_of};

use consumer::EmbeddedConsumer;

/// A queue in a local file. Clones share it.
#[derive(Debug, Clone)]
pub struct EmbeddedQueue {
    store: Store,
}

impl EmbeddedQueue {
    /// Opens the queue at `url`: `embedded:` for `queue.db` in the data directory, or
    /// `embedded:PATH`. Needs a running Tokio runtime.
    ///
    /// # Errors
    /// Where the address is another driver's, or the file cannot be opened, is damaged or newer.
    pub async fn open(
        url: &str,
        data: &Path,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, QueueError> {
        let path = Self::path(url, data)?;
        Self::open_file(&path, StoreOptions::default(), clock, entropy).await
    }

    /// The file of the queue at `url`, whether it is there or not.
    ///
    /// # Errors
    /// Where the address is another driver's.
    pub fn path(url: &str, data: &Path) -> Result<PathBuf, QueueError> {
        path_of(url, data, "queue.db")
    }

    /// Opens the queue in this file.
    ///
    /// # Errors
    /// Where the file cannot be opened, is damaged or newer.
    pub async fn open_file(
        path: &Path,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, QueueError> {
        Ok(Self { store: Store::open(path, options, clock, entropy).await? })
    }

    /// When the message with this lookup key was taken, while it is still under way or parked.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn lookup(&self, key: &LookupKey) -> Result<Option<Timestamp>, QueueError> {
        self.store.lookup(key).await
    }

    /// Reads the whole file for damage; slow where much waits.
    ///
    /// # Errors
    /// [`QueueError::Damaged`] where it found some.
    pub async fn check(&self) -> Result<(), QueueError> {
        self.store.check().await
    }
}

#[async_trait]
impl Publisher for EmbeddedQueue {
    async fn publish(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let count = messages.len();
        self.store.append(messages, None).await?;
        count_published(count);
        Ok(())
    }
}

#[async_trait]
impl Parked for EmbeddedQueue {
    async fn parked_list(&self, limit: usize) -> Result<Vec<ParkedEntry>, QueueError> {
        self.store.parked_list(limit).await
    }

    async fn parked_show(&self, id: &ParkedId) -> Result<(ParkedEntry, Bytes), QueueError> {
        self.store.parked_show(id).await
    }

    async fn parked_replay(&self, id: &ParkedId) -> Result<(), QueueError> {
        self.store.change(Change::Replay(id.clone())).await.map(drop)
    }

    async fn parked_discard(&self, id: &ParkedId) -> Result<(), QueueError> {
        self.store.change(Change::Discard(id.clone())).await.map(drop)
    }
}

#[async_trait]
impl Queue for EmbeddedQueue {
    async fn declare(&self, subscriptions: &[Subscription]) -> Result<(), QueueError> {
        self.store.change(Change::Declare(subscriptions.to_vec())).await.map(drop)
    }

    async fn consume(
        &self,
        subscription: &Subscription,
        prefetch: u16,
    ) -> Result<Box<dyn Consumer>, QueueError> {
        let target = self.store.target(&subscription.queue);
        let target = target.ok_or_else(|| QueueError::UnknownQueue(subscription.queue.clone()))?;
        Ok(Box::new(EmbeddedConsumer::new(self.store.clone(), target, prefetch)))
    }

    async fn depths(&self) -> Result<Depths, QueueError> {
        self.store.depths().await
    }

    async fn health(&self) -> Result<(), QueueError> {
        self.store.health().await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

/// How a settlement changes the file.
fn end_of(
    settlement: Settlement,
    attempt: u32,
    max_attempts: u32,
    entropy: &dyn Entropy,
) -> crate::store::End {
    use crate::{Backoff, ReasonCode, store::End};
    match settlement {
        Settlement::Done => End::Done,
        Settlement::Park { reason } => End::Park(reason),
        Settlement::Retry { .. } if attempt >= max_attempts => End::Park(ReasonCode::ATTEMPTS),
        Settlement::Retry { after } => {
            End::Later(after.unwrap_or_else(|| Backoff::RETRY.delay(attempt, entropy)))
        }
    }
}
