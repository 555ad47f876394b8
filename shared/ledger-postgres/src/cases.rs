//! Cases.

use dengwen_ledger::driver::{CaseColumns, micros};
use dengwen_ledger::{CaseRecord, LedgerError};
use dengwen_model::CaseId;
use sqlx::postgres::{PgBindIterExt as _, PgConnection, PgRow, Postgres};
use sqlx::types::Uuid;

use crate::PostgresUnitOfWork;
use crate::error::Answered as _;

dengwen_ledger::sql_cases!(PostgresUnitOfWork, PgRow, Postgres, lock = " FOR UPDATE");

pub(crate) async fn insert(
    connection: &mut PgConnection,
    rows: &[CaseColumns<'_>],
) -> Result<(), LedgerError> {
    if rows.is_empty() {
        return Ok(());
    }
    let cases = || rows.iter().map(|row| &row.record.case);
    sqlx::query(
        "INSERT INTO cases (id, number, opened_at, updated_at, received_by, handled_by, stage, category, \
         priority, tips, late_tips, version, body, file) \
         SELECT id, number, opened_at, updated_at, received_by, handled_by, stage, category, \
         priority, tips, late_tips, version, body::jsonb, file \
         FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], \
         $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::bytea[]) \
         AS new (id, number, opened_at, updated_at, received_by, handled_by, stage, category, \
         priority, tips, late_tips, version, body, file)",
    )
    .bind(cases().map(|case| case.id.as_uuid()).bind_iter())
    .bind(cases().map(|case| case.number.as_str()).bind_iter())
    .bind(cases().map(|case| micros(case.opened_at)).bind_iter())
    .bind(cases().map(|case| micros(case.updated_at)).bind_iter())
    .bind(cases().map(|case| case.received_by.as_str()).bind_iter())
    .bind(rows.iter().map(|row| row.handled_by).bind_iter())
    .bind(cases().map(|case| case.stage.name()).bind_iter())
    .bind(cases().map(|case| case.category.as_str()).bind_iter())
    .bind(cases().map(|case| i64::from(case.priority.get())).bind_iter())
    .bind(cases().map(|case| i64::from(case.tips)).bind_iter())
    .bind(cases().map(|case| i64::from(case.late_tips)).bind_iter())
    .bind(cases().map(|case| case.version).bind_iter())
    .bind(rows.iter().map(|row| row.body.as_str()).bind_iter())
    .bind(rows.iter().map(|row| row.record.file.as_slice()).bind_iter())
    .execute(connection)
    .answered("cases")
    .await
    .map(drop)
}

pub(crate) async fn by_id(
    connection: &mut PgConnection,
    ids: &[CaseId],
    locked: bool,
) -> Result<Vec<CaseRecord>, LedgerError> {
    let statement = if locked {
        "SELECT body, version, file FROM cases WHERE id = ANY($1) ORDER BY id FOR UPDATE"
    } else {
        "SELECT body, version, file FROM cases WHERE id = ANY($1) ORDER BY id"
    };
    sqlx::query(statement)
        .bind(ids.iter().map(CaseId::as_uuid).bind_iter())
        .fetch_all(connection)
        .answered("cases")
        .await?
        .iter()
        .map(case_record)
        .collect()
}

pub(crate) async fn numbers(
    connection: &mut PgConnection,
    ids: &[CaseId],
) -> Result<Vec<(Uuid, String)>, LedgerError> {
    sqlx::query_as("SELECT id, number FROM cases WHERE id = ANY($1)")
        .bind(ids.iter().map(CaseId::as_uuid).bind_iter())
        .fetch_all(connection)
        .answered("cases")
        .await
}

pub(crate) async fn update(
    connection: &mut PgConnection,
    rows: &[CaseColumns<'_>],
) -> Result<(), LedgerError> {
    if rows.is_empty() {
        return Ok(());
    }
    let cases = || rows.iter().map(|row| &row.record.case);
    let updated = sqlx::query(
        "UPDATE cases SET updated_at = new.updated_at, handled_by = new.handled_by, stage = new.stage, \
         category = new.category, priority = new.priority, tips = new.tips, \
         late_tips = new.late_tips, body = new.body::jsonb, file = new.file, version = cases.version + 1 \
         FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], \
         $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::bytea[]) \
         AS new (id, version, updated_at, handled_by, stage, category, priority, tips, late_tips, body, file) \
         WHERE cases.id = new.id AND cases.version = new.version",
    )
    .bind(cases().map(|case| case.id.as_uuid()).bind_iter())
    .bind(cases().map(|case| case.version).bind_iter())
    .bind(cases().map(|case| micros(case.updated_at)).bind_iter())
    .bind(rows.iter().map(|row| row.handled_by).bind_iter())
    .bind(cases().map(|case| case.stage.name()).bind_iter())
    .bind(cases().map(|case| case.category.as_str()).bind_iter())
    .bind(cases().map(|case| i64::from(case.priority.get())).bind_iter())
    .bind(cases().map(|case| i64::from(case.tips)).bind_iter())
    .bind(cases().map(|case| i64::from(case.late_tips)).bind_iter())
    .bind(rows.iter().map(|row| row.body.as_str()).bind_iter())
    .bind(rows.iter().map(|row| row.record.file.as_slice()).bind_iter())
    .execute(connection)
    .answered("cases")
    .await?;
    if usize::try_from(updated.rows_affected()) == Ok(rows.len()) {
        Ok(())
    } else {
        Err(LedgerError::Conflict { table: "cases" })
    }
}
