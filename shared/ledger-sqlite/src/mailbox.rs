//! The reporter's mailbox.

use dengwen_ledger::LedgerError;
use dengwen_model::MessageId;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::types::Uuid;

use crate::SqliteUnitOfWork;
use crate::row::hex_list;

dengwen_ledger::sql_mailbox!(SqliteUnitOfWork, SqliteRow);

/// The rows of these ids, in their order.
pub(crate) async fn by_id(
    connection: &mut SqliteConnection,
    ids: &[MessageId],
) -> Result<Vec<SqliteRow>, LedgerError> {
    let ids: Vec<Uuid> = ids.iter().map(MessageId::as_uuid).collect();
    sqlx::query("SELECT * FROM mailbox WHERE id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY id")
        .bind(hex_list(ids.iter().map(|id| id.as_bytes().as_slice())))
        .fetch_all(connection)
        .answered("mailbox")
        .await
}
