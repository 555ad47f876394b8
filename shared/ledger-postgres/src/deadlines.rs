//! Deadlines and the steps of the ladder.

use dengwen_ledger::LedgerError;
use dengwen_ledger::driver::{DeadlineColumns, micros};
use sqlx::postgres::{PgBindIterExt as _, PgConnection, PgRow};

use crate::PostgresUnitOfWork;
use crate::error::Answered as _;

dengwen_ledger::sql_deadlines!(
    PostgresUnitOfWork,
    PgRow,
    lock = " FOR UPDATE",
    skip = " FOR UPDATE SKIP LOCKED",
    provisional = "body ->> 'provisional' = 'true'"
);

/// How many were new.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    rows: &[DeadlineColumns<'_>],
) -> Result<u64, LedgerError> {
    if rows.is_empty() {
        return Ok(0);
    }
    let deadlines = || rows.iter().map(|row| row.deadline);
    let inserted = sqlx::query(
        "INSERT INTO deadlines (id, case_id, started_at, state, next_step_at, body) \
         SELECT id, case_id, started_at, state, next_step_at, body::jsonb \
         FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::bigint[], $6::text[]) \
         AS new (id, case_id, started_at, state, next_step_at, body) ON CONFLICT (id) DO NOTHING",
    )
    .bind(deadlines().map(|deadline| deadline.id.as_uuid()).bind_iter())
    .bind(deadlines().map(|deadline| deadline.case.as_uuid()).bind_iter())
    .bind(deadlines().map(|deadline| micros(deadline.start)).bind_iter())
    .bind(deadlines().map(|deadline| deadline.state.name()).bind_iter())
    .bind(rows.iter().map(|row| row.next_step_at).bind_iter())
    .bind(rows.iter().map(|row| row.body.as_str()).bind_iter())
    .execute(connection)
    .answered("deadlines")
    .await?;
    Ok(inserted.rows_affected())
}
