//! Looks that are asked for.

use dengwen_ledger::LedgerError;
use dengwen_model::{CaseId, UnitCode};
use sqlx::postgres::{PgBindIterExt as _, PgConnection};
use sqlx::types::Uuid;

use crate::PostgresUnitOfWork;

dengwen_ledger::sql_looks!(PostgresUnitOfWork);

/// The earliest that is asked for stands.
pub(crate) async fn ask(
    connection: &mut PgConnection,
    cases: &[CaseId],
    due: i64,
) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO looks (case_id, due_at) SELECT case_id, $2::bigint FROM unnest($1::uuid[]) AS asked (case_id) \
         ON CONFLICT (case_id) DO UPDATE SET due_at = excluded.due_at WHERE looks.due_at > excluded.due_at",
    )
    .bind(cases.iter().map(CaseId::as_uuid).bind_iter())
    .bind(due)
    .execute(connection)
    .answered("looks")
    .await
    .map(drop)
}

pub(crate) async fn forget(connection: &mut PgConnection, cases: &[CaseId]) -> Result<(), LedgerError> {
    sqlx::query("DELETE FROM looks WHERE case_id = ANY($1)")
        .bind(cases.iter().map(CaseId::as_uuid).bind_iter())
        .execute(connection)
        .answered("looks")
        .await
        .map(drop)
}

pub(crate) async fn held_by(
    connection: &mut PgConnection,
    units: &[UnitCode],
) -> Result<Vec<Uuid>, LedgerError> {
    sqlx::query_scalar("SELECT id FROM cases WHERE handled_by = ANY($1) ORDER BY id")
        .bind(units.iter().map(UnitCode::as_str).bind_iter())
        .fetch_all(connection)
        .answered("cases")
        .await
}
