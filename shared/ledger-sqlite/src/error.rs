//! SQLite's errors in the ledger's words.

use dengwen_ledger::LedgerError;
use sqlx::error::DatabaseError;

/// Turns the error of a statement on `table` into the ledger's.
pub(crate) fn failed(table: &'static str) -> impl Fn(sqlx::Error) -> LedgerError {
    move |error| match &error {
        sqlx::Error::Database(cause) => database(table, cause.as_ref(), &error),
        // There is no server that could be away: others of this process hold the connections.
        sqlx::Error::PoolTimedOut => LedgerError::Busy(Box::new(error)),
        sqlx::Error::Io(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed
        | sqlx::Error::InvalidSavePointStatement => LedgerError::Unavailable(Box::new(error)),
        _ => LedgerError::Refused(Box::new(error)),
    }
}

/// A statement's answer in the ledger's words.
pub(crate) trait Answered<T>: Future<Output = Result<T, sqlx::Error>> + Sized {
    /// The answer of a statement on `table`.
    async fn answered(self, table: &'static str) -> Result<T, LedgerError> {
        self.await.map_err(failed(table))
    }
}

impl<T, F: Future<Output = Result<T, sqlx::Error>>> Answered<T> for F {}

/// By the primary result code (<https://www.sqlite.org/rescode.html>). SQLite's texts name tables and
/// columns, never values.
fn database(table: &'static str, cause: &dyn DatabaseError, error: &sqlx::Error) -> LedgerError {
    if cause.is_unique_violation() {
        return LedgerError::Conflict { table };
    }
    let code = cause.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0);
    let text = error.to_string().into();
    match code & 0xff {
        // BUSY, LOCKED
        5 | 6 => LedgerError::Busy(text),
        // NOMEM, READONLY (file system), INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB
        7 | 8 | 9 | 10 | 11 | 13 | 14 | 15 | 26 => LedgerError::Unavailable(text),
        _ => LedgerError::Refused(text),
    }
}

/// A change must have met its one row, as it was read.
pub(crate) fn one(changed: u64, table: &'static str) -> Result<(), LedgerError> {
    if changed == 1 { Ok(()) } else { Err(LedgerError::Conflict { table }) }
}

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions as _, Connection as _};

    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_unavailable_and_a_wrong_statement_is_refused() {
        let options = sqlx::sqlite::SqliteConnectOptions::new();
        let mut connection = options.connect().await.expect("in memory");
        sqlx::raw_sql("CREATE TABLE t (x BLOB); PRAGMA max_page_count = 2")
            .execute(&mut connection)
            .await
            .expect("made");
        let full = sqlx::raw_sql("INSERT INTO t VALUES (zeroblob(100000))").execute(&mut connection);
        let full = full.answered("t").await.expect_err("no room");
        assert!(matches!(full, LedgerError::Unavailable(_)), "{full:?}");
        let wrong = sqlx::raw_sql("SELECT y FROM t").execute(&mut connection).answered("t").await;
        assert!(matches!(wrong, Err(LedgerError::Refused(_))), "{wrong:?}");
        connection.close().await.expect("closed");
    }
}
