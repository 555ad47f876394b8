//! Counters without gaps.

use dengwen_ledger::LedgerError;
use dengwen_model::UnitCode;
use sqlx::sqlite::SqliteConnection;

use crate::error::Answered as _;

/// The writer is alone already.
pub(crate) async fn lock<'a>(
    _connection: &mut SqliteConnection,
    _departments: impl Iterator<Item = &'a UnitCode>,
) -> Result<(), LedgerError> {
    Ok(())
}

/// Counts each series up by so much; gives what each then stands at.
pub(crate) async fn take(
    connection: &mut SqliteConnection,
    demand: &[(String, i64)],
) -> Result<Vec<(String, i64)>, LedgerError> {
    let mut taken = Vec::with_capacity(demand.len());
    for (series, count) in demand {
        let last: i64 = sqlx::query_scalar(
            "INSERT INTO counters (series, last) VALUES ($1, $2) \
             ON CONFLICT (series) DO UPDATE SET last = counters.last + excluded.last RETURNING last",
        )
        .bind(series)
        .bind(count)
        .fetch_one(&mut *connection)
        .answered("counters")
        .await?;
        taken.push((series.clone(), last));
    }
    Ok(taken)
}
