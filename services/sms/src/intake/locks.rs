//! One message of a sender at a time: two deliveries of the same message, or two parts of one, must not
//! both find the store as it was before.

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

const SHARDS: usize = 256;

pub(super) struct Locks {
    hasher: RandomState,
    shards: Vec<Mutex<()>>,
}

impl Default for Locks {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: (0..SHARDS).map(|_| Mutex::new(())).collect() }
    }
}

impl Locks {
    /// Holds the sender's turn. Senders that share a shard wait for each other, which does no harm.
    pub(super) async fn sender(&self, sender: &str) -> MutexGuard<'_, ()> {
        let hash = self.hasher.hash_one(sender);
        let shard = usize::try_from(hash % SHARDS as u64).unwrap_or(0);
        self.shards[shard].lock().await
    }
}
