//! One transaction.

use async_trait::async_trait;
use dengwen_ledger::{LedgerError, UnitOfWork};
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{Pool, Transaction};

use crate::error::Answered as _;

/// One transaction on PostgreSQL. Dropped without a commit it is rolled back before its connection is used
/// again.
#[derive(Debug)]
pub struct PostgresUnitOfWork {
    transaction: Transaction<'static, Postgres>,
    writes: bool,
}

impl PostgresUnitOfWork {
    /// Begins to write. Says the isolation, so that a server's other default changes nothing.
    pub(crate) async fn begin(pool: &Pool<Postgres>) -> Result<Self, LedgerError> {
        let begin = pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE");
        Ok(Self { transaction: begin.answered("ledger").await?, writes: true })
    }

    /// Begins to read; all statements see the state of the first.
    pub(crate) async fn read(pool: &Pool<Postgres>) -> Result<Self, LedgerError> {
        let begin = pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        Ok(Self { transaction: begin.answered("ledger").await?, writes: false })
    }

    pub(crate) fn writes(&self) -> bool {
        self.writes
    }

    pub(crate) fn reader(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    pub(crate) fn writer(&mut self) -> Result<&mut PgConnection, LedgerError> {
        if self.writes { Ok(&mut self.transaction) } else { Err(LedgerError::ReadOnly) }
    }
}

#[async_trait]
impl UnitOfWork for PostgresUnitOfWork {
    async fn commit(mut self: Box<Self>) -> Result<(), LedgerError> {
        if self.writes {
            // After a statement that failed, COMMIT rolls back and says so only by a word that sqlx does not
            // read. Any other statement fails then.
            sqlx::query("SELECT 1").execute(self.reader()).answered("ledger").await?;
        }
        self.transaction.commit().answered("ledger").await
    }

    async fn roll_back(self: Box<Self>) -> Result<(), LedgerError> {
        self.transaction.rollback().answered("ledger").await
    }

    async fn lock_keys(&mut self, keys: &[i64]) -> Result<(), LedgerError> {
        // In one order for all, or two that want the same keys could each wait for the other.
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys.dedup();
        sqlx::query("SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key")
            .bind(keys)
            .execute(self.writer()?)
            .answered("ledger")
            .await
            .map(drop)
    }
}
