//! Cases: one row a matter, changed only from the version that was read.

use async_trait::async_trait;
use dengwen_model::{Case, CaseId, CategoryCode, Priority, UnitCode};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::LedgerError;

/// A case and what is sealed beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRecord {
    /// The case.
    pub case: Case,
    /// Summary, subjects and the course of the work (objections, reports, decisions), sealed to the desk.
    pub file: Vec<u8>,
}

/// Which cases to list.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// By the name of the stage.
    pub stage: Option<&'static str>,
    /// By the department that took it in.
    pub received_by: Option<UnitCode>,
    /// By the unit that has it now.
    pub handled_by: Option<UnitCode>,
    /// Only what one of these units took in, has, or was given at some time; all where there are none.
    pub within: Vec<UnitCode>,
    /// By the number, or its end: ASCII letters in upper or lower case, digits and hyphens.
    pub number_end: Option<String>,
    /// By the leaf of the taxonomy.
    pub category: Option<CategoryCode>,
    /// By the urgency.
    pub priority: Option<Priority>,
    /// Only those with a running limit that has passed.
    pub overdue: Option<OverdueOn>,
    /// Only those with tips that came after the conclusion.
    pub late: bool,
    /// Opened before this instant (for paging: newest first).
    pub before: Option<Timestamp>,
    /// With `before`: the last case of the page before, so that of several cases opened in the same
    /// instant none is left out.
    pub before_case: Option<CaseId>,
    /// At most this many; 1 to 500.
    pub limit: u32,
}

/// Which running limits count as passed.
#[derive(Debug, Clone, Copy)]
pub struct OverdueOn {
    /// Those whose last day is before this one, whatever the clock has recorded yet.
    pub today: Date,
    /// But for those of these rules.
    pub except: &'static [&'static str],
}

/// The cases (办理件).
#[async_trait]
pub trait Cases {
    /// The next case number of a department in a year, as `990000-2026-000123`. Never given twice.
    async fn next_case_number(&mut self, department: &UnitCode, year: i16) -> Result<String, LedgerError>;

    /// The next `count` case numbers, in order.
    async fn next_case_numbers(
        &mut self,
        department: &UnitCode,
        year: i16,
        count: u32,
    ) -> Result<Vec<String>, LedgerError>;

    /// Opens a case.
    async fn insert_case(&mut self, record: &CaseRecord) -> Result<(), LedgerError>;

    /// Opens many cases at once.
    async fn insert_cases(&mut self, records: &[CaseRecord]) -> Result<(), LedgerError>;

    /// One case; locked against other writers until this unit of work ends, if it writes.
    async fn case(&mut self, id: CaseId) -> Result<Option<CaseRecord>, LedgerError>;

    /// Those of these cases that exist, in the order of their ids; locked as [`Cases::case`] does.
    async fn cases_by_id(&mut self, ids: &[CaseId]) -> Result<Vec<CaseRecord>, LedgerError>;

    /// Those of these cases that exist, in the order of their ids, as they are now: not locked, to read only.
    async fn cases_as_they_are(&mut self, ids: &[CaseId]) -> Result<Vec<CaseRecord>, LedgerError>;

    /// The numbers of those of these cases that exist. Not locked: they never change.
    async fn case_numbers(&mut self, ids: &[CaseId]) -> Result<Vec<(CaseId, String)>, LedgerError>;

    /// Stores a changed case. `record.case.version` is the version that was read; it is counted up.
    /// [`LedgerError::Conflict`] if somebody else was faster.
    async fn update_case(&mut self, record: &CaseRecord) -> Result<(), LedgerError>;

    /// Stores many changed cases (each once) as [`Cases::update_case`] does each.
    async fn update_cases(&mut self, records: &[CaseRecord]) -> Result<(), LedgerError>;

    /// Lists cases, newest first.
    async fn cases(&mut self, filter: &CaseFilter) -> Result<Vec<CaseRecord>, LedgerError>;

    /// Cases that nobody can get hold of and that have not changed since `changed_before`, the longest first:
    /// opened ones, and handed over ones of which no unit has a running assignment. The messages about them
    /// were lost.
    async fn cases_left_behind(
        &mut self,
        changed_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<CaseId>, LedgerError>;

    /// Cases by stage name.
    async fn count_cases(&mut self) -> Result<Vec<(String, u64)>, LedgerError>;
}
