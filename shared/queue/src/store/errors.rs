//! SQLite's result codes (<https://www.sqlite.org/rescode.html>) as the queue's errors.

use std::sync::Arc;

use crate::error::QueueError;

const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOT_A_DATABASE: i32 = 26;

/// The queue's error for what sqlx reports.
pub(crate) fn from_sqlx(error: sqlx::Error) -> QueueError {
    match primary_code(&error) {
        Some(FULL) => QueueError::Full,
        Some(CORRUPT | NOT_A_DATABASE) => QueueError::Damaged(Some(Arc::new(error))),
        _ if matches!(error, sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed) => QueueError::Closed,
        _ => QueueError::unavailable(error),
    }
}

/// The low byte of an extended code is the primary one.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
