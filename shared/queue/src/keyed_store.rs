//! A small durable table beside a door's spool: what a door must remember between requests, such as
//! vendors' message ids and the parts of a message that is not complete yet.
//!
//! Values are opaque; whoever stores words or numbers seals them first and hashes its keys. One
//! thread writes, and commits whatever gathered while the commit before was running.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::error::QueueError;
use crate::sqlite::{Readers, format, from_sqlite, open_writer, run_thread};

/// The format this program writes.
const FORMAT: i64 = 1;
/// Callers answered by one commit.
const MAX_JOBS: usize = 512;
/// Callers that may wait; further ones are told to come back.
const MAX_WAITING: usize = 8192;

/// A key: a keyed hash of whatever it stands for.
pub type Key = [u8; 32];

/// One change of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Puts a value, over the one that is there.
    Put {
        /// The table within the table.
        space: &'static str,
        /// Its key.
        key: Key,
        /// The value.
        value: Vec<u8>,
        /// When [`KeyedStore::due`] shall name it.
        due: Option<Timestamp>,
    },
    /// Puts a value where none is; one that is there stays as it is.
    PutNew {
        /// The table within the table.
        space: &'static str,
        /// Its key.
        key: Key,
        /// The value.
        value: Vec<u8>,
        /// When [`KeyedStore::due`] shall name it.
        due: Option<Timestamp>,
    },
    /// Removes a value, if it is there.
    Delete {
        /// The table within the table.
        space: &'static str,
        /// Its key.
        key: Key,
    },
}

struct Job {
    writes: Vec<Write>,
    done: oneshot::Sender<Result<(), QueueError>>,
}

/// A handle on an open file; clones share it.
#[derive(Debug, Clone)]
pub struct KeyedStore {
    jobs: mpsc::Sender<Job>,
    readers: Readers,
    tasks: TaskTracker,
}

impl KeyedStore {
    /// Opens or makes the file. Needs a running Tokio runtime.
    ///
    /// # Errors
    /// Where the file cannot be opened, is damaged or newer.
    pub async fn open(path: &Path) -> Result<Self, QueueError> {
        let file = path.to_owned();
        let connection = tokio::task::spawn_blocking(move || open_file(&file)).await;
        let connection = connection.map_err(QueueError::unavailable)??;
        let (jobs, waiting) = mpsc::channel(MAX_WAITING);
        let tasks = TaskTracker::new();
        run_thread("keyed-writer", &tasks, move || write(connection, waiting))?;
        tasks.close();
        Ok(Self { jobs, readers: Readers::new(path), tasks })
    }

    /// Makes all of these changes, or none. Returns only once they are on the disk.
    ///
    /// # Errors
    /// Any error means that they may not be there; they may be made again.
    pub async fn commit(&self, writes: Vec<Write>) -> Result<(), QueueError> {
        if writes.is_empty() {
            return Ok(());
        }
        let (done, answer) = oneshot::channel();
        self.jobs.try_send(Job { writes, done }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => QueueError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => QueueError::Closed,
        })?;
        answer.await.unwrap_or(Err(QueueError::Closed))
    }

    /// The value under this key.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn get(&self, space: &'static str, key: &Key) -> Result<Option<Vec<u8>>, QueueError> {
        let key = *key;
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(GET)?;
            statement.query_row(params![space, key], |row| row.get(0)).optional()
        };
        self.readers.read(read).await
    }

    /// The values under these keys, in their order.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn get_many(
        &self,
        space: &'static str,
        keys: Vec<Key>,
    ) -> Result<Vec<Option<Vec<u8>>>, QueueError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(GET)?;
            let one = |key: &Key| statement.query_row(params![space, key], |row| row.get(0)).optional();
            keys.iter().map(one).collect()
        };
        self.readers.read(read).await
    }

    /// Whether any of these keys is there.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn contains_any(&self, space: &'static str, keys: &[Key]) -> Result<bool, QueueError> {
        let keys = keys.to_vec();
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(GET)?;
            for key in &keys {
                if statement.exists(params![space, key])? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        self.readers.read(read).await
    }

    /// Values whose instant has come, the longest overdue first.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn due(
        &self,
        space: &'static str,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<(Key, Vec<u8>)>, QueueError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(DUE)?;
            let rows = statement.query_map(params![space, now.as_microsecond(), most], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            rows.collect()
        };
        self.readers.read(read).await
    }

    /// The instant that comes next in this space.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn next_due(&self, space: &'static str) -> Result<Option<Timestamp>, QueueError> {
        let read = move |connection: &Connection| {
            connection.query_row(NEXT_DUE, [space], |row| row.get::<_, Option<i64>>(0))
        };
        let due = self.readers.read(read).await?;
        Ok(due.and_then(|due| Timestamp::from_microsecond(due).ok()))
    }

    /// How many values there are in this space.
    ///
    /// # Errors
    /// Where the file does not answer.
    pub async fn count(&self, space: &'static str) -> Result<u64, QueueError> {
        let read = move |connection: &Connection| {
            connection
                .query_row("SELECT count(*) FROM keyed WHERE space = ?1", [space], |row| row.get::<_, i64>(0))
        };
        Ok(u64::try_from(self.readers.read(read).await?).unwrap_or(0))
    }

    /// Commits what was asked for and closes the file, once every clone is dropped.
    pub async fn close(self) {
        let Self { jobs, readers, tasks } = self;
        drop(jobs);
        readers.close().await;
        tasks.wait().await;
    }
}

const GET: &str = "SELECT value FROM keyed WHERE space = ?1 AND key = ?2";
const DUE: &str = "SELECT key, value FROM keyed WHERE space = ?1 AND due_us <= ?2 ORDER BY due_us LIMIT ?3";
const NEXT_DUE: &str = "SELECT min(due_us) FROM keyed WHERE space = ?1 AND due_us IS NOT NULL";
const PUT: &str = "INSERT INTO keyed (space, key, value, due_us) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (space, key) DO UPDATE SET value = excluded.value, due_us = excluded.due_us";
const PUT_NEW: &str = "INSERT INTO keyed (space, key, value, due_us) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT (space, key) DO NOTHING";
const DELETE: &str = "DELETE FROM keyed WHERE space = ?1 AND key = ?2";

/// The writing connection, its table made.
fn open_file(path: &Path) -> Result<Connection, QueueError> {
    let mut connection = open_writer(path)?;
    let found = format(&connection)?;
    if found > FORMAT {
        return Err(QueueError::Newer { found, known: FORMAT });
    }
    if found < FORMAT {
        make_table(&mut connection).map_err(from_sqlite)?;
    }
    Ok(connection)
}

fn make_table(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(include_str!("keyed_store.sql"))?;
    transaction.commit()
}

/// The one thread that writes, until every handle is gone.
fn write(mut connection: Connection, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(MAX_JOBS);
    while waiting.blocking_recv_many(&mut jobs, MAX_JOBS) > 0 {
        let outcome = transact(&mut connection, &jobs).map_err(from_sqlite);
        if let Err(error) = &outcome {
            tracing::error!(error = error as &dyn std::error::Error, "the keyed store could not commit");
        }
        for job in jobs.drain(..) {
            let _gone = job.done.send(outcome.clone());
        }
    }
    if let Err((_, error)) = connection.close() {
        tracing::warn!(error = &error as &dyn std::error::Error, "the keyed store did not close cleanly");
    }
}

fn transact(connection: &mut Connection, jobs: &[Job]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for write in jobs.iter().flat_map(|job| &job.writes) {
        let micros = |due: &Option<Timestamp>| due.map(Timestamp::as_microsecond);
        match write {
            Write::Put { space, key, value, due } => {
                transaction.prepare_cached(PUT)?.execute(params![space, key, value, micros(due)])?;
            }
            Write::PutNew { space, key, value, due } => {
                transaction.prepare_cached(PUT_NEW)?.execute(params![space, key, value, micros(due)])?;
            }
            Write::Delete { space, key } => {
                transaction.prepare_cached(DELETE)?.execute(params![space, key])?;
            }
        }
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_new(key: u8, value: &[u8], due: Option<i64>) -> Write {
        let due = due.map(|second| Timestamp::from_second(second).unwrap());
        Write::PutNew { space: "a", key: [key; 32], value: value.to_vec(), due }
    }

    #[tokio::test]
    async fn what_was_committed_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyed.db");
        let store = KeyedStore::open(&path).await.unwrap();
        store.commit(vec![put_new(1, b"one", Some(10)), put_new(2, b"two", None)]).await.unwrap();
        store.commit(vec![put_new(1, b"other", None)]).await.unwrap();
        store.close().await;
        let store = KeyedStore::open(&path).await.unwrap();
        assert_eq!(store.get("a", &[1; 32]).await.unwrap().as_deref(), Some(&b"one"[..]), "the first stays");
        assert_eq!(store.get("b", &[1; 32]).await.unwrap(), None, "spaces are apart");
        let many = store.get_many("a", vec![[2; 32], [9; 32], [1; 32]]).await.unwrap();
        assert_eq!(many, [Some(b"two".to_vec()), None, Some(b"one".to_vec())]);
        assert!(store.contains_any("a", &[[9; 32], [2; 32]]).await.unwrap());
        assert!(!store.contains_any("a", &[[9; 32]]).await.unwrap());
        assert_eq!(store.count("a").await.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_is_due_comes_in_order_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let store = KeyedStore::open(&folder.path().join("keyed.db")).await.unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        store
            .commit(vec![put_new(1, b"late", Some(20)), put_new(2, b"soon", Some(10)), put_new(3, b"", None)])
            .await
            .unwrap();
        assert_eq!(store.due("a", at(9), 10).await.unwrap(), []);
        let values = |due: Vec<(Key, Vec<u8>)>| due.into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        assert_eq!(values(store.due("a", at(20), 10).await.unwrap()), [b"soon".to_vec(), b"late".to_vec()]);
        assert_eq!(values(store.due("a", at(20), 1).await.unwrap()), [b"soon".to_vec()]);
        assert_eq!(store.next_due("a").await.unwrap(), Some(at(10)));
        store.commit(vec![Write::Delete { space: "a", key: [2; 32] }]).await.unwrap();
        store
            .commit(vec![Write::Put {
                space: "a",
                key: [1; 32],
                value: b"put off".to_vec(),
                due: Some(at(30)),
            }])
            .await
            .unwrap();
        assert_eq!(store.next_due("a").await.unwrap(), Some(at(30)));
    }

    #[tokio::test]
    async fn many_callers_share_commits_and_each_gets_an_answer() {
        let folder = tempfile::tempdir().unwrap();
        let store = KeyedStore::open(&folder.path().join("keyed.db")).await.unwrap();
        let all = (0..200u8).map(|key| store.commit(vec![put_new(key, b"v", None)]));
        for outcome in futures::future::join_all(all).await {
            outcome.unwrap();
        }
        assert_eq!(store.count("a").await.unwrap(), 200);
    }
}
