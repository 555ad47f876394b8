//! Deadlines and the clock's recorded steps. Deadlines never live in the broker.

use async_trait::async_trait;
use dengwen_model::{CaseId, Deadline, DeadlineId};
use jiff::Timestamp;

use crate::LedgerError;

/// One recorded step of the overdue ladder (催办、督办函、上提一级、约谈), taken exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderStep {
    /// The limit that passed.
    pub deadline: DeadlineId,
    /// Its case.
    pub case: CaseId,
    /// The run of the limit: how often it had been extended. After an extension the ladder begins anew.
    pub extension: u16,
    /// 0 for a warning before the limit, then 1 to 4.
    pub level: u8,
    /// Which warning of the run it is, from 0; always 0 on the ladder.
    pub nth: u8,
    /// When it was due to be taken.
    pub due_at: Timestamp,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// What is to be done and who is told, from the rules.
    pub action: String,
}

/// The deadlines (时限).
#[async_trait]
pub trait Deadlines {
    /// Stores a new deadline; `next_step_at` is when the clock has to look at it first.
    /// `false` if it was there already.
    async fn insert_deadline(
        &mut self,
        deadline: &Deadline,
        next_step_at: Option<Timestamp>,
    ) -> Result<bool, LedgerError>;

    /// Stores many new deadlines at once, each with its `next_step_at`. How many of them were new.
    async fn insert_deadlines(
        &mut self,
        deadlines: &[(Deadline, Option<Timestamp>)],
    ) -> Result<u64, LedgerError>;

    /// Stores a changed deadline and when the clock has to look at it next (`None`: never again).
    async fn update_deadline(
        &mut self,
        deadline: &Deadline,
        next_step_at: Option<Timestamp>,
    ) -> Result<(), LedgerError>;

    /// The deadlines of a case, oldest first; locked against other writers until this unit of work ends,
    /// if it writes.
    async fn deadlines_of_case(&mut self, case: CaseId) -> Result<Vec<Deadline>, LedgerError>;

    /// Up to `max` running deadlines of all cases, in the order of their ids, after `after`: for whoever
    /// oversees them all.
    async fn running_deadlines(
        &mut self,
        after: Option<DeadlineId>,
        max: u32,
    ) -> Result<Vec<Deadline>, LedgerError>;

    /// Up to `max` running deadlines whose last day is provisional (PR-6), in the order of their ids, after `after`.
    async fn provisional_deadlines(
        &mut self,
        after: Option<DeadlineId>,
        max: u32,
    ) -> Result<Vec<Deadline>, LedgerError>;

    /// Up to `max` running deadlines that the clock has to look at, the most overdue first, locked for
    /// this unit of work; those that another replica holds are left out (`SKIP LOCKED`).
    async fn deadlines_to_step(&mut self, now: Timestamp, max: u32) -> Result<Vec<Deadline>, LedgerError>;

    /// Records a step. `false` if this step of this run of the deadline was recorded before.
    async fn record_step(&mut self, step: &LadderStep) -> Result<bool, LedgerError>;

    /// The steps recorded for a case, oldest first.
    async fn steps_of_case(&mut self, case: CaseId) -> Result<Vec<LadderStep>, LedgerError>;
}
