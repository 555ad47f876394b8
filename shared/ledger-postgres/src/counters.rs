//! Counters without gaps.

use dengwen_ledger::LedgerError;
use dengwen_model::UnitCode;
use sqlx::postgres::PgConnection;

use crate::error::Answered as _;

/// First half of the advisory lock under which a department's numbers are given.
const NUMBERS: i32 = 0x4457_0001;

/// Lets one unit of work at a time number for a department, whatever it numbers: with one lock for all
/// counters two units of work cannot take them in different orders. A hash that two departments share
/// only makes them wait for each other (FNV-1a).
pub(crate) async fn lock<'a>(
    connection: &mut PgConnection,
    departments: impl Iterator<Item = &'a UnitCode>,
) -> Result<(), LedgerError> {
    let mut keys: Vec<i32> = departments
        .map(|department| {
            let fold = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            department.as_str().bytes().fold(0x811c_9dc5, fold).cast_signed()
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    sqlx::query("SELECT pg_advisory_xact_lock($1, key) FROM unnest($2::int[]) AS key")
        .bind(NUMBERS)
        .bind(keys)
        .execute(connection)
        .answered("counters")
        .await
        .map(drop)
}

/// Counts each series up by so much; gives what each then stands at.
pub(crate) async fn take(
    connection: &mut PgConnection,
    demand: &[(String, i64)],
) -> Result<Vec<(String, i64)>, LedgerError> {
    if demand.is_empty() {
        return Ok(Vec::new());
    }
    let (series, counts): (Vec<&str>, Vec<i64>) =
        demand.iter().map(|(series, count)| (series.as_str(), *count)).unzip();
    sqlx::query_as(
        "INSERT INTO counters (series, last) SELECT * FROM unnest($1::text[], $2::bigint[]) \
         ON CONFLICT (series) DO UPDATE SET last = counters.last + excluded.last RETURNING series, last",
    )
    .bind(series)
    .bind(counts)
    .fetch_all(connection)
    .answered("counters")
    .await
}
