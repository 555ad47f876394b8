//! The promises that `dengwen verify` checks by queries.

use async_trait::async_trait;
use dengwen_model::{CaseId, Deadline, DeadlineId, UserId};
use jiff::Timestamp;

use crate::{LadderStep, LedgerError, Session};

/// A promise that does not hold, and for which object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenPromise {
    /// Which promise, as `tip-without-case`.
    pub promise: &'static str,
    /// The object's id or number, and of a row that is at odds with itself the column.
    pub object: String,
}

/// The sealed file of a case as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFile {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: String,
    /// The file.
    pub file: Vec<u8>,
}

/// A running limit as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningLimit {
    /// Its id.
    pub id: DeadlineId,
    /// The limit; none where its body cannot be read.
    pub limit: Option<Deadline>,
    /// When the clock looks at it next.
    pub next_look: Option<Timestamp>,
}

/// A token that was withdrawn, or the tokens of a session that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withdrawal {
    /// The token or the session.
    pub token: UserId,
    /// Until when it would have held; none where that was not kept yet.
    pub expires_at: Option<Timestamp>,
}

/// Checks over the whole ledger.
#[async_trait]
pub trait Verify {
    /// What is broken, at most `max` findings: every tip has a case that exists; a case's count of tips is
    /// right; every case that is not final and not just opened (older than `grace_before`) has an
    /// assignment or is final; no number given twice; every running deadline whose step is due before
    /// `grace_before` has it recorded; no unit has an assignment that is not over of a case that another unit has; every non-final case has a running deadline; every link entry
    /// points to its tip's case, every tip of a case has one, and each is found by its keys; there are units where
    /// there are cases; every step of the ladder is of a limit of its case, not taken before it was due, and comes
    /// after those below it; no outbox message older than `grace_before`; the audit log has as many entries
    /// as were ever appended; the columns of cases, assignments and deadlines say what their bodies say.
    async fn broken_promises(
        &mut self,
        grace_before: Timestamp,
        max: u32,
    ) -> Result<Vec<BrokenPromise>, LedgerError>;

    /// The sealed files of up to `max` cases after this one, in the order of their ids. Nothing else of a case is
    /// read, so that one that cannot be read does not hide the others.
    async fn case_files(&mut self, after: Option<CaseId>, max: u32) -> Result<Vec<SealedFile>, LedgerError>;

    /// Up to `max` running limits after this one, in the order of their ids. One that cannot be read does not hide the
    /// others.
    async fn running_limits(
        &mut self,
        after: Option<DeadlineId>,
        max: u32,
    ) -> Result<Vec<RunningLimit>, LedgerError>;

    /// Up to `max` recorded steps of the ladder after this one, in the order of limits, runs and levels.
    async fn recorded_steps(
        &mut self,
        after: Option<&LadderStep>,
        max: u32,
    ) -> Result<Vec<LadderStep>, LedgerError>;

    /// All console sessions that were not forgotten yet.
    async fn all_sessions(&mut self) -> Result<Vec<Session>, LedgerError>;

    /// All withdrawn tokens that were not forgotten yet.
    async fn withdrawals(&mut self) -> Result<Vec<Withdrawal>, LedgerError>;
}
