//! Tables that clerks import from a browser: read, judged, taken row by row, in steps that somebody watches.
//!
//! They are held in memory and not on disk. Where the process ends meanwhile, the clerk sends the table
//! again: what was taken before makes nothing twice.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dengwen_door::Checks;
use dengwen_http::FieldError;
use dengwen_model::UserId;
use jiff::{SignedDuration, Timestamp};

use crate::desk::Desk;
use crate::drafts::DraftId;
use crate::import::{LISTED, TOGETHER, submission};
use crate::{Entry, Row};

/// Tables at a desk at a time: each may hold 128 MiB of text.
const MOST: usize = 2;
/// So long one that nobody goes on with is held.
const HELD: SignedDuration = SignedDuration::from_mins(30);
/// Mappings that are kept by name.
const MOST_MAPPINGS: usize = 50;

/// A table under way.
pub(crate) struct Batch {
    pub(crate) id: DraftId,
    clerk: UserId,
    touched: Mutex<Timestamp>,
    pub(crate) header: Vec<String>,
    /// The first cell of each column.
    pub(crate) samples: Vec<String>,
    pub(crate) total: usize,
    rows: Mutex<Vec<Row>>,
    done: AtomicUsize,
    step: Mutex<Step>,
}

/// How far it is.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// The clerk says which column is which.
    Columns,
    /// Rows are looked at.
    Judging,
    /// Every row's fate is known.
    Judged(Arc<Fates>),
    /// Rows are taken.
    Taking,
    /// Taken: row and receipt.
    Taken(Arc<Vec<(usize, String)>>),
    /// The disk was full or the process is about to end; sent again, the rows before make nothing twice.
    Failed,
}

/// The rows' fates.
#[derive(Debug)]
pub(crate) struct Fates {
    /// Rows that would be registered.
    pub(crate) good: usize,
    /// Rows that are wrong.
    pub(crate) bad: usize,
    /// What is wrong with the first of them.
    pub(crate) wrong: Vec<(usize, FieldError)>,
}

impl Batch {
    pub(crate) fn step(&self) -> Step {
        lock(&self.step).clone()
    }

    /// Rows looked at or taken in this step.
    pub(crate) fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Goes on to `next` where it stands at a step of which `from` says yes: two clicks begin one work.
    fn advance(&self, from: impl Fn(&Step) -> bool, next: Step) -> bool {
        let mut step = lock(&self.step);
        let goes = from(&step);
        if goes {
            *step = next;
            self.done.store(0, Ordering::Relaxed);
        }
        goes
    }

    /// Looks at every row, with the columns counting as these names.
    pub(crate) fn judge<E: Entry>(self: &Arc<Self>, names: Vec<String>, checks: Checks) {
        let may = |step: &Step| matches!(step, Step::Columns | Step::Judged(_));
        if !self.advance(may, Step::Judging) {
            return;
        }
        let batch = self.clone();
        tokio::task::spawn_blocking(move || {
            let names = Arc::new(names);
            let mut fates = Fates { good: 0, bad: 0, wrong: Vec::new() };
            for row in lock(&batch.rows).iter_mut() {
                row.call_columns(&names);
                match submission::<E>(row, &checks) {
                    Ok(_) => fates.good += 1,
                    Err(errors) => {
                        fates.bad += 1;
                        let room = LISTED.saturating_sub(fates.wrong.len());
                        fates.wrong.extend(errors.into_iter().take(room).map(|error| (row.number(), error)));
                    }
                }
                batch.done.fetch_add(1, Ordering::Relaxed);
            }
            *lock(&batch.step) = Step::Judged(Arc::new(fates));
        });
    }

    /// Takes every row, or by row those that are right.
    pub(crate) fn take<E: Entry>(self: &Arc<Self>, desk: Desk<E>, by_row: bool, checks: Checks) {
        let may = |step: &Step| matches!(step, Step::Judged(fates) if by_row || fates.bad == 0);
        if !self.advance(may, Step::Taking) {
            return;
        }
        let batch = self.clone();
        tokio::spawn(async move {
            let rows = std::mem::take(&mut *lock(&batch.rows));
            let ended = match take_rows(&desk, &batch, rows, &checks).await {
                Ok(taken) => Step::Taken(Arc::new(taken)),
                Err(_) => Step::Failed,
            };
            *lock(&batch.step) = ended;
        });
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Rows are tips.
        f.debug_struct("Batch").field("id", &self.id).field("total", &self.total).finish_non_exhaustive()
    }
}

/// A few hundred at a time are sealed; the others wait as they were read.
async fn take_rows<E: Entry>(
    desk: &Desk<E>,
    batch: &Batch,
    rows: Vec<Row>,
    checks: &Checks,
) -> Result<Vec<(usize, String)>, dengwen_door::TakeError> {
    let mut taken = Vec::with_capacity(rows.len());
    for together in rows.chunks(TOGETHER) {
        let good = together.iter().filter_map(|row| Some((row.number(), submission::<E>(row, checks).ok()?)));
        let (numbers, submissions): (Vec<_>, Vec<_>) = good.unzip();
        let accepted = desk.door().take_all(submissions).await?;
        let receipts = accepted.into_iter().map(|accepted| accepted.receipt.grouped());
        taken.extend(numbers.into_iter().zip(receipts));
        batch.done.fetch_add(together.len(), Ordering::Relaxed);
    }
    Ok(taken)
}

/// The tables of a desk, and the mappings that were kept by name.
#[derive(Debug)]
pub(crate) struct Batches {
    under_way: Mutex<Vec<Arc<Batch>>>,
    /// Headers and what they count as: no word of a tip.
    mappings: PathBuf,
}

/// By header, what the column counts as.
pub(crate) type Mapping = BTreeMap<String, String>;

impl Batches {
    pub(crate) fn new(mappings: PathBuf) -> Self {
        Self { under_way: Mutex::default(), mappings }
    }

    /// Begins with these rows; `None` where too many tables are under way.
    pub(crate) fn begin(
        &self,
        id: DraftId,
        clerk: UserId,
        now: Timestamp,
        rows: Vec<Row>,
    ) -> Option<Arc<Batch>> {
        let mut under_way = lock(&self.under_way);
        under_way.retain(|batch| {
            let ended = matches!(batch.step(), Step::Taken(_) | Step::Failed);
            let idle = now.duration_since(*lock(&batch.touched)) > HELD;
            let works = matches!(batch.step(), Step::Judging | Step::Taking);
            works || !(idle || ended && batch.clerk == clerk)
        });
        if under_way.len() >= MOST {
            return None;
        }
        let header = rows.first().map(|row| row.header().to_vec()).unwrap_or_default();
        let sample = |column| rows.iter().map(|row| row.cell(column)).find(|cell| !cell.is_empty());
        let batch = Arc::new(Batch {
            samples: (0..header.len()).map(|column| sample(column).unwrap_or_default().to_owned()).collect(),
            id,
            clerk,
            touched: Mutex::new(now),
            header,
            total: rows.len(),
            rows: Mutex::new(rows),
            done: AtomicUsize::new(0),
            step: Mutex::new(Step::Columns),
        });
        under_way.push(batch.clone());
        Some(batch)
    }

    /// A table of this clerk's.
    pub(crate) fn of(&self, clerk: UserId, id: &DraftId, now: Timestamp) -> Option<Arc<Batch>> {
        let under_way = lock(&self.under_way);
        let batch = under_way.iter().find(|batch| batch.id == *id && batch.clerk == clerk)?;
        *lock(&batch.touched) = now;
        Some(batch.clone())
    }

    /// Gives a table up.
    pub(crate) fn drop_of(&self, clerk: UserId, id: &DraftId) {
        let works = |batch: &Batch| matches!(batch.step(), Step::Judging | Step::Taking);
        lock(&self.under_way).retain(|batch| batch.id != *id || batch.clerk != clerk || works(batch));
    }

    /// The mappings that were kept, by name.
    pub(crate) async fn mappings(&self) -> BTreeMap<String, Mapping> {
        let kept = tokio::fs::read(&self.mappings).await.ok();
        kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Keeps a mapping under a name.
    pub(crate) async fn keep(&self, name: String, mapping: Mapping) -> std::io::Result<()> {
        let mut kept = self.mappings().await;
        if kept.len() >= MOST_MAPPINGS && !kept.contains_key(&name) {
            return Err(std::io::ErrorKind::QuotaExceeded.into());
        }
        kept.insert(name, mapping);
        let part = self.mappings.with_extension("part");
        tokio::fs::write(&part, serde_json::to_vec(&kept)?).await?;
        tokio::fs::rename(&part, &self.mappings).await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
