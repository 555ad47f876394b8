//! Corrections and models.

use sqlx::postgres::PgRow;

use crate::PostgresUnitOfWork;

dengwen_ledger::sql_learning!(PostgresUnitOfWork, PgRow);
