//! Opening the file, bringing its schema up, and the pools.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use dengwen_ledger::{Ledger, LedgerError, UnitOfWork};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Pool, Sqlite};

use crate::SqliteUnitOfWork;
use crate::copy::{copy_file, restore_file};
use crate::error::failed;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// How long a writer waits for other processes that have the file locked.
pub(crate) const BUSY: Duration = Duration::from_secs(5);
/// How long a unit of work waits for its turn within this process.
const TURN: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// Fixed statement texts of all repositories and batch sizes fit into the cache.
const STATEMENTS: usize = 256;

/// A ledger in one SQLite file. Several processes may have the same file open.
#[derive(Debug, Clone)]
pub struct SqliteLedger {
    write: Pool<Sqlite>,
    read: Pool<Sqlite>,
}

impl SqliteLedger {
    /// A ledger in this file, given as a path or as `sqlite://path`. Nothing is opened yet: what is wrong
    /// with the file shows in the first call.
    pub fn open(path_or_url: &str) -> Self {
        Self::open_with(path_or_url, BUSY)
    }

    /// As [`SqliteLedger::open`], waiting this long for other processes that have the file locked.
    pub fn open_with(path_or_url: &str, busy: Duration) -> Self {
        let path = path_or_url
            .strip_prefix("sqlite:")
            .map_or(path_or_url, |rest| rest.strip_prefix("//").unwrap_or(rest));
        let options = SqliteConnectOptions::new()
            .filename(Path::new(path))
            .busy_timeout(busy)
            .statement_cache_capacity(STATEMENTS)
            .pragma("temp_store", "MEMORY");
        // The writer alone makes the file and turns it to WAL, which the file then keeps.
        let writer = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("cache_size", "-65536")
            .pragma("wal_autocheckpoint", "4000")
            .pragma("journal_size_limit", "67108864");
        let reader = options.pragma("query_only", "ON").pragma("cache_size", "-16384");
        Self { write: pool(1).connect_lazy_with(writer), read: pool(READERS).connect_lazy_with(reader) }
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.write.connect_options().get_filename().to_owned()
    }

    /// The pool of the one connection that writes.
    #[cfg(test)]
    pub(crate) fn writers(&self) -> &Pool<Sqlite> {
        &self.write
    }

    async fn migrate_once(&self) -> Result<(), LedgerError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await.map_err(failed("ledger"))?;
        MIGRATIONS.run_direct(None, &mut *transaction, false).await.map_err(migration)?;
        transaction.commit().await.map_err(failed("ledger"))
    }
}

/// Connections live as long as the ledger: opening one costs more than most units of work, and there is
/// no network between that could have dropped it.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(TURN)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // A full disk ends a transaction inside SQLite (<https://www.sqlite.org/lang_transaction.html>, 3), which
        // the driver does not see: it would take every later BEGIN for a nested one. Such a connection is closed.
        .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
}

fn migration(error: MigrateError) -> LedgerError {
    match error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => {
            match failed("migrations")(cause) {
                LedgerError::Refused(cause) => LedgerError::Migration(cause),
                other => other,
            }
        }
        MigrateError::VersionMissing(_) => LedgerError::Newer,
        other => LedgerError::Migration(Box::new(other)),
    }
}

/// Makes the file readable by its owner alone; SQLite gives its companions the same mode.
#[cfg(unix)]
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;

    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}

#[cfg(not(unix))]
pub(crate) fn make_private(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn migrate(&self) -> Result<(), LedgerError> {
        let path = self.path();
        tokio::task::spawn_blocking(move || make_private(&path))
            .await
            .map_err(|e| LedgerError::Unavailable(Box::new(e)))?
            .map_err(|e| LedgerError::Unavailable(Box::new(e)))?;
        // Turning a new file to WAL needs the whole file, and SQLite does not wait for that by itself: of
        // several processes that start at once, all but the first are told to come again.
        let mut attempt = 0;
        loop {
            match self.migrate_once().await {
                Err(LedgerError::Unavailable(_) | LedgerError::Busy(_)) if attempt < 20 => attempt += 1,
                other => return other,
            }
            tokio::time::sleep(Duration::from_millis(25 * attempt)).await;
        }
    }

    async fn is_there(&self) -> Result<bool, LedgerError> {
        // A reader makes no file, but its companions, and it takes a missing file for one that is damaged.
        if !self.path().exists() {
            return Ok(false);
        }
        let tables: i64 =
            sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
                .fetch_one(&self.read)
                .await
                .map_err(failed("ledger"))?;
        if tables == 0 {
            return Ok(false);
        }
        let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&self.read)
            .await
            .map_err(failed("migrations"))?;
        match version > MIGRATIONS.iter().map(|migration| migration.version).max() {
            true => Err(LedgerError::Newer),
            false => Ok(true),
        }
    }

    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, LedgerError> {
        Ok(Box::new(SqliteUnitOfWork::begin(&self.write).await?))
    }

    async fn read(&self) -> Result<Box<dyn UnitOfWork>, LedgerError> {
        Ok(Box::new(SqliteUnitOfWork::read(&self.read).await?))
    }

    fn has_one_writer(&self) -> bool {
        true
    }

    async fn back_up(&self, file: &Path) -> Result<(), LedgerError> {
        copy_file(&self.path(), file).await
    }

    async fn restore(&self, file: &Path) -> Result<(), LedgerError> {
        let (file, path) = (file.to_owned(), self.path());
        tokio::task::spawn_blocking(move || restore_file(&file, &path))
            .await
            .map_err(|e| LedgerError::Backup(Box::new(e)))?
    }

    async fn ping(&self) -> Result<(), LedgerError> {
        // `SELECT 1` alone would not touch the file.
        let answer = sqlx::query("SELECT count(*) FROM sqlite_schema").execute(&self.read);
        tokio::time::timeout(Duration::from_secs(1), answer)
            .await
            .map_err(|e| LedgerError::Unavailable(Box::new(e)))?
            .map(drop)
            .map_err(failed("ledger"))
    }

    async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}
