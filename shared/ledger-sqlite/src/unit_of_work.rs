//! One transaction.

use async_trait::async_trait;
use dengwen_ledger::{LedgerError, UnitOfWork};
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{Pool, Transaction};

use crate::error::failed;

/// One transaction on SQLite. Dropped without a commit it is rolled back before its connection is used again.
#[derive(Debug)]
pub struct SqliteUnitOfWork {
    transaction: Transaction<'static, Sqlite>,
    writes: bool,
}

impl SqliteUnitOfWork {
    /// Begins to write. IMMEDIATE, because a transaction that read first could not wait for the lock any
    /// more when it comes to write (`SQLITE_BUSY_SNAPSHOT`).
    pub(crate) async fn begin(pool: &Pool<Sqlite>) -> Result<Self, LedgerError> {
        let transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed("ledger"))?;
        Ok(Self { transaction, writes: true })
    }

    /// Begins to read; the state is that of the first statement.
    pub(crate) async fn read(pool: &Pool<Sqlite>) -> Result<Self, LedgerError> {
        let transaction = pool.begin_with("BEGIN DEFERRED").await.map_err(failed("ledger"))?;
        Ok(Self { transaction, writes: false })
    }

    pub(crate) fn writes(&self) -> bool {
        self.writes
    }

    pub(crate) fn reader(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    pub(crate) fn writer(&mut self) -> Result<&mut SqliteConnection, LedgerError> {
        if self.writes { Ok(&mut self.transaction) } else { Err(LedgerError::ReadOnly) }
    }
}

#[async_trait]
impl UnitOfWork for SqliteUnitOfWork {
    async fn commit(self: Box<Self>) -> Result<(), LedgerError> {
        self.transaction.commit().await.map_err(failed("ledger"))
    }

    async fn roll_back(self: Box<Self>) -> Result<(), LedgerError> {
        self.transaction.rollback().await.map_err(failed("ledger"))
    }

    async fn lock_keys(&mut self, _keys: &[i64]) -> Result<(), LedgerError> {
        // There is no other writer until this unit of work ends.
        self.writer().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use dengwen_ledger::Ledger as _;

    use super::*;
    use crate::SqliteLedger;

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_is_the_last_of_its_connection_alone() {
        let home = tempfile::tempdir().expect("a directory");
        let ledger = SqliteLedger::open(&home.path().join("ledger.db").display().to_string());
        ledger.migrate().await.expect("migrated");
        let mut work = SqliteUnitOfWork::begin(ledger.writers()).await.expect("begun");
        // As a full disk does.
        sqlx::raw_sql("ROLLBACK").execute(work.writer().expect("writes")).await.expect("over");
        drop(work);
        let mut work = ledger.begin().await.expect("begun anew");
        work.withdraw_token(dengwen_model::UserId::from_uuid(sqlx::types::Uuid::nil()), at(1), at(2))
            .await
            .expect("written");
        work.commit().await.expect("kept");
    }

    fn at(second: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_second(second).expect("near")
    }
}
