//! SQLite's errors in the ledger's words.

use dengwen_ledger::LedgerError;
use sqlx::error::DatabaseError;

/// Turns the error of a statement on `table` into the ledger's.
pub(crate) fn failed(table: &'static str) -> impl Fn(sqlx::Error) -> LedgerError {
    move |error| match &error {
        sqlx::Error::Database(cause) => database(table, cause.as_ref(), &error),
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => LedgerError::Unavailable(Box::new(error)),
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
        // BUSY, LOCKED, NOMEM, READONLY (file system), INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB
        5 | 6 | 7 | 8 | 9 | 10 | 11 | 13 | 14 | 15 | 26 => LedgerError::Unavailable(text),
        _ => LedgerError::Refused(text),
    }
}

/// A change must have met its one row, as it was read.
pub(crate) fn one(changed: u64, table: &'static str) -> Result<(), LedgerError> {
    if changed == 1 { Ok(()) } else { Err(LedgerError::Conflict { table }) }
}
