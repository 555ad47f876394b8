//! The link index.

use dengwen_ledger::driver::LinkColumns;
use dengwen_ledger::{LedgerError, LinkEntry};
use sqlx::postgres::{PgBindIterExt as _, PgConnection, PgRow};

use crate::PostgresUnitOfWork;
use crate::error::Answered as _;

dengwen_ledger::sql_index!(PostgresUnitOfWork, PgRow, lock = " FOR UPDATE");

/// Inserts entries, counted from `last` on.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    entries: &[LinkEntry],
    last: i64,
) -> Result<(), LedgerError> {
    let rows: Vec<(i64, &LinkEntry)> = (last + 1..).zip(entries).collect();
    sqlx::query(
        "INSERT INTO links (seq, tip_id, case_id, signature, keys) \
         SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[])",
    )
    .bind(rows.iter().map(|(seq, _)| *seq).bind_iter())
    .bind(entries.iter().map(|entry| entry.tip.as_uuid()).bind_iter())
    .bind(entries.iter().map(|entry| entry.case.as_uuid()).bind_iter())
    .bind(entries.iter().map(|entry| entry.signature.as_slice()).bind_iter())
    .bind(entries.iter().map(LinkColumns::pack).bind_iter())
    .execute(&mut *connection)
    .answered("links")
    .await?;
    let (keys, seqs): (Vec<i64>, Vec<i64>) = rows
        .iter()
        .flat_map(|(seq, entry)| LinkColumns::distinct(entry).into_iter().map(|key| (key, *seq)))
        .unzip();
    sqlx::query("INSERT INTO link_keys (key, seq) SELECT * FROM unnest($1::bigint[], $2::bigint[])")
        .bind(keys)
        .bind(seqs)
        .execute(connection)
        .answered("link_keys")
        .await
        .map(drop)
}

/// For each key its newest entries, read from the index alone; then each entry once. Planned each time: a
/// plan kept from when there were few entries would read all of many.
pub(crate) async fn by_keys(
    connection: &mut PgConnection,
    keys: &[i64],
    per_key: u32,
) -> Result<Vec<PgRow>, LedgerError> {
    sqlx::query(
        "SELECT seq, tip_id, case_id, signature, keys FROM links WHERE seq IN ( \
         SELECT newest.seq FROM unnest($1::bigint[]) AS wanted (key) CROSS JOIN LATERAL ( \
         SELECT seq FROM link_keys WHERE link_keys.key = wanted.key ORDER BY seq DESC LIMIT $2) AS newest) \
         ORDER BY seq DESC",
    )
    .bind(keys)
    .bind(i64::from(per_key))
    .persistent(false)
    .fetch_all(connection)
    .answered("links")
    .await
}

/// The cases of entries under any of the keys that are not over, each once, the newest first.
pub(crate) async fn open_cases(
    connection: &mut PgConnection,
    keys: &[i64],
    max: u32,
) -> Result<Vec<PgRow>, LedgerError> {
    sqlx::query(
        "SELECT body, version, file FROM cases WHERE stage NOT IN ('closed', 'referred', 'passed_up', 'kept') \
         AND id IN (SELECT links.case_id FROM link_keys JOIN links ON links.seq = link_keys.seq \
         WHERE link_keys.key = ANY($1)) ORDER BY opened_at DESC, id DESC LIMIT $2",
    )
    .bind(keys)
    .bind(i64::from(max))
    .persistent(false)
    .fetch_all(connection)
    .answered("cases")
    .await
}

pub(crate) async fn forget_keys(
    connection: &mut PgConnection,
    seq: i64,
    keys: &[i64],
) -> Result<(), LedgerError> {
    sqlx::query("DELETE FROM link_keys WHERE seq = $1 AND key = ANY($2)")
        .bind(seq)
        .bind(keys)
        .execute(connection)
        .answered("link_keys")
        .await
        .map(drop)
}
