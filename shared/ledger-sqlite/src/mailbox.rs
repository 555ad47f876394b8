//! The reporter's mailbox.

use sqlx::sqlite::SqliteRow;

use crate::SqliteUnitOfWork;

dengwen_ledger::sql_mailbox!(SqliteUnitOfWork, SqliteRow);
