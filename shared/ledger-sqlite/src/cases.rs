//! Cases.

use dengwen_ledger::driver::{CaseColumns, micros};
use dengwen_ledger::{CaseRecord, LedgerError};
use dengwen_model::CaseId;
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::types::Uuid;

use crate::SqliteUnitOfWork;
use crate::error::{Answered as _, one};
use crate::row::{chunks, hex_list};

dengwen_ledger::sql_cases!(SqliteUnitOfWork, SqliteRow, Sqlite, lock = "");

pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    rows: &[CaseColumns<'_>],
) -> Result<(), LedgerError> {
    for chunk in chunks(rows) {
        let mut statement = QueryBuilder::<Sqlite>::new(
            "INSERT INTO cases (id, number, opened_at, updated_at, received_by, handled_by, stage, category, \
             priority, tips, late_tips, version, body, file) ",
        );
        statement.push_values(chunk, |mut row, columns| {
            let case = &columns.record.case;
            row.push_bind(case.id.as_uuid())
                .push_bind(case.number.as_str())
                .push_bind(micros(case.opened_at))
                .push_bind(micros(case.updated_at))
                .push_bind(case.received_by.as_str())
                .push_bind(columns.handled_by)
                .push_bind(case.stage.name())
                .push_bind(case.category.as_str())
                .push_bind(i64::from(case.priority.get()))
                .push_bind(i64::from(case.tips))
                .push_bind(i64::from(case.late_tips))
                .push_bind(case.version)
                .push_bind(columns.body.as_str())
                .push_bind(columns.record.file.as_slice());
        });
        statement.build().execute(&mut *connection).answered("cases").await?;
    }
    Ok(())
}

pub(crate) async fn by_id(
    connection: &mut SqliteConnection,
    ids: &[CaseId],
    _locked: bool,
) -> Result<Vec<CaseRecord>, LedgerError> {
    sqlx::query(
        "SELECT body, version, file FROM cases WHERE id IN (SELECT unhex(value) FROM json_each($1)) \
         ORDER BY id",
    )
    .bind(id_list(ids))
    .fetch_all(connection)
    .answered("cases")
    .await?
    .iter()
    .map(case_record)
    .collect()
}

pub(crate) async fn numbers(
    connection: &mut SqliteConnection,
    ids: &[CaseId],
) -> Result<Vec<(Uuid, String)>, LedgerError> {
    sqlx::query_as("SELECT id, number FROM cases WHERE id IN (SELECT unhex(value) FROM json_each($1))")
        .bind(id_list(ids))
        .fetch_all(connection)
        .answered("cases")
        .await
}

/// The ids as a JSON list.
pub(crate) fn id_list(ids: &[CaseId]) -> String {
    let ids: Vec<Uuid> = ids.iter().map(CaseId::as_uuid).collect();
    hex_list(ids.iter().map(|id| id.as_bytes().as_slice()))
}

pub(crate) async fn update(
    connection: &mut SqliteConnection,
    rows: &[CaseColumns<'_>],
) -> Result<(), LedgerError> {
    for columns in rows {
        let case = &columns.record.case;
        let updated = sqlx::query(
            "UPDATE cases SET updated_at = $1, handled_by = $2, stage = $3, category = $4, priority = $5, \
             tips = $6, late_tips = $7, body = $8, file = $9, version = version + 1 \
             WHERE id = $10 AND version = $11",
        )
        .bind(micros(case.updated_at))
        .bind(columns.handled_by)
        .bind(case.stage.name())
        .bind(case.category.as_str())
        .bind(i64::from(case.priority.get()))
        .bind(i64::from(case.tips))
        .bind(i64::from(case.late_tips))
        .bind(columns.body.as_str())
        .bind(columns.record.file.as_slice())
        .bind(case.id.as_uuid())
        .bind(case.version)
        .execute(&mut *connection)
        .answered("cases")
        .await?;
        one(updated.rows_affected(), "cases")?;
    }
    Ok(())
}
