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
use crate::columns::Mapping;
use crate::desk::Desk;
use crate::desk::MAX_TABLE;
use crate::drafts::DraftId;
use crate::fates::Judged;
use crate::import::{Lookup, judge_rows, take_rows};
use crate::rows::Rows;
use crate::table::{Sheet, TableError, read_table};
use crate::{Entry, Row};

/// What the tables of a desk may hold together: of the largest two, of usual ones a hundred.
const MOST: Weight = Weight { bytes: 2 * MAX_TABLE, rows: 2 * Sheet::MAX_ROWS };
/// So long one that nobody goes on with is held.
const HELD: SignedDuration = SignedDuration::from_mins(30);
/// So long one that somebody looks at gives way to nobody's.
const LOOKED_AT: SignedDuration = SignedDuration::from_mins(3);
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
    /// What its columns count as.
    mapping: Mutex<Arc<Mapping>>,
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

    /// Nobody works on it now.
    fn rests(&self) -> bool {
        !matches!(self.step(), Step::Judging | Step::Taking)
    }

    fn weight(&self) -> Weight {
        Weight { bytes: self.table.len(), rows: self.total }
    }

    /// What its columns count as.
    pub(crate) fn mapping(&self) -> Arc<Mapping> {
        lock(&self.mapping).clone()
    }

    /// Looks at every row, with the columns counting as this says.
    pub(crate) fn judge<E: Entry>(self: &Arc<Self>, desk: Desk<E>, mapping: Mapping, checks: Checks) {
        self.judge_as(desk, Some(mapping), checks);
    }

    /// Looks at every row once more, as when they were taken.
    pub(crate) fn judge_again<E: Entry>(self: &Arc<Self>, desk: Desk<E>, checks: Checks) {
        self.judge_as(desk, None, checks);
    }

    fn judge_as<E: Entry>(self: &Arc<Self>, desk: Desk<E>, mapping: Option<Mapping>, checks: Checks) {
        let again = mapping.is_none();
        let may = |step: &Step| match step {
            Step::Columns | Step::Judged(_) => !again,
            Step::Taken(_) => again,
            Step::Judging | Step::Taking | Step::Failed => false,
        };
        if !self.advance(may, Step::Judging) {
            return;
        }
        if let Some(mapping) = mapping {
            *lock(&self.mapping) = Arc::new(mapping);
        }
        self.ticked().clear();
        let batch = self.clone();
        tokio::spawn(async move {
            let done = |rows| {
                batch.done.fetch_add(rows, Ordering::Relaxed);
            };
            let judged = judge_rows(&desk, batch.rows::<E>(), &checks, Lookup::Must, done).await;
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
            let ended = take_rows(&desk, batch.rows::<E>(), &chosen, &checks, |looked_at, taken| {
                receipts.before += taken.iter().filter(|row| row.registered_at.is_some()).count();
                receipts.rows.extend(taken.into_iter().map(|row| (row.row, row.receipt)));
                batch.done.fetch_add(looked_at, Ordering::Relaxed);
            });
            let ended = ended.await.map_or(Step::Failed, |()| Step::Taken(Arc::new(receipts)));
            *lock(&batch.step) = ended;
        });
    }

    fn rows<E: Entry>(&self) -> Rows {
        Rows::of::<E>(self.table.clone(), Some(Arc::new(self.mapping().names.clone())))
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

/// What tables cost while they are held.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    bytes: usize,
    rows: usize,
}

impl Weight {
    fn and(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, rows: self.rows + other.rows }
    }

    fn is_within(self, most: Self) -> bool {
        self.bytes <= most.bytes && self.rows <= most.rows
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
pub(crate) type Kept = BTreeMap<String, String>;

impl Batches {
    pub(crate) fn new(mappings: PathBuf) -> Self {
        Self { under_way: Mutex::default(), mappings }
    }

    /// Begins with this table, in place of what this clerk sent before; `None` where there is no room for it. A table
    /// that somebody forgot keeps nobody waiting: those that were not looked at for the longest time give way.
    pub(crate) fn begin<E: Entry>(
        &self,
        id: DraftId,
        clerk: UserId,
        now: Timestamp,
        table: Bytes,
        seen: Glance,
    ) -> Option<Arc<Batch>> {
        let batch = Arc::new(Batch {
            id,
            clerk,
            touched: Mutex::new(now),
            mapping: Mutex::new(Arc::new(Mapping::guessed::<E>(&seen.header))),
            header: seen.header,
            samples: seen.samples,
            total: seen.rows,
            table,
            done: AtomicUsize::new(0),
            ticked: Mutex::default(),
            step: Mutex::new(Step::Columns),
        });
        let mut under_way = lock(&self.under_way);
        let unseen_for = |batch: &Batch| now.duration_since(*lock(&batch.touched));
        under_way.retain(|there| !there.rests() || there.clerk != clerk && unseen_for(there) <= HELD);
        under_way.sort_by_key(|there| *lock(&there.touched));
        let fits = |there: &[Arc<Batch>]| {
            there.iter().map(|one| one.weight()).fold(batch.weight(), Weight::and).is_within(MOST)
        };
        while !fits(&under_way) {
            let gives_way = |there: &Arc<Batch>| there.rests() && unseen_for(there) > LOOKED_AT;
            let forgotten = under_way.iter().position(gives_way)?;
            under_way.remove(forgotten);
        }
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
        lock(&self.under_way).retain(|batch| batch.id != *id || batch.clerk != clerk || !batch.rests());
    }

    /// The mappings that were kept, by name.
    pub(crate) async fn mappings(&self) -> BTreeMap<String, Kept> {
        let kept = tokio::fs::read(&self.mappings).await.ok();
        kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Keeps a mapping under a name.
    pub(crate) async fn keep(&self, name: String, mapping: Kept) -> std::io::Result<()> {
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
