//! PostgreSQL's errors in the ledger's words.

use std::time::Duration;

use dengwen_ledger::LedgerError;
use sqlx::error::DatabaseError;
use tokio::time::error::Elapsed;

/// After this a statement's answer is not waited for any more. The server gives up earlier
/// (`statement_timeout`); this is for a server that is gone without a word, which TCP notices only after
/// many minutes.
const ANSWER: Duration = Duration::from_secs(25);

/// What the server said, without what it may quote: its DETAIL names values, and so do the messages of
/// errors about data (class 22).
#[derive(Debug, thiserror::Error)]
#[error("SQLSTATE {code} {constraint}{message}")]
struct Said {
    code: String,
    constraint: String,
    message: String,
}

impl Said {
    fn new(code: &str, cause: &dyn DatabaseError) -> Self {
        let quotes_data = code.starts_with("22") || code.starts_with("23");
        Self {
            code: code.to_owned(),
            constraint: cause.constraint().unwrap_or_default().to_owned(),
            message: if quotes_data { String::new() } else { cause.message().to_owned() },
        }
    }
}

/// A statement's answer in the ledger's words.
pub(crate) trait Answered<T>: Future<Output = Result<T, sqlx::Error>> + Sized {
    /// The answer of a statement on `table`.
    async fn answered(self, table: &'static str) -> Result<T, LedgerError> {
        in_time(tokio::time::timeout(ANSWER, self).await, table)
    }

    /// As [`Answered::answered`], waiting for so long.
    async fn answered_within(self, limit: Duration, table: &'static str) -> Result<T, LedgerError> {
        in_time(tokio::time::timeout(limit, self).await, table)
    }
}

fn in_time<T>(
    answer: Result<Result<T, sqlx::Error>, Elapsed>,
    table: &'static str,
) -> Result<T, LedgerError> {
    answer.map_err(|elapsed| LedgerError::Unavailable(Box::new(elapsed)))?.map_err(failed(table))
}

impl<T, F: Future<Output = Result<T, sqlx::Error>>> Answered<T> for F {}

/// Turns the error of a statement on `table` into the ledger's.
pub(crate) fn failed(table: &'static str) -> impl Fn(sqlx::Error) -> LedgerError {
    move |error| match &error {
        sqlx::Error::Database(cause) => database(table, cause.as_ref()),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => LedgerError::Unavailable(Box::new(error)),
        _ => LedgerError::Refused(Box::new(error)),
    }
}

/// By SQLSTATE (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
fn database(table: &'static str, cause: &dyn DatabaseError) -> LedgerError {
    let code = cause.code().unwrap_or_default();
    let said = Box::new(Said::new(&code, cause));
    match code.as_ref() {
        // A unique key taken, a serialization failure, a deadlock.
        "23505" | "40001" | "40P01" => LedgerError::Conflict { table },
        // A lock was not to be had in time.
        "55P03" => LedgerError::Busy(said),
        // Time limits of statements and idle transactions; a server that only reads (a standby).
        "57014" | "25P03" | "25006" => LedgerError::Unavailable(said),
        code if matches!(code.get(..2), Some("08" | "28" | "3D" | "53" | "57" | "58")) => {
            LedgerError::Unavailable(said)
        }
        _ => LedgerError::Refused(said),
    }
}

/// A change must have met its one row, as it was read.
pub(crate) fn one(changed: u64, table: &'static str) -> Result<(), LedgerError> {
    if changed == 1 { Ok(()) } else { Err(LedgerError::Conflict { table }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_never_answers_is_unavailable() {
        let silent = std::future::pending::<Result<(), sqlx::Error>>();
        let answer = silent.answered_within(Duration::from_millis(1), "tips").await;
        assert!(matches!(answer, Err(LedgerError::Unavailable(_))));
    }
}
