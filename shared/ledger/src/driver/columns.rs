//! Whole records as the columns they are stored in: the body as JSON, beside it what queries ask for.

use dengwen_model::{AssignmentState, Deadline, UserId};
use jiff::Timestamp;

use super::value::{NEVER, json_text, micros};
use crate::{AssignmentRecord, CaseRecord, LedgerError, LinkEntry};

/// A row of `cases`.
#[derive(Debug)]
pub struct CaseColumns<'a> {
    /// The record; its plain fields are bound as they are.
    pub record: &'a CaseRecord,
    /// The unit that has it now.
    pub handled_by: Option<&'a str>,
    /// The case as JSON.
    pub body: String,
}

impl<'a> CaseColumns<'a> {
    /// The columns of a new case.
    pub fn new(record: &'a CaseRecord) -> Result<Self, LedgerError> {
        let body = json_text(&record.case, "cases", "body")?;
        Ok(Self { record, handled_by: handled_by(record), body })
    }

    /// The columns of a changed case; its body already has the next version.
    pub fn changed(record: &'a CaseRecord) -> Result<Self, LedgerError> {
        let mut case = record.case.clone();
        case.version += 1;
        let body = json_text(&case, "cases", "body")?;
        Ok(Self { record, handled_by: handled_by(record), body })
    }
}

fn handled_by(record: &CaseRecord) -> Option<&str> {
    record.case.stage.held_by().map(|(unit, _)| unit.as_str())
}

/// A row of `assignments`.
#[derive(Debug)]
pub struct AssignmentColumns {
    /// When the nearest limit passes; [`NEVER`] without one.
    pub due_at: i64,
    /// Who leased or accepted it.
    pub officer: Option<UserId>,
    /// Until when a lease runs.
    pub lease_until: Option<i64>,
    /// The assignment as JSON.
    pub body: String,
}

impl AssignmentColumns {
    /// The columns of an assignment, its body with `version`.
    pub fn new(record: &AssignmentRecord, version: i64) -> Result<Self, LedgerError> {
        let (officer, lease_until) = holder(&record.assignment.state);
        let mut assignment = record.assignment.clone();
        assignment.version = version;
        Ok(Self {
            due_at: record.due_at.map_or(NEVER, micros),
            officer,
            lease_until,
            body: json_text(&assignment, "assignments", "body")?,
        })
    }
}

/// Who leased or accepted an assignment, and until when a lease runs.
pub fn holder(state: &AssignmentState) -> (Option<UserId>, Option<i64>) {
    match state {
        AssignmentState::Leased(lease) => (Some(lease.officer), Some(micros(lease.until))),
        AssignmentState::Accepted { officer, .. } => (Some(*officer), None),
        AssignmentState::Waiting | AssignmentState::Done => (None, None),
    }
}

/// A row of `deadlines`.
#[derive(Debug)]
pub struct DeadlineColumns<'a> {
    /// The deadline; its plain fields are bound as they are.
    pub deadline: &'a Deadline,
    /// When the clock has to look at it; never, once it does not run.
    pub next_step_at: Option<i64>,
    /// The deadline as JSON.
    pub body: String,
}

impl<'a> DeadlineColumns<'a> {
    /// The columns of a deadline.
    pub fn new(deadline: &'a Deadline, next_step_at: Option<Timestamp>) -> Result<Self, LedgerError> {
        Ok(Self {
            deadline,
            next_step_at: next_step_at.filter(|_| deadline.state.is_running()).map(micros),
            body: json_text(deadline, "deadlines", "body")?,
        })
    }
}

/// What `links` keeps of an entry: its keys side by side, so that the index is rebuilt by one scan.
#[derive(Debug)]
pub struct LinkColumns;

impl LinkColumns {
    /// The keys as bytes, eight each.
    pub fn pack(entry: &LinkEntry) -> Vec<u8> {
        entry.keys.iter().flat_map(|key| key.to_le_bytes()).collect()
    }

    /// The keys of such bytes.
    pub fn unpack(packed: &[u8]) -> Result<Vec<i64>, LedgerError> {
        let (keys, rest) = packed.as_chunks::<8>();
        if rest.is_empty() {
            Ok(keys.iter().map(|key| i64::from_le_bytes(*key)).collect())
        } else {
            Err(LedgerError::Inconsistent { table: "links", column: "keys" })
        }
    }

    /// The keys of an entry, each once.
    pub fn distinct(entry: &LinkEntry) -> Vec<i64> {
        let mut keys = entry.keys.clone();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}
