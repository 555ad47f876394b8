//! The outbox.

use dengwen_ledger::driver::queued_at;
use dengwen_ledger::{LedgerError, OutboxRecord};
use sqlx::postgres::{PgBindIterExt as _, PgConnection, PgRow};

use crate::PostgresUnitOfWork;
use crate::error::Answered as _;

dengwen_ledger::sql_outbox!(PostgresUnitOfWork, PgRow);

pub(crate) async fn insert(
    connection: &mut PgConnection,
    messages: &[OutboxRecord],
) -> Result<(), LedgerError> {
    if messages.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO outbox (id, queued_at, topic, payload, traceparent) \
         SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[], $5::text[])",
    )
    .bind(messages.iter().map(|message| message.id.as_uuid()).bind_iter())
    .bind(messages.iter().map(|message| queued_at(message.id)).bind_iter())
    .bind(messages.iter().map(|message| message.topic.as_str()).bind_iter())
    .bind(messages.iter().map(|message| message.payload.as_slice()).bind_iter())
    .bind(messages.iter().map(|message| message.traceparent.as_str()).bind_iter())
    .execute(connection)
    .answered("outbox")
    .await
    .map(drop)
}

/// Deletes the oldest that no other relay holds; they are back if the unit of work does not commit.
pub(crate) async fn take(connection: &mut PgConnection, max: u32) -> Result<Vec<PgRow>, LedgerError> {
    // Planned each time: a plan kept from when the outbox was empty would read all of a long one.
    sqlx::query(
        "WITH taken AS (SELECT seq FROM outbox ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED) \
         DELETE FROM outbox USING taken WHERE outbox.seq = taken.seq \
         RETURNING outbox.seq, outbox.id, outbox.topic, outbox.payload, outbox.traceparent",
    )
    .bind(i64::from(max))
    .persistent(false)
    .fetch_all(connection)
    .answered("outbox")
    .await
}

pub(crate) async fn forget(connection: &mut PgConnection, places: &[i64]) -> Result<(), LedgerError> {
    sqlx::query("DELETE FROM outbox WHERE seq = ANY($1)")
        .bind(places)
        .persistent(false)
        .execute(connection)
        .answered("outbox")
        .await
        .map(drop)
}
