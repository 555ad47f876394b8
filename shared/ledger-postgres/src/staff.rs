//! Accounts, withdrawn tokens, sessions.

use sqlx::postgres::PgRow;

use crate::PostgresUnitOfWork;

dengwen_ledger::sql_staff!(PostgresUnitOfWork, PgRow);
