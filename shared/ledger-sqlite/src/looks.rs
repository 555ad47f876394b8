//! Looks that are asked for.

use dengwen_ledger::LedgerError;
use dengwen_model::{CaseId, UnitCode};
use sqlx::sqlite::SqliteConnection;
use sqlx::types::Uuid;

use crate::SqliteUnitOfWork;
use crate::cases::id_list;
use crate::row::hex_list;

dengwen_ledger::sql_looks!(SqliteUnitOfWork);

/// The earliest that is asked for stands.
pub(crate) async fn ask(
    connection: &mut SqliteConnection,
    cases: &[CaseId],
    due: i64,
) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO looks (case_id, due_at) SELECT unhex(value), $2 FROM json_each($1) WHERE true \
         ON CONFLICT (case_id) DO UPDATE SET due_at = excluded.due_at WHERE looks.due_at > excluded.due_at",
    )
    .bind(id_list(cases))
    .bind(due)
    .execute(connection)
    .answered("looks")
    .await
    .map(drop)
}

pub(crate) async fn forget(connection: &mut SqliteConnection, cases: &[CaseId]) -> Result<(), LedgerError> {
    sqlx::query("DELETE FROM looks WHERE case_id IN (SELECT unhex(value) FROM json_each($1))")
        .bind(id_list(cases))
        .execute(connection)
        .answered("looks")
        .await
        .map(drop)
}

pub(crate) async fn held_by(
    connection: &mut SqliteConnection,
    units: &[UnitCode],
) -> Result<Vec<Uuid>, LedgerError> {
    sqlx::query_scalar(
        "SELECT id FROM cases WHERE handled_by IN (SELECT CAST(unhex(value) AS TEXT) FROM json_each($1)) \
         ORDER BY id",
    )
    .bind(hex_list(units.iter().map(|unit| unit.as_str().as_bytes())))
    .fetch_all(connection)
    .answered("cases")
    .await
}
