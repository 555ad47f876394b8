//! Import of a table: every row's fate is known before anything is taken. It is read twice, once to judge and
//! once to take, so that a long one is never in memory row by row.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dengwen_door::{Checks, ExternalId, Submission, TakeError};
use dengwen_http::{FieldError, Problem, Text, ValidQuery, problems};
use dengwen_model::TipId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use validator::Validate;

use crate::desk::Desk;
use crate::entry::wrong_fields;
use crate::rows::Rows;
use crate::sign_in::Clerk;
use crate::table::{Row, TableError, read_table};
use crate::upload::Upload;
use crate::{Entry, hex};

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
    /// The tips, in the order of their rows. A row that was imported before gets its first id and
    /// receipt again; the ledger keeps one tip.
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
    pub(crate) row: usize,
    /// The tip.
    #[schema(value_type = String)]
    tip_id: TipId,
    /// Its receipt.
    pub(crate) receipt: String,
    /// The register number, at a desk that gives them.
    #[serde(skip_serializing_if = "Option::is_none")]
    register_no: Option<String>,
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
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Rows that would be registered.
    pub(crate) good: usize,
    /// Rows that are wrong.
    pub(crate) bad: usize,
    /// What is wrong with the first of them.
    pub(crate) wrong: Vec<(usize, FieldError)>,
}

impl Judged {
    /// Looks at one row more.
    pub(crate) fn judge<E: Entry>(&mut self, row: &Row, checks: &Checks) {
        match entry_of::<E>(row, checks) {
            Ok(_) => self.good += 1,
            Err(errors) => {
                self.bad += 1;
                let room = LISTED.saturating_sub(self.wrong.len());
                self.wrong.extend(errors.into_iter().take(room).map(|error| (row.number(), error)));
            }
        }
    }
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
    let (table, against) = (body.clone(), checks.clone());
    let judged = tokio::task::spawn_blocking(move || (judge::<E>(&table, &against), place)).await;
    let (judged, _place) = judged.map_err(|_| Problem::from(problems::INTERNAL))?;
    let Judged { good, bad, wrong } = judged.map_err(|error| no_table(&error))?;
    if !wrong.is_empty() && !options.by_row && !options.dry_run {
        return Err(Problem::invalid(wrong.into_iter().map(by_row_number).collect()));
    }
    let status = if options.dry_run { StatusCode::OK } else { StatusCode::CREATED };
    let mut taken: Vec<TakenRow> = Vec::new();
    if !options.dry_run {
        take_rows(&desk, Rows::of(body, None), &checks, |_, rows| taken.extend(rows)).await?;
    }
    let rows = good + bad;
    let tip_ids = taken.iter().map(|row| row.tip_id).collect();
    let errors = wrong.into_iter().map(|(row, error)| RowError {
        row,
        field: error.field,
        code: error.code.into_owned(),
    });
    Ok((status, Json(Imported { rows, tip_ids, taken, errors: errors.collect() })).into_response())
}

/// What whoever sent a table is told that cannot be read.
pub fn no_table(error: &TableError) -> Problem {
    let text = Text::composed(error.to_string(), error.chinese());
    Problem::from(problems::MALFORMED).with_detail(text)
}

fn by_row_number((row, mut error): (usize, FieldError)) -> FieldError {
    error.field = format!("rows[{row}].{}", error.field);
    error
}

fn judge<E: Entry>(body: &Bytes, checks: &Checks) -> Result<Judged, TableError> {
    let mut judged = Judged::default();
    read_table(body, &mut |row| judged.judge::<E>(&row, checks))?;
    Ok(judged)
}

fn entry_of<E: Entry>(row: &Row, checks: &Checks) -> Result<E, Vec<FieldError>> {
    let mut errors: Vec<_> = row.broken().map(|column| FieldError::new(column, "no_value")).collect();
    let entry = E::from_row(row, &mut errors);
    errors.extend(wrong_fields(&entry, checks));
    if errors.is_empty() { Ok(entry) } else { Err(errors) }
}

/// A row that is right, on its way to a tip.
struct GoodRow<E> {
    row: usize,
    entry: E,
    external: ExternalId,
    number: Option<String>,
}

impl<E: Entry> GoodRow<E> {
    fn of(row: &Row, checks: &Checks) -> Option<Self> {
        let entry = entry_of::<E>(row, checks).ok()?;
        // The same row imported twice is one tip, and gets its first receipt and number again.
        let external = entry.common().external(E::DESK.source).unwrap_or_else(|| ExternalId {
            source: E::DESK.source.to_owned(),
            id: format!("row {}", fingerprint(row)),
            same_receipt: true,
        });
        Some(Self { row: row.number(), entry, external, number: None })
    }

    fn into_submission(mut self) -> Submission {
        if let Some(number) = self.number {
            self.entry.set_number(number);
        }
        let mut submission = self.entry.into_submission();
        submission.external = Some(self.external);
        submission
    }
}

/// Gives the rows their register numbers in their order, at a desk that has such. They are on disk before the tips
/// are taken: what breaks off between is given the same ones again.
async fn number_rows<E: Entry>(desk: &Desk<E>, rows: &mut [GoodRow<E>]) -> std::io::Result<()> {
    let Some(paperwork) = desk.paperwork() else { return Ok(()) };
    let key = &desk.door().keys().receipt;
    let receipt = |row: &GoodRow<E>| key.hash(&desk.door().draw(Some(&row.external), None).receipt);
    let receipts = rows.iter().map(receipt).collect();
    for (row, number) in rows.iter_mut().zip(paperwork.numbers(receipts).await?) {
        row.number = Some(number);
    }
    Ok(())
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

/// Not all rows were taken that should have been.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAllTaken {
    /// The door took no more.
    #[error(transparent)]
    Door(#[from] TakeError),
    /// The table could not be read once more.
    #[error(transparent)]
    Table(#[from] TableError),
    /// No register numbers could be given.
    #[error("no register numbers can be given")]
    Numbers(#[from] std::io::Error),
}

impl From<NotAllTaken> for Problem {
    fn from(error: NotAllTaken) -> Self {
        match error {
            NotAllTaken::Door(error) => error.into(),
            NotAllTaken::Table(error) => no_table(&error),
            NotAllTaken::Numbers(error) => {
                tracing::error!(kind = ?error.kind(), "no register numbers can be given");
                problems::UNAVAILABLE.into()
            }
        }
    }
}

/// Takes the rows that are right, some hundred at a time; `done` hears how many were looked at, and what was
/// taken. After an error those before are taken; sent again, they make nothing twice.
///
/// # Errors
/// See [`NotAllTaken`].
pub(crate) async fn take_rows<E: Entry>(
    desk: &Desk<E>,
    mut rows: Rows,
    checks: &Checks,
    mut done: impl FnMut(usize, Vec<TakenRow>),
) -> Result<(), NotAllTaken> {
    while let Some(together) = rows.next().await {
        let mut good: Vec<GoodRow<E>> = together.iter().filter_map(|row| GoodRow::of(row, checks)).collect();
        number_rows(desk, &mut good).await?;
        let shown: Vec<_> = good.iter().map(|row| (row.row, row.number.clone())).collect();
        let submissions = good.into_iter().map(GoodRow::into_submission).collect();
        let accepted = desk.door().take_all(submissions).await?;
        let taken = shown.into_iter().zip(accepted).map(|((row, register_no), accepted)| TakenRow {
            row,
            tip_id: accepted.tip,
            receipt: accepted.receipt.grouped(),
            register_no,
        });
        done(together.len(), taken.collect());
    }
    rows.end().await?;
    Ok(())
}
