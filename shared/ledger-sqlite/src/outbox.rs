//! The outbox.

use dengwen_ledger::driver::queued_at;
use dengwen_ledger::{LedgerError, OutboxRecord};
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};

use crate::SqliteUnitOfWork;
use crate::error::Answered as _;
use crate::row::{chunks, integer_list};

dengwen_ledger::sql_outbox!(SqliteUnitOfWork, SqliteRow);

pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    messages: &[OutboxRecord],
) -> Result<(), LedgerError> {
    for chunk in chunks(messages) {
        let mut statement =
            QueryBuilder::<Sqlite>::new("INSERT INTO outbox (id, queued_at, topic, payload, traceparent) ");
        statement.push_values(chunk, |mut row, message| {
            row.push_bind(message.id.as_uuid())
                .push_bind(queued_at(message.id))
                .push_bind(message.topic.as_str())
                .push_bind(message.payload.as_slice())
                .push_bind(message.traceparent.as_str());
        });
        statement.build().execute(&mut *connection).answered("outbox").await?;
    }
    Ok(())
}

/// Deletes the oldest; they are back if the unit of work does not commit.
pub(crate) async fn take(connection: &mut SqliteConnection, max: u32) -> Result<Vec<SqliteRow>, LedgerError> {
    sqlx::query(
        "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox ORDER BY seq LIMIT $1) \
         RETURNING seq, id, topic, payload, traceparent",
    )
    .bind(i64::from(max))
    .fetch_all(connection)
    .answered("outbox")
    .await
}

pub(crate) async fn forget(connection: &mut SqliteConnection, places: &[i64]) -> Result<(), LedgerError> {
    sqlx::query("DELETE FROM outbox WHERE seq IN (SELECT value FROM json_each($1))")
        .bind(integer_list(places))
        .execute(connection)
        .answered("outbox")
        .await
        .map(drop)
}
