//! The reporter's mailbox.

use sqlx::postgres::PgRow;

use crate::PostgresUnitOfWork;

dengwen_ledger::sql_mailbox!(PostgresUnitOfWork, PgRow);
