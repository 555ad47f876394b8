//! Tables that clerks import from a browser: read, judged, taken row by row, in steps that somebody watches.
//!
//! A table is held in memory as it was sent, and not on disk; its rows are read again for each step. Where the process ends meanwhile, the clerk sends the table
//! again: what was taken before makes nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use dengwen_door::Checks;
use dengwen_model::UserId;
use jiff::{SignedDuration, Timestamp};

use crate::chosen::Chosen;
use crate::desk::Desk;
use crate::drafts::DraftId;
use crate::fates::Judged;
use crate::import::{judge_rows, take_rows};
use crate::rows::Rows;
use crate::table::{TableError, read_table};
use crate::{Entry, Row};

/// Tables at a desk at a time: each is held as it was sent, of up to 64 MiB.
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
    /// As it was sent; rows are read from it when they are needed.
    table: Bytes,
    names: Mutex<Arc<Vec<String>>>,
    done: AtomicUsize,
    /// Rows that the clerk ticked.
    ticked: Mutex<BTreeSet<usize>>,
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
    Judged(Arc<Judged>),
    /// Rows are taken.
    Taking,
    /// Taken.
    Taken(Arc<Receipts>),
    /// The disk was full or the process is about to end; sent again, the rows before make nothing twice.
    Failed,
}

/// What was taken of a table.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    /// Row and receipt.
    pub(crate) rows: Vec<(usize, String)>,
    /// How many of them were registered before.
    pub(crate) before: usize,
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

    /// Rows that the clerk ticked.
    pub(crate) fn ticked(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        lock(&self.ticked)
    }

    /// Looks at every row, with the columns counting as these names.
    pub(crate) fn judge<E: Entry>(self: &Arc<Self>, desk: Desk<E>, names: Vec<String>, checks: Checks) {
        self.judge_as(desk, Some(names), checks);
    }

    /// Looks at every row once more, as when they were taken.
    pub(crate) fn judge_again<E: Entry>(self: &Arc<Self>, desk: Desk<E>, checks: Checks) {
        self.judge_as(desk, None, checks);
    }

    fn judge_as<E: Entry>(self: &Arc<Self>, desk: Desk<E>, names: Option<Vec<String>>, checks: Checks) {
        let again = names.is_none();
        let may = |step: &Step| match step {
            Step::Columns | Step::Judged(_) => !again,
            Step::Taken(_) => again,
            Step::Judging | Step::Taking | Step::Failed => false,
        };
        if !self.advance(may, Step::Judging) {
            return;
        }
        if let Some(names) = names {
            *lock(&self.names) = Arc::new(names);
        }
        self.ticked().clear();
        let batch = self.clone();
        tokio::spawn(async move {
            let done = |rows| {
                batch.done.fetch_add(rows, Ordering::Relaxed);
            };
            let judged = judge_rows(&desk, batch.rows(), &checks, done).await;
            // It was read before, to be begun.
            let step = judged.map_or(Step::Failed, |judged| Step::Judged(Arc::new(judged)));
            *lock(&batch.step) = step;
        });
    }

    /// Takes the chosen rows; by row those of them that are right, else every one.
    pub(crate) fn take<E: Entry>(
        self: &Arc<Self>,
        desk: Desk<E>,
        chosen: Chosen,
        by_row: bool,
        checks: Checks,
    ) {
        let may = |step: &Step| matches!(step, Step::Judged(judged) if by_row || judged.counts.wrong == 0);
        if !self.advance(may, Step::Taking) {
            return;
        }
        let batch = self.clone();
        tokio::spawn(async move {
            let mut receipts = Receipts::default();
            let ended = take_rows(&desk, batch.rows(), &chosen, &checks, |looked_at, taken| {
                receipts.before += taken.iter().filter(|row| row.registered_at.is_some()).count();
                receipts.rows.extend(taken.into_iter().map(|row| (row.row, row.receipt)));
                batch.done.fetch_add(looked_at, Ordering::Relaxed);
            });
            let ended = ended.await.map_or(Step::Failed, |()| Step::Taken(Arc::new(receipts)));
            *lock(&batch.step) = ended;
        });
    }

    fn rows(&self) -> Rows {
        Rows::of(self.table.clone(), Some(lock(&self.names).clone()))
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Rows are tips.
        f.debug_struct("Batch").field("id", &self.id).field("total", &self.total).finish_non_exhaustive()
    }
}

/// What a table shows of itself before its columns are named.
#[derive(Debug)]
pub(crate) struct Glance {
    header: Vec<String>,
    samples: Vec<String>,
    rows: usize,
}

impl Glance {
    /// Reads a table once.
    ///
    /// # Errors
    /// Where it is none.
    pub(crate) fn at(table: &[u8]) -> Result<Self, TableError> {
        let (mut header, mut samples) = (Vec::new(), Vec::new());
        let rows = read_table(table, &mut |row: Row| {
            if header.is_empty() {
                header = row.header().to_vec();
                samples = vec![String::new(); header.len()];
            }
            for (column, sample) in samples.iter_mut().enumerate().filter(|(_, sample)| sample.is_empty()) {
                *sample = row.cell(column).to_owned();
            }
        })?;
        Ok(Self { header, samples, rows })
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }
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

    /// Begins with this table; `None` where too many tables are under way.
    pub(crate) fn begin(
        &self,
        id: DraftId,
        clerk: UserId,
        now: Timestamp,
        table: Bytes,
        seen: Glance,
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
        let batch = Arc::new(Batch {
            id,
            clerk,
            touched: Mutex::new(now),
            names: Mutex::new(Arc::new(seen.header.clone())),
            header: seen.header,
            samples: seen.samples,
            total: seen.rows,
            table,
            done: AtomicUsize::new(0),
            ticked: Mutex::default(),
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

    /// The tables of this clerk's that are not ended.
    pub(crate) fn begun_by(&self, clerk: UserId) -> Vec<Arc<Batch>> {
        let under_way = lock(&self.under_way);
        let begun = under_way
            .iter()
            .filter(|batch| batch.clerk == clerk && !matches!(batch.step(), Step::Taken(_) | Step::Failed));
        begun.cloned().collect()
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
