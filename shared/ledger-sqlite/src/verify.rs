//! The promises.

use sqlx::sqlite::SqliteRow;

use crate::SqliteUnitOfWork;

dengwen_ledger::sql_verify!(SqliteUnitOfWork, SqliteRow);
