//! Opening the queue's file: its format, and its share of the disk.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreOptions;
use crate::error::QueueError;
use crate::sqlite::{format, from_sqlite, open_writer};

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
    pub(super) fn open(&self) -> Result<Connection, QueueError> {
        let mut connection = open_writer(&self.path)?;
        if let Some(pages) = self.max_pages {
            let limit = format!("PRAGMA max_page_count = {pages}");
            connection.execute_batch(&limit).map_err(from_sqlite)?;
        }
        let found = format(&connection)?;
        if found > FORMAT {
            return Err(QueueError::Newer { found, known: FORMAT });
        }
        if found < FORMAT {
            update(&mut connection, found).map_err(from_sqlite)?;
        }
        Ok(connection)
    }
}

fn update(connection: &mut Connection, found: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if found == 1 {
        transaction.execute_batch(include_str!("from_1.sql"))?;
    }
    transaction.execute_batch(include_str!("schema.sql"))?;
    transaction.commit()
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
