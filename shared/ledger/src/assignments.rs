//! Assignments: what a unit's officers pull, one officer at a time.

use async_trait::async_trait;
use dengwen_model::{Assignment, AssignmentId, CaseId, UnitCode, UserId};
use jiff::Timestamp;

use crate::LedgerError;

/// An assignment with the nearest limit that binds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentRecord {
    /// The assignment.
    pub assignment: Assignment,
    /// When its nearest limit passes; the order of pulling after priority.
    pub due_at: Option<Timestamp>,
}

/// The assignments (转办件).
#[async_trait]
pub trait Assignments {
    /// Stores a new assignment. `false` if it was there already.
    async fn insert_assignment(&mut self, record: &AssignmentRecord) -> Result<bool, LedgerError>;

    /// One assignment; locked against other writers until this unit of work ends, if it writes.
    async fn assignment(&mut self, id: AssignmentId) -> Result<Option<AssignmentRecord>, LedgerError>;

    /// Stores a changed assignment, as [`crate::Cases::update_case`] does.
    async fn update_assignment(&mut self, record: &AssignmentRecord) -> Result<(), LedgerError>;

    /// Gives `officer` a lease until `until` on up to `max` assignments of the unit that wait or whose
    /// lease lapsed before `now`: most urgent first, then the nearest limit, then the oldest. No two
    /// callers get the same one (PostgreSQL: `FOR UPDATE SKIP LOCKED`).
    async fn lease_assignments(
        &mut self,
        unit: &UnitCode,
        officer: UserId,
        max: u32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<AssignmentRecord>, LedgerError>;

    /// The assignments of a case, oldest first.
    async fn assignments_of_case(&mut self, case: CaseId) -> Result<Vec<AssignmentRecord>, LedgerError>;

    /// What an officer holds: running leases and accepted items.
    async fn assignments_held_by(
        &mut self,
        officer: UserId,
        now: Timestamp,
    ) -> Result<Vec<AssignmentRecord>, LedgerError>;
}
