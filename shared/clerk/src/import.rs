//! Import of a table: every row's fate is known before anything is taken. It is read twice, once to judge and
//! once to take, so that a long one is never in memory row by row.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengwen_door::{Checks, ExternalId, KeyOwner, NamedRequest, Submission, TakeError};
use dengwen_http::{FieldError, IdempotencyKey, Problem, Text, ValidQuery, problems};
use dengwen_queue::QueueError;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use validator::Validate;

use crate::before::Earlier;
use crate::chosen::{Chosen, RowSet};
use crate::columns::{ColumnNames, Mapping, all};
use crate::desk::Desk;
use crate::entry::wrong_fields;
use crate::fates::{FateKind, Judged, Judging};
use crate::imported::{Imported, TakenRow};
use crate::rows::Rows;
use crate::sign_in::Clerk;
use crate::table::{Row, TableError};
use crate::upload::Upload;
use crate::{Entry, hex};

/// Errors that are listed.
const LISTED: usize = 1000;
/// Signs of a row's facts by which a clerk knows it again.
const EXCERPT: usize = 40;

/// How to import.
#[derive(Debug, Clone, Default, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportOptions {
    /// Only say what would happen to each row.
    dry_run: bool,
    /// Take the rows that are right and leave the others; else all or nothing.
    by_row: bool,
    /// Only these rows.
    rows: Option<RowSet>,
    /// All but these.
    except: Option<RowSet>,
    /// What each column counts as, as `external_id,-,text`; else its header says it.
    columns: Option<ColumnNames>,
    /// Of a dry run, only the rows with this fate.
    fate: Option<FateKind>,
    /// Of a dry run, without so many of them.
    offset: usize,
    /// Of a dry run, so many at most.
    limit: Option<usize>,
}

/// Imports a CSV or XLSX table. Where it is no table nothing is taken; and where a row is wrong neither,
/// unless by row: the answer names the rows and their fields. A dry run takes nothing, and has no use for a key.
pub(crate) async fn import<E: Entry>(
    clerk: Clerk,
    State(desk): State<Desk<E>>,
    ValidQuery(options): ValidQuery<ImportOptions>,
    RawQuery(query): RawQuery,
    key: Option<IdempotencyKey>,
    Upload(body): Upload,
) -> Result<Response, Problem> {
    // A large table over a bad line takes longer than a withdrawal may.
    clerk.still_holds(&desk).await?;
    let status = if options.dry_run { StatusCode::OK } else { StatusCode::CREATED };
    let Some(key) = key.filter(|_| !options.dry_run) else {
        return Ok((status, Json(import_table(&desk, &options, body).await?)).into_response());
    };
    let digest = digest_of(query.as_deref().unwrap_or_default(), &body);
    let request = NamedRequest::new(E::DESK.import, KeyOwner::Staff(clerk.id()), key, digest);
    // Each row is known by itself: a repeat of what broke off before its answer was put down takes none twice.
    let import = async || {
        let imported = import_table(&desk, &options, body).await?;
        serde_json::value::to_raw_value(&imported).map_err(|_| Problem::from(problems::INTERNAL))
    };
    let answer = desk.answers().answer_once(&request, import, async |_: Box<RawValue>| Ok(())).await?;
    Ok((status, [(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

/// What tells a table, and how it is to be imported, from another.
fn digest_of(query: &str, table: &[u8]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for part in [query.as_bytes(), table] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().to_vec()
}

/// Imports a table, or says what would become of it.
async fn import_table<E: Entry>(
    desk: &Desk<E>,
    options: &ImportOptions,
    body: Bytes,
) -> Result<Imported, Problem> {
    let place = desk.tables().acquire_owned().await.map_err(|_| Problem::from(problems::UNAVAILABLE))?;
    let checks = desk.checks().await;
    let chosen = options.columns.clone().map(|names| Mapping::chosen::<E>(names.0)).transpose();
    let chosen = chosen.map_err(Problem::invalid)?;
    let names = chosen.as_ref().map(|mapping| Arc::new(mapping.names.clone()));
    // The place goes along: a request that is given up does not end what computes.
    let (judges, rows, against) = (desk.clone(), Rows::of::<E>(body.clone(), names.clone()), checks.clone());
    let earlier = if options.dry_run { Lookup::Must } else { Lookup::May };
    let judged = tokio::spawn(async move {
        let judged = judge_rows(&judges, rows, &against, earlier, |_| {}).await;
        (judged, place)
    });
    let (judged, _place) = judged.await.map_err(|_| Problem::from(problems::INTERNAL))?;
    let mut judged = judged?;
    let mapping = match chosen {
        Some(mapping) if mapping.names.len() != judged.header.len() => {
            return Err(Problem::invalid(vec![FieldError::new("columns", "length")]));
        }
        Some(mapping) => mapping,
        None => Mapping::guessed::<E>(&judged.header),
    };
    let chosen = Chosen { only: options.rows.clone(), except: options.except.clone() };
    if judged.with(None).all(|verdict| verdict.fate.kind() == FateKind::Blank || !chosen.has(verdict.row)) {
        return Err(Problem::invalid(vec![FieldError::new("rows", "unknown")]));
    }
    let doubled = mapping.doubled();
    if options.dry_run {
        judged.refuse(doubled);
        let wrong = wrong_rows(&judged, &chosen);
        let shown = judged.with(options.fate).filter(|verdict| chosen.has(verdict.row)).skip(options.offset);
        let shown = shown.take(options.limit.unwrap_or(usize::MAX));
        return Ok(Imported::dry(&judged, &mapping, wrong, shown));
    }
    let wrong = wrong_rows(&judged, &chosen);
    if !doubled.is_empty() {
        return Err(Problem::invalid(doubled));
    }
    if !wrong.is_empty() && !options.by_row {
        return Err(Problem::invalid(wrong.into_iter().map(by_row_number).collect()));
    }
    let mut taken: Vec<TakenRow> = Vec::new();
    take_rows(desk, Rows::of::<E>(body, names), &chosen, &checks, |_, rows| taken.extend(rows)).await?;
    Ok(Imported::of(&judged, &mapping, wrong, taken))
}

/// What whoever sent a table is told that cannot be read.
pub fn no_table(error: &TableError) -> Problem {
    let text = Text::composed(error.to_string(), error.chinese());
    Problem::from(problems::MALFORMED).with_detail(text)
}

/// What is wrong with the first of the chosen rows that are wrong.
fn wrong_rows(judged: &Judged, chosen: &Chosen) -> Vec<(usize, FieldError)> {
    let wrong = judged.with(Some(FateKind::Wrong)).filter(|verdict| chosen.has(verdict.row));
    let faults = |verdict| judged.faults(verdict).map(move |fault| (verdict.row, fault.clone()));
    wrong.flat_map(faults).take(LISTED).collect()
}

fn by_row_number((row, mut error): (usize, FieldError)) -> FieldError {
    error.field = format!("rows[{row}].{}", error.field);
    error
}

/// The fates of a table's rows cannot be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotJudged {
    /// It is no table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// What was registered before cannot be looked up.
    #[error("what was registered before cannot be looked up")]
    Before(#[from] QueueError),
}

impl From<NotJudged> for Problem {
    fn from(error: NotJudged) -> Self {
        match error {
            NotJudged::Table(error) => no_table(&error),
            NotJudged::Before(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "no dry run: what was registered before cannot be looked up"
                );
                problems::UNAVAILABLE.into()
            }
        }
    }
}

/// Whether what was registered before has to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Whoever asks wants to be told.
    Must,
    /// A desk that cannot look up what it did before goes on taking tips: these make nothing twice all the same.
    May,
}

/// Looks at every row, and for each that is right whether it was registered before; `done` hears how many were
/// looked at.
///
/// # Errors
/// See [`NotJudged`].
pub(crate) async fn judge_rows<E: Entry>(
    desk: &Desk<E>,
    mut rows: Rows,
    checks: &Checks,
    lookup: Lookup,
    done: impl Fn(usize),
) -> Result<Judged, NotJudged> {
    let mut judging = Judging::default();
    while let Some(together) = rows.next().await {
        if let Some(row) = together.first() {
            judging.header(row.header());
        }
        let looked_at: Vec<_> = together.iter().map(|row| LookedAt::<E>::of(row, checks)).collect();
        let right = looked_at.iter().filter_map(|row| Some(row.right.as_ref().ok()?.external.clone()));
        let right: Vec<_> = right.collect();
        let earlier = match desk.before().find(&right).await {
            Err(_) if lookup == Lookup::May => vec![None; right.len()],
            found => found?,
        };
        let mut earlier = earlier.into_iter();
        for (row, looked_at) in together.iter().zip(looked_at) {
            let earlier = if looked_at.right.is_ok() { earlier.next().flatten() } else { None };
            looked_at.judge(row, earlier, &mut judging);
        }
        done(together.len());
    }
    rows.end().await?;
    Ok(judging.end())
}

/// A row that was looked at.
struct LookedAt<E> {
    right: Result<GoodRow<E>, Vec<FieldError>>,
    /// Whom it is about, and how its facts begin.
    words: [Box<str>; 2],
}

impl<E: Entry> LookedAt<E> {
    fn of(row: &Row, checks: &Checks) -> Self {
        let mut errors = row.faults();
        let entry = E::from_row(row, &mut errors);
        errors.extend(wrong_fields(&entry, checks));
        let common = entry.common();
        let who = common.subject.name.as_deref().or(common.subject.org.as_deref()).unwrap_or_default();
        let words = [who, &common.text].map(|text| text.chars().take(EXCERPT).collect());
        let right = if errors.is_empty() { Ok(GoodRow::of(row, entry)) } else { Err(errors) };
        Self { right, words }
    }

    fn judge(self, row: &Row, earlier: Option<Earlier>, judging: &mut Judging) {
        judging.blank(row.blank_above());
        match self.right {
            Ok(good) => judging.right(row.number(), good.mark(), earlier, self.words),
            Err(errors) => judging.wrong(row.number(), errors, self.words),
        }
    }
}

/// A row that is right, on its way to a tip.
struct GoodRow<E> {
    row: usize,
    entry: E,
    external: ExternalId,
    number: Option<String>,
}

impl<E: Entry> GoodRow<E> {
    fn of(row: &Row, entry: E) -> Self {
        // The same row imported twice is one tip, and gets its first receipt and number again.
        let external = entry.common().external(E::DESK.source).unwrap_or_else(|| ExternalId {
            source: E::DESK.source.to_owned(),
            id: format!("row {}", fingerprint::<E>(row)),
            same_receipt: true,
        });
        Self { row: row.number(), entry, external, number: None }
    }

    /// The same for the same row.
    fn mark(&self) -> [u8; 32] {
        Sha256::digest(&self.external.id).into()
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

/// The same for rows of which the same would be taken.
fn fingerprint<E: Entry>(row: &Row) -> String {
    let mut hasher = Sha256::new();
    for (field, said) in row.canonical(all::<E>()) {
        for part in [field.as_bytes(), said.as_bytes()] {
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

/// Takes the chosen rows that are right, some hundred at a time; `done` hears how many were looked at, and what was
/// taken. After an error those before are taken; sent again, they make nothing twice.
///
/// # Errors
/// See [`NotAllTaken`].
pub(crate) async fn take_rows<E: Entry>(
    desk: &Desk<E>,
    mut rows: Rows,
    chosen: &Chosen,
    checks: &Checks,
    mut done: impl FnMut(usize, Vec<TakenRow>),
) -> Result<(), NotAllTaken> {
    while let Some(together) = rows.next().await {
        let chosen = together.iter().filter(|row| chosen.has(row.number()));
        let good = chosen.filter_map(|row| LookedAt::<E>::of(row, checks).right.ok()).collect();
        done(together.len(), take_some(desk, good).await?);
    }
    rows.end().await?;
    Ok(())
}

/// Takes these rows together. Those that were registered before are sent again all the same: the ledger keeps one
/// tip of each, and may have lost it since.
async fn take_some<E: Entry>(
    desk: &Desk<E>,
    mut good: Vec<GoodRow<E>>,
) -> Result<Vec<TakenRow>, NotAllTaken> {
    let ids: Vec<_> = good.iter().map(|row| row.external.clone()).collect();
    // A desk that cannot look up what it did before goes on taking tips.
    let earlier = desk.before().find(&ids).await.unwrap_or_else(|_| vec![None; ids.len()]);
    number_rows(desk, &mut good).await?;
    let shown: Vec<_> = good.iter().map(|row| (row.row, row.number.clone())).collect();
    let submissions = good.into_iter().map(GoodRow::into_submission).collect();
    let accepted = desk.door().take_all(submissions).await?;
    let numbers = shown.iter().map(|(_, number)| number.clone());
    desk.before().note(ids.into_iter().zip(numbers).collect()).await;
    let taken = shown.into_iter().zip(accepted).zip(earlier);
    let taken = taken.map(|(((row, register_no), accepted), earlier)| TakenRow {
        row,
        tip_id: accepted.tip,
        receipt: accepted.receipt.grouped(),
        register_no,
        registered_at: earlier.map(|earlier| earlier.at),
    });
    Ok(taken.collect())
}
