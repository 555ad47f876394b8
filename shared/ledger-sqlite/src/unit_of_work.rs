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
