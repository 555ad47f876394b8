//! A store that forgets at the end; for dry runs and tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Change, Store, StoreError};
use crate::assembly::Group;
use crate::reply::QueuedReply;

/// Memory of this process alone.
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
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        if let Some(reply) = change.effects.reply {
            state.replies.entry(reply.key.clone()).or_insert(reply);
        }
        match change.effects.opted_out {
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
