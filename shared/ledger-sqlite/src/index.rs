//! The link index.

use dengwen_ledger::driver::LinkColumns;
use dengwen_ledger::{LedgerError, LinkEntry};
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};

use crate::SqliteUnitOfWork;
use crate::error::Answered as _;
use crate::row::{chunks, integer_list};

dengwen_ledger::sql_index!(SqliteUnitOfWork, SqliteRow, lock = "");

/// Inserts entries, counted from `last` on.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    entries: &[LinkEntry],
    last: i64,
) -> Result<(), LedgerError> {
    let rows: Vec<(i64, &LinkEntry)> = (last + 1..).zip(entries).collect();
    for chunk in chunks(&rows) {
        let mut statement =
            QueryBuilder::<Sqlite>::new("INSERT INTO links (seq, tip_id, case_id, signature, keys) ");
        statement.push_values(chunk, |mut row, (seq, entry)| {
            row.push_bind(*seq)
                .push_bind(entry.tip.as_uuid())
                .push_bind(entry.case.as_uuid())
                .push_bind(entry.signature.as_slice())
                .push_bind(LinkColumns::pack(entry));
        });
        statement.build().execute(&mut *connection).answered("links").await?;
    }
    // In the order of the tree: neighbours share a page.
    let mut keys: Vec<(i64, i64)> = rows
        .iter()
        .flat_map(|(seq, entry)| LinkColumns::distinct(entry).into_iter().map(|key| (key, *seq)))
        .collect();
    keys.sort_unstable();
    for chunk in chunks(&keys) {
        let mut statement = QueryBuilder::<Sqlite>::new("INSERT INTO link_keys (key, seq) ");
        statement.push_values(chunk, |mut row, (key, seq)| {
            row.push_bind(*key).push_bind(*seq);
        });
        statement.build().execute(&mut *connection).answered("link_keys").await?;
    }
    Ok(())
}

/// For each key its newest entries, read from the index alone; then each entry once.
pub(crate) async fn by_keys(
    connection: &mut SqliteConnection,
    keys: &[i64],
    per_key: u32,
) -> Result<Vec<SqliteRow>, LedgerError> {
    sqlx::query(
        "SELECT seq, tip_id, case_id, signature, keys FROM links WHERE seq IN ( \
         SELECT newest.value FROM json_each($1) AS wanted, json_each(( \
         SELECT json_group_array(seq) FROM ( \
         SELECT seq FROM link_keys WHERE key = wanted.value ORDER BY seq DESC LIMIT $2))) AS newest) \
         ORDER BY seq DESC",
    )
    .bind(integer_list(keys))
    .bind(i64::from(per_key))
    .fetch_all(connection)
    .answered("links")
    .await
}

/// The cases of entries under any of the keys that are not over, each once, the newest first.
pub(crate) async fn open_cases(
    connection: &mut SqliteConnection,
    keys: &[i64],
    max: u32,
) -> Result<Vec<SqliteRow>, LedgerError> {
    sqlx::query(
        "SELECT body, version, file FROM cases WHERE stage NOT IN ('closed', 'referred', 'passed_up', 'kept') \
         AND id IN (SELECT links.case_id FROM link_keys JOIN links ON links.seq = link_keys.seq \
         WHERE link_keys.key IN (SELECT value FROM json_each($1))) ORDER BY opened_at DESC, id DESC LIMIT $2",
    )
    .bind(integer_list(keys))
    .bind(i64::from(max))
    .fetch_all(connection)
    .answered("cases")
    .await
}

pub(crate) async fn forget_keys(
    connection: &mut SqliteConnection,
    seq: i64,
    keys: &[i64],
) -> Result<(), LedgerError> {
    sqlx::query("DELETE FROM link_keys WHERE seq = $1 AND key IN (SELECT value FROM json_each($2))")
        .bind(seq)
        .bind(integer_list(keys))
        .execute(connection)
        .answered("link_keys")
        .await
        .map(drop)
}
