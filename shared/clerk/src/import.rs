//! Import of a table: every row's fate is known before anything is taken.

use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dengwen_door::{ExternalId, Submission};
use dengwen_http::{FieldError, Problem, Text, problems};
use dengwen_model::TipId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use validator::Validate;

use crate::desk::hex;
use crate::entry::wrong_fields;
use crate::{Desk, Entry, Row, read_table};

/// Rows taken together: they share commits, and no more than these are in memory sealed.
const TOGETHER: usize = 256;
/// Errors that are listed.
const LISTED: usize = 1000;

/// How to import.
#[derive(Debug, Clone, Copy, Default, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct ImportOptions {
    /// Only say what would happen to each row.
    pub dry_run: bool,
    /// Take the rows that are right and leave the others; else all or nothing.
    pub by_row: bool,
}

/// What became of an import.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    /// Rows that were read.
    pub rows: usize,
    /// The tips, in the order of their rows. A row that was imported before gets a new id here and its
    /// first receipt again; the ledger keeps one tip.
    #[schema(value_type = Vec<String>)]
    pub tip_ids: Vec<TipId>,
    /// Each row that was taken.
    pub taken: Vec<TakenRow>,
    /// Each row that is wrong.
    pub errors: Vec<RowError>,
}

/// A row that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenRow {
    /// Row number in the table; the header is row 1.
    pub row: usize,
    /// The tip.
    #[schema(value_type = String)]
    pub tip_id: TipId,
    /// Its receipt.
    pub receipt: String,
}

/// A row that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowError {
    /// Row number in the table; the header is row 1.
    pub row: usize,
    /// The field.
    pub field: String,
    /// A stable code, as `required`.
    pub code: String,
}

/// Imports a CSV or XLSX table.
///
/// # Errors
/// Where it is no table; or, without `by_row`, where a row is wrong (422, the rows listed, nothing taken).
pub async fn import<E: Entry>(
    desk: &Desk<E>,
    options: ImportOptions,
    body: Bytes,
) -> Result<Response, Problem> {
    let rows = tokio::task::spawn_blocking(move || read_table(&body)).await;
    let rows = rows.map_err(|_| Problem::from(problems::INTERNAL))?.map_err(|error| {
        let text = Text::composed(error.to_string(), format!("无法读取表格（{error}）"));
        Problem::from(problems::MALFORMED).with_detail(text)
    })?;
    let count = rows.len();
    let (good, errors) = judge(desk, rows);
    if options.dry_run || (!errors.is_empty() && !options.by_row) {
        let status = if errors.is_empty() || options.dry_run {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        if status == StatusCode::UNPROCESSABLE_ENTITY {
            return Err(Problem::invalid(errors.iter().map(as_field).collect()));
        }
        let answer = Imported { rows: count, tip_ids: Vec::new(), taken: Vec::new(), errors };
        return Ok((status, Json(answer)).into_response());
    }
    let taken = take(desk, good).await?;
    let tip_ids = taken.iter().map(|row| row.tip_id).collect();
    Ok((StatusCode::CREATED, Json(Imported { rows: count, tip_ids, taken, errors })).into_response())
}

fn as_field(error: &RowError) -> FieldError {
    FieldError::new(format!("rows[{}].{}", error.row, error.field), error.code.clone())
}

fn judge<E: Entry>(desk: &Desk<E>, rows: Vec<Row>) -> (Vec<(usize, Submission)>, Vec<RowError>) {
    let ranks: Vec<&str> = desk.ranks().collect();
    let (mut good, mut errors) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match submission::<E>(&row, &ranks, desk.max_text()) {
            Ok(submission) => good.push((row.number, submission)),
            Err(wrong) => errors.extend(wrong.into_iter().map(|error| RowError {
                row: row.number,
                field: error.field,
                code: error.code.into_owned(),
            })),
        }
    }
    errors.truncate(LISTED);
    (good, errors)
}

fn submission<E: Entry>(row: &Row, ranks: &[&str], max_text: usize) -> Result<Submission, Vec<FieldError>> {
    let entry = E::from_row(row)?;
    let errors = wrong_fields(&entry, ranks, max_text);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut submission = entry.into_submission();
    // The same row imported twice is one tip, and gets its first receipt again.
    submission.external.get_or_insert_with(|| ExternalId {
        source: E::SOURCE.to_owned(),
        id: format!("row {}", fingerprint(row)),
        same_receipt: true,
    });
    Ok(submission)
}

fn fingerprint(row: &Row) -> String {
    let mut hasher = Sha256::new();
    for (name, cell) in row.canonical() {
        for part in [name.as_bytes(), cell.as_bytes()] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    hex(&hasher.finalize())
}

async fn take<E: Entry>(desk: &Desk<E>, rows: Vec<(usize, Submission)>) -> Result<Vec<TakenRow>, Problem> {
    let mut taken = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter();
    loop {
        let (numbers, submissions): (Vec<_>, Vec<_>) = rows.by_ref().take(TOGETHER).unzip();
        if numbers.is_empty() {
            return Ok(taken);
        }
        let accepted = desk.door().take_all(submissions).await?;
        taken.extend(numbers.into_iter().zip(accepted).map(|(row, accepted)| TakenRow {
            row,
            tip_id: accepted.tip,
            receipt: accepted.receipt.grouped(),
        }));
    }
}
