//! Tips.

use dengwen_ledger::driver::{Known, json_text, micros};
use dengwen_ledger::{LedgerError, NewTip};
use dengwen_model::TipId;
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::types::Uuid;

use crate::SqliteUnitOfWork;
use crate::error::Answered as _;
use crate::row::{chunks, hex_list};

dengwen_ledger::sql_tips!(SqliteUnitOfWork, SqliteRow);

/// The rows of these ids, in their order.
pub(crate) async fn by_id(
    connection: &mut SqliteConnection,
    ids: &[TipId],
) -> Result<Vec<SqliteRow>, LedgerError> {
    let ids: Vec<Uuid> = ids.iter().map(TipId::as_uuid).collect();
    sqlx::query("SELECT * FROM tips WHERE id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY id")
        .bind(hex_list(ids.iter().map(|id| id.as_bytes().as_slice())))
        .fetch_all(connection)
        .answered("tips")
        .await
}

/// Which of these are registered, by id or by external key.
pub(crate) async fn known<'a>(
    connection: &mut SqliteConnection,
    tips: impl Iterator<Item = (TipId, Option<&'a [u8]>)> + Clone + Send,
) -> Result<Known, LedgerError> {
    let ids: Vec<Uuid> = tips.clone().map(|(id, _)| id.as_uuid()).collect();
    let keys = hex_list(tips.filter_map(|(_, key)| key));
    let rows: Vec<(Uuid, Option<Vec<u8>>)> = sqlx::query_as(
        "SELECT id, external_key FROM tips WHERE id IN (SELECT unhex(value) FROM json_each($1)) \
         UNION ALL \
         SELECT id, external_key FROM tips WHERE external_key IN (SELECT unhex(value) FROM json_each($2))",
    )
    .bind(hex_list(ids.iter().map(|id| id.as_bytes().as_slice())))
    .bind(keys)
    .fetch_all(connection)
    .answered("tips")
    .await?;
    Ok(Known::new(rows.into_iter().map(|(id, key)| (TipId::from_uuid(id), key))))
}

pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    tips: &[(&NewTip, String)],
) -> Result<(), LedgerError> {
    let relations: Vec<String> =
        tips.iter().map(|(tip, _)| json_text(&tip.relation, "tips", "relation")).collect::<Result<_, _>>()?;
    let rows: Vec<_> = tips.iter().zip(&relations).collect();
    for chunk in chunks(&rows) {
        let mut statement = QueryBuilder::<Sqlite>::new(
            "INSERT INTO tips (id, number, door, channel, received_at, registered_at, received_by, \
             receipt_hash, external_key, content, identity, reply_to, reading, relation, case_id) ",
        );
        statement.push_values(chunk, |mut row, ((tip, number), relation)| {
            row.push_bind(tip.id.as_uuid())
                .push_bind(number.as_str())
                .push_bind(tip.door.as_str())
                .push_bind(tip.channel.as_str())
                .push_bind(micros(tip.received_at))
                .push_bind(micros(tip.registered_at))
                .push_bind(tip.received_by.as_str())
                .push_bind(tip.receipt_hash.as_slice())
                .push_bind(tip.external_key.as_deref())
                .push_bind(tip.content.as_slice())
                .push_bind(tip.identity.as_deref())
                .push_bind(tip.reply_to.as_deref())
                .push_bind(tip.reading.as_slice())
                .push_bind(relation.as_str())
                .push_bind(tip.case.as_uuid());
        });
        statement.build().execute(&mut *connection).answered("tips").await?;
    }
    Ok(())
}
