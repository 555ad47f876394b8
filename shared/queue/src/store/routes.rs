//! Which queues a topic leads to. Read from the file, kept in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::Connection;
use tokio::sync::Notify;

use crate::error::QueueError;
use crate::name::{Binding, QueueName, Topic};
use crate::sqlite::from_sqlite;

/// One declared queue.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) id: i64,
    pub(crate) name: QueueName,
    pub(super) binding: Binding,
    pub(crate) max_attempts: u32,
    /// Rung when messages were put into the queue by this process.
    pub(super) arrived: Arc<Notify>,
}

/// The declared queues, shared between the writer, which reads them, and consumers.
#[derive(Debug, Clone, Default)]
pub(super) struct Targets(Arc<RwLock<HashMap<i64, Target>>>);

impl Targets {
    pub(super) fn by_name(&self, name: &QueueName) -> Option<Target> {
        let targets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        targets.values().find(|target| target.name == *name).cloned()
    }

    /// Reads the queues from the file.
    pub(super) fn load(&self, connection: &Connection) -> Result<(), QueueError> {
        let rows = declared(connection).map_err(from_sqlite)?;
        let mut targets = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut loaded = HashMap::with_capacity(rows.len());
        for (id, name, binding, max_attempts) in rows {
            let (Ok(name), Ok(binding)) = (name.parse(), binding.parse()) else {
                return Err(QueueError::Damaged(None));
            };
            let arrived = targets.get(&id).map_or_else(Arc::default, |old| old.arrived.clone());
            let max_attempts = u32::try_from(max_attempts).unwrap_or(u32::MAX);
            loaded.insert(id, Target { id, name, binding, max_attempts, arrived });
        }
        *targets = loaded;
        Ok(())
    }

    fn matching(&self, topic: &Topic) -> Arc<[i64]> {
        let targets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut ids: Vec<i64> =
            targets.values().filter(|target| target.binding.matches(topic)).map(|target| target.id).collect();
        ids.sort_unstable();
        ids.into()
    }

    fn ring(&self, id: i64) {
        let targets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(target) = targets.get(&id) {
            target.arrived.notify_waiters();
        }
    }
}

/// Id, name, binding and bound on attempts of each queue.
fn declared(connection: &Connection) -> rusqlite::Result<Vec<(i64, String, String, i64)>> {
    let mut statement = connection.prepare_cached("SELECT id, name, binding, max_attempts FROM queue")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?.collect()
}

/// The writer's view: topics it met, and the queues that got something in this transaction.
pub(super) struct Routes {
    pub(super) targets: Targets,
    known: HashMap<Topic, Arc<[i64]>>,
}

/// Topics come from our own services; should one ever make them up without end, memory stays bounded.
const MAX_KNOWN: usize = 4096;

impl Routes {
    pub(super) fn load(targets: Targets, connection: &Connection) -> Result<Self, QueueError> {
        targets.load(connection)?;
        Ok(Self { targets, known: HashMap::new() })
    }

    pub(super) fn reload(&mut self, connection: &Connection) -> Result<(), QueueError> {
        self.known.clear();
        self.targets.load(connection)
    }

    /// The queues that `topic` leads to; none where it leads nowhere.
    pub(super) fn of(&mut self, topic: &Topic) -> Arc<[i64]> {
        if let Some(ids) = self.known.get(topic) {
            return ids.clone();
        }
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        let ids = self.targets.matching(topic);
        self.known.insert(topic.clone(), ids.clone());
        ids
    }

    pub(super) fn ring(&self, rung: &[i64]) {
        for id in rung {
            self.targets.ring(*id);
        }
    }
}
