//! Import of a table: every row's fate is known before anything is taken.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dengwen_door::{Checks, ExternalId, Submission};
use dengwen_http::{FieldError, Problem, Text, ValidQuery, problems};
use dengwen_model::TipId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use validator::Validate;

use crate::desk::Desk;
use crate::entry::wrong_fields;
use crate::sign_in::Clerk;
use crate::table::{Row, TableError, read_table};
use crate::upload::Upload;
use crate::{Entry, hex};

/// Rows taken together: they share commits, and no more than these are in memory sealed.
pub(crate) const TOGETHER: usize = 256;
/// Errors that are listed.
pub(crate) const LISTED: usize = 1000;

/// How to import.
#[derive(Debug, Clone, Copy, Default, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportOptions {
    /// Only say what would happen to each row.
    dry_run: bool,
    /// Take the rows that are right and leave the others; else all or nothing.
    by_row: bool,
}

/// What became of an import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Imported {
    /// Rows that were read.
    rows: usize,
    /// The tips, in the order of their rows. A row that was imported before gets a new id here and its
    /// first receipt again; the ledger keeps one tip.
    #[schema(value_type = Vec<String>)]
    tip_ids: Vec<TipId>,
    /// Each row that was taken.
    taken: Vec<TakenRow>,
    /// Each row that is wrong.
    errors: Vec<RowError>,
}

/// A row that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TakenRow {
    /// Row number in the table; the header is row 1.
    row: usize,
    /// The tip.
    #[schema(value_type = String)]
    tip_id: TipId,
    /// Its receipt.
    receipt: String,
}

/// A row that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowError {
    /// Row number in the table; the header is row 1.
    row: usize,
    /// The field.
    field: String,
    /// A stable code, as `required`.
    code: String,
}

/// What the rows of a table come to.
struct Judged {
    rows: usize,
    good: Vec<(usize, Submission)>,
    wrong: Vec<(usize, FieldError)>,
}

/// Imports a CSV or XLSX table. Where it is no table nothing is taken; and where a row is wrong neither,
/// unless by row: the answer names the rows and their fields.
pub(crate) async fn import<E: Entry>(
    clerk: Clerk,
    State(desk): State<Desk<E>>,
    ValidQuery(options): ValidQuery<ImportOptions>,
    Upload(body): Upload,
) -> Result<Response, Problem> {
    // A large table over a bad line takes longer than a withdrawal may.
    clerk.still_holds(&desk).await?;
    let place = desk.tables().acquire_owned().await.map_err(|_| Problem::from(problems::UNAVAILABLE))?;
    let checks = desk.checks().await;
    // The place goes along: a request that is given up does not end what computes.
    let judged = tokio::task::spawn_blocking(move || (judge::<E>(&body, &checks), place)).await;
    let (judged, _place) = judged.map_err(|_| Problem::from(problems::INTERNAL))?;
    let Judged { rows, good, wrong } = judged.map_err(|error| no_table(&error))?;
    if !wrong.is_empty() && !options.by_row && !options.dry_run {
        return Err(Problem::invalid(wrong.into_iter().map(by_row_number).collect()));
    }
    let status = if options.dry_run { StatusCode::OK } else { StatusCode::CREATED };
    let taken = if options.dry_run { Vec::new() } else { take(&desk, good).await? };
    let tip_ids = taken.iter().map(|row| row.tip_id).collect();
    let errors = wrong.into_iter().map(|(row, error)| RowError {
        row,
        field: error.field,
        code: error.code.into_owned(),
    });
    Ok((status, Json(Imported { rows, tip_ids, taken, errors: errors.collect() })).into_response())
}

pub(crate) fn no_table(error: &TableError) -> Problem {
    let text = Text::composed(error.to_string(), error.chinese());
    Problem::from(problems::MALFORMED).with_detail(text)
}

fn by_row_number((row, mut error): (usize, FieldError)) -> FieldError {
    error.field = format!("rows[{row}].{}", error.field);
    error
}

fn judge<E: Entry>(body: &Bytes, checks: &Checks) -> Result<Judged, TableError> {
    let rows = read_table(body)?;
    let mut judged = Judged { rows: rows.len(), good: Vec::with_capacity(rows.len()), wrong: Vec::new() };
    for row in rows {
        match submission::<E>(&row, checks) {
            Ok(submission) => judged.good.push((row.number(), submission)),
            Err(wrong) => judged.wrong.extend(wrong.into_iter().map(|error| (row.number(), error))),
        }
    }
    judged.wrong.truncate(LISTED);
    Ok(judged)
}

pub(crate) fn submission<E: Entry>(row: &Row, checks: &Checks) -> Result<Submission, Vec<FieldError>> {
    let mut errors: Vec<_> = row.broken().map(|column| FieldError::new(column, "no_value")).collect();
    let entry = E::from_row(row, &mut errors);
    errors.extend(wrong_fields(&entry, checks));
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut submission = entry.into_submission();
    // The same row imported twice is one tip, and gets its first receipt again.
    submission.external.get_or_insert_with(|| ExternalId {
        source: E::DESK.source.to_owned(),
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

async fn take<E>(desk: &Desk<E>, rows: Vec<(usize, Submission)>) -> Result<Vec<TakenRow>, Problem> {
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
