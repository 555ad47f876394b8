//! Corrections and models.

use sqlx::sqlite::SqliteRow;

use crate::SqliteUnitOfWork;

dengwen_ledger::sql_learning!(SqliteUnitOfWork, SqliteRow);
