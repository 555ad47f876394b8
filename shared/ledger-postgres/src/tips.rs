//! Tips.

use dengwen_ledger::driver::{Known, json_text, micros};
use dengwen_ledger::{LedgerError, NewTip};
use dengwen_model::TipId;
use sqlx::postgres::{PgBindIterExt as _, PgConnection, PgRow};
use sqlx::types::Uuid;

use crate::PostgresUnitOfWork;
use crate::error::Answered as _;

dengwen_ledger::sql_tips!(PostgresUnitOfWork, PgRow);

/// The rows of these ids, in their order.
pub(crate) async fn by_id(connection: &mut PgConnection, ids: &[TipId]) -> Result<Vec<PgRow>, LedgerError> {
    sqlx::query("SELECT * FROM tips WHERE id = ANY($1) ORDER BY id")
        .bind(ids.iter().map(TipId::as_uuid).bind_iter())
        .fetch_all(connection)
        .answered("tips")
        .await
}

/// Which of these are registered, by id or by external key.
pub(crate) async fn known<'a>(
    connection: &mut PgConnection,
    tips: impl Iterator<Item = (TipId, Option<&'a [u8]>)> + Clone + Send,
) -> Result<Known, LedgerError> {
    let rows: Vec<(Uuid, Option<Vec<u8>>)> = sqlx::query_as(
        "SELECT id, external_key FROM tips WHERE id = ANY($1) \
         UNION ALL SELECT id, external_key FROM tips WHERE external_key = ANY($2)",
    )
    .bind(tips.clone().map(|(id, _)| id.as_uuid()).bind_iter())
    .bind(tips.filter_map(|(_, key)| key).bind_iter())
    .fetch_all(connection)
    .answered("tips")
    .await?;
    Ok(Known::new(rows.into_iter().map(|(id, key)| (TipId::from_uuid(id), key))))
}

pub(crate) async fn insert(
    connection: &mut PgConnection,
    tips: &[(&NewTip, String)],
) -> Result<(), LedgerError> {
    if tips.is_empty() {
        return Ok(());
    }
    let relations: Vec<String> =
        tips.iter().map(|(tip, _)| json_text(&tip.relation, "tips", "relation")).collect::<Result<_, _>>()?;
    let rows = || tips.iter().map(|(tip, _)| tip);
    sqlx::query(
        "INSERT INTO tips (id, number, door, channel, received_at, registered_at, received_by, \
         receipt_hash, external_key, content, identity, reply_to, reading, relation, case_id) \
         SELECT id, number, door, channel, received_at, registered_at, received_by, \
         receipt_hash, external_key, content, identity, reply_to, reading, relation::jsonb, case_id \
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], \
         $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[], $14::text[], \
         $15::uuid[]) AS new (id, number, door, channel, received_at, registered_at, received_by, \
         receipt_hash, external_key, content, identity, reply_to, reading, relation, case_id)",
    )
    .bind(rows().map(|tip| tip.id.as_uuid()).bind_iter())
    .bind(tips.iter().map(|(_, number)| number.as_str()).bind_iter())
    .bind(rows().map(|tip| tip.door.as_str()).bind_iter())
    .bind(rows().map(|tip| tip.channel.as_str()).bind_iter())
    .bind(rows().map(|tip| micros(tip.received_at)).bind_iter())
    .bind(rows().map(|tip| micros(tip.registered_at)).bind_iter())
    .bind(rows().map(|tip| tip.received_by.as_str()).bind_iter())
    .bind(rows().map(|tip| tip.receipt_hash.as_slice()).bind_iter())
    .bind(rows().map(|tip| tip.external_key.as_deref()).bind_iter())
    .bind(rows().map(|tip| tip.content.as_slice()).bind_iter())
    .bind(rows().map(|tip| tip.identity.as_deref()).bind_iter())
    .bind(rows().map(|tip| tip.reply_to.as_deref()).bind_iter())
    .bind(rows().map(|tip| tip.reading.as_slice()).bind_iter())
    .bind(relations.iter().map(String::as_str).bind_iter())
    .bind(rows().map(|tip| tip.case.as_uuid()).bind_iter())
    .execute(connection)
    .answered("tips")
    .await
    .map(drop)
}
