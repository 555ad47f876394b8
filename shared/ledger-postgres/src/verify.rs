//! The promises.

use dengwen_ledger::LedgerError;
use sqlx::postgres::{PgConnection, PgRow};

use crate::PostgresUnitOfWork;
use crate::error::Answered as _;

dengwen_ledger::sql_verify!(PostgresUnitOfWork, PgRow);

/// Until the end of the transaction.
async fn unlimited(connection: &mut PgConnection) -> Result<(), LedgerError> {
    sqlx::query("SET LOCAL statement_timeout = 0").execute(connection).answered("verify").await.map(drop)
}
