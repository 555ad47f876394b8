//! Which queues a topic leads to. Read from the file, kept in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::SqliteConnection;
use tokio::sync::Notify;

use super::errors::from_sqlx;
use crate::error::QueueError;
use crate::name::{Binding, QueueName, Topic};

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

    /// Reads the queues from the file; the generation they are of.
    pub(super) async fn load(&self, connection: &mut SqliteConnection) -> Result<i64, QueueError> {
        let generation: i64 = sqlx::query_scalar("SELECT generation FROM topology")
            .fetch_one(&mut *connection)
            .await
            .map_err(from_sqlx)?;
        let rows: Vec<(i64, String, String, i64)> =
            sqlx::query_as("SELECT id, name, binding, max_attempts FROM queue ORDER BY id")
                .fetch_all(connection)
                .await
                .map_err(from_sqlx)?;
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
        Ok(generation)
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

/// The writer's view: topics it met, and the queues that got something in this transaction.
pub(super) struct Routes {
    pub(super) targets: Targets,
    pub(super) generation: i64,
    known: HashMap<Topic, Arc<[i64]>>,
}

/// Topics come from our own services; should one ever make them up without end, memory stays bounded.
const MAX_KNOWN: usize = 4096;

impl Routes {
    pub(super) async fn load(
        targets: Targets,
        connection: &mut SqliteConnection,
    ) -> Result<Self, QueueError> {
        let generation = targets.load(connection).await?;
        Ok(Self { targets, generation, known: HashMap::new() })
    }

    pub(super) async fn reload(&mut self, connection: &mut SqliteConnection) -> Result<(), QueueError> {
        self.known.clear();
        self.generation = self.targets.load(connection).await?;
        Ok(())
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
