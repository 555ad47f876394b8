//! Opening the SQLite file, with the settings that durability rests on.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use super::StoreOptions;
use super::errors::from_sqlx;
use crate::error::QueueError;

/// The format this program writes; `schema.sql` sets it.
const FORMAT: i64 = 2;
const PAGE_BYTES: u64 = 4096;

pub(super) struct File {
    path: PathBuf,
    max_pages: Option<u64>,
}

impl File {
    pub(super) fn new(path: &Path, options: &StoreOptions) -> Self {
        let max_pages = options.max_file_bytes.map(|bytes| (bytes / PAGE_BYTES).max(1));
        Self { path: path.to_owned(), max_pages }
    }

    /// The one writing connection, its tables made.
    pub(super) async fn open_writer(&self) -> Result<SqliteConnection, QueueError> {
        if let Some(directory) = self.path.parent() {
            std::fs::create_dir_all(directory).map_err(QueueError::unavailable)?;
        }
        let mut options = connect_options(&self.path).create_if_missing(true);
        if let Some(pages) = self.max_pages {
            options = options.pragma("max_page_count", pages.to_string());
        }
        let mut connection = options.connect().await.map_err(from_sqlx)?;
        let found: i64 =
            sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await.map_err(from_sqlx)?;
        if found > FORMAT {
            return Err(QueueError::Newer { found, known: FORMAT });
        }
        if found < FORMAT {
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(from_sqlx)?;
            if found == 1 {
                let changes = sqlx::raw_sql(include_str!("from_1.sql"));
                changes.execute(&mut *transaction).await.map_err(from_sqlx)?;
            }
            sqlx::raw_sql(include_str!("schema.sql")).execute(&mut *transaction).await.map_err(from_sqlx)?;
            transaction.commit().await.map_err(from_sqlx)?;
        }
        Ok(connection)
    }

    /// A few connections that can only read.
    pub(super) async fn open_readers(&self) -> Result<SqlitePool, QueueError> {
        SqlitePoolOptions::new()
            .max_connections(2)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(3))
            .connect_with(connect_options(&self.path).pragma("query_only", "ON"))
            .await
            .map_err(from_sqlx)
    }
}

/// How every file of this crate is opened.
pub(crate) fn connect_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // Every commit is synced before it is acknowledged: NORMAL loses the last ones with the power. The
        // store's writer turns to that for what may be lost.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", "-16384")
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging()
}

/// The path in `embedded:` addresses: nothing (the default in the data directory) or `embedded:PATH`.
pub(crate) fn path_of(url: &str, data: &Path, default: &str) -> Result<PathBuf, QueueError> {
    let rest =
        url.strip_prefix("embedded:").ok_or(QueueError::Address("wanted embedded: or embedded:PATH"))?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    if rest.is_empty() {
        return Ok(data.join(default));
    }
    PathBuf::from_str(rest).map_err(|_| QueueError::Address("not a path"))
}
