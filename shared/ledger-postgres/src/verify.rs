//! The promises.

use sqlx::postgres::PgRow;

use crate::PostgresUnitOfWork;

dengwen_ledger::sql_verify!(PostgresUnitOfWork, PgRow);
