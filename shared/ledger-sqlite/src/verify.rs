//! The promises.

use dengwen_ledger::LedgerError;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::SqliteUnitOfWork;

dengwen_ledger::sql_verify!(SqliteUnitOfWork, SqliteRow);

/// There are no time limits here.
async fn unlimited(_connection: &mut SqliteConnection) -> Result<(), LedgerError> {
    Ok(())
}
