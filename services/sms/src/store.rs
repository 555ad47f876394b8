//! What the door remembers between requests: which messages it has, and which parts wait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::assembly::Group;
use crate::reply::QueuedReply;

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
    /// A reply to be sent, at most once for its key.
    pub reply: Option<QueuedReply>,
    /// A number whose owner wants no replies (`true`), or wants them again.
    pub opted_out: Option<(String, bool)>,
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

/// A store that forgets at the end; for dry runs and tests.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    known: BTreeSet<String>,
    groups: BTreeMap<String, Group>,
    replies: BTreeMap<String, QueuedReply>,
    opted_out: BTreeSet<String>,
}

impl MemoryStore {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The replies that were queued, in order of their keys.
    pub fn replies(&self) -> Vec<QueuedReply> {
        self.state().replies.values().cloned().collect()
    }

    /// How many groups wait.
    pub fn waiting(&self) -> usize {
        self.state().groups.len()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn knows_any(&self, keys: &[String]) -> Result<bool, StoreError> {
        let state = self.state();
        Ok(keys.iter().any(|key| state.known.contains(key)))
    }

    async fn group(&self, key: &str) -> Result<Option<Group>, StoreError> {
        Ok(self.state().groups.get(key).cloned())
    }

    async fn commit(&self, change: Change) -> Result<(), StoreError> {
        let mut state = self.state();
        state.known.extend(change.known);
        if let Some(key) = change.drop {
            state.groups.remove(&key);
        }
        if let Some(group) = change.keep {
            state.groups.insert(group.key.clone(), group);
        }
        if let Some(reply) = change.reply {
            state.replies.entry(reply.key.clone()).or_insert(reply);
        }
        match change.opted_out {
            Some((number, true)) => drop(state.opted_out.insert(number)),
            Some((number, false)) => drop(state.opted_out.remove(&number)),
            None => {}
        }
        Ok(())
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Group>, StoreError> {
        Ok(self.state().groups.values().filter(|group| group.due <= now).take(most).cloned().collect())
    }

    async fn opted_out(&self, number: &str) -> Result<bool, StoreError> {
        Ok(self.state().opted_out.contains(number))
    }
}
