//! Accounts, withdrawn tokens, sessions.

use sqlx::sqlite::SqliteRow;

use crate::SqliteUnitOfWork;

dengwen_ledger::sql_staff!(SqliteUnitOfWork, SqliteRow);
