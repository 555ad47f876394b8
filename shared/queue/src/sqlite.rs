//! How every SQLite file of this crate is opened and read, and what its errors mean.
//!
//! Calls into SQLite block. Each file has one thread that writes ([`run_thread`]); reads run on Tokio's
//! blocking threads ([`Readers`]). No statement travels between threads by itself, so that a commit
//! costs its caller one hand-over and not one a statement.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::error::QueueError;

/// Reads at a time.
const READERS: usize = 2;
/// Longest wait for one of them.
const READ_WITHIN: Duration = Duration::from_secs(3);
/// Longest wait for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
/// More than there are statements, so that each is prepared once.
const STATEMENTS: usize = 64;

const SETTINGS: &str = "
    PRAGMA foreign_keys = ON;
    PRAGMA journal_mode = WAL;
    -- Every commit is synced before it is acknowledged: NORMAL loses the last ones with the power. The
    -- store's writer turns to that for what may be lost.
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -16384;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;";

/// Opens the file for the one who writes, and makes it where it is missing.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, QueueError> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(QueueError::unavailable)?;
    }
    open(path, OpenFlags::SQLITE_OPEN_CREATE).map_err(from_sqlite)
}

fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch(SETTINGS)?;
    Ok(connection)
}

/// Runs the writer of a file. A thread of its own, and none of Tokio's: a disk that hangs must not hold up
/// the process's end. `tasks` waits for it.
pub(crate) fn run_thread(
    name: &str,
    tasks: &TaskTracker,
    run: impl FnOnce() + Send + 'static,
) -> Result<(), QueueError> {
    let working = tasks.token();
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        run();
        drop(working);
    });
    thread.map(drop).map_err(QueueError::unavailable)
}

/// The format that the file was written in; 0 where it is new.
pub(crate) fn format(connection: &Connection) -> Result<i64, QueueError> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(from_sqlite)
}

/// A few connections that can only read. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
}

impl Readers {
    /// Of the file at `path`, which is there.
    pub(crate) fn new(path: &Path) -> Self {
        let places = Arc::new(Semaphore::new(READERS));
        Self { path: Arc::new(path.to_owned()), idle: Arc::default(), places }
    }

    /// Reads, on a thread where that may take its time.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, QueueError> {
        let place = tokio::time::timeout(READ_WITHIN, self.places.clone().acquire_owned()).await;
        let place = place.map_err(|_| QueueError::Timeout)?.map_err(|_| QueueError::Closed)?;
        let readers = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let connection = readers.take()?;
            let found = read(&connection);
            readers.idle().push(connection);
            drop(place);
            found
        });
        reading.await.map_err(QueueError::unavailable)?.map_err(from_sqlite)
    }

    fn take(&self) -> rusqlite::Result<Connection> {
        if let Some(connection) = self.idle().pop() {
            return Ok(connection);
        }
        let connection = open(&self.path, OpenFlags::empty())?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the reads under way, takes no more, and closes the file.
    pub(crate) async fn close(&self) {
        let all = self.places.acquire_many(READERS as u32).await;
        self.places.close();
        self.idle().clear();
        drop(all);
    }
}

/// The queue's error for SQLite's result code (<https://www.sqlite.org/rescode.html>).
pub(crate) fn from_sqlite(error: rusqlite::Error) -> QueueError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => QueueError::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            QueueError::Damaged(Some(Arc::new(error)))
        }
        _ => QueueError::unavailable(error),
    }
}
