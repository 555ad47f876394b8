//! The reporter's mailbox.

use dengwen_ledger::LedgerError;
use dengwen_model::MessageId;
use sqlx::postgres::{PgBindIterExt as _, PgConnection, PgRow};

use crate::PostgresUnitOfWork;

dengwen_ledger::sql_mailbox!(PostgresUnitOfWork, PgRow);

/// The rows of these ids, in their order.
pub(crate) async fn by_id(
    connection: &mut PgConnection,
    ids: &[MessageId],
) -> Result<Vec<PgRow>, LedgerError> {
    sqlx::query("SELECT * FROM mailbox WHERE id = ANY($1) ORDER BY id")
        .bind(ids.iter().map(MessageId::as_uuid).bind_iter())
        .fetch_all(connection)
        .answered("mailbox")
        .await
}
