//! Cases at which dispatch has to look again.

use async_trait::async_trait;
use dengwen_model::{CaseId, UnitCode};
use jiff::Timestamp;

use crate::LedgerError;

/// The looks (复核) that are asked for: who has a case may be wrong by now. A message asks dispatch for it at once;
/// what is kept here is looked at by the clock where no message came.
#[async_trait]
pub trait Looks {
    /// Asks for a look at each of these cases, by `due` at the latest; one that was asked for earlier stands.
    async fn ask_looks(&mut self, cases: &[CaseId], due: Timestamp) -> Result<(), LedgerError>;

    /// Up to `limit` cases that had to be looked at by `now`, the longest first.
    async fn looks_due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<CaseId>, LedgerError>;

    /// These cases were looked at. Lock them before they are read for it, or a look that is asked for meanwhile is
    /// forgotten with the one that was made.
    async fn looked_at(&mut self, cases: &[CaseId]) -> Result<(), LedgerError>;

    /// The cases that any of these units has now, in the order of their ids. Not locked.
    async fn cases_held_by(&mut self, units: &[UnitCode]) -> Result<Vec<CaseId>, LedgerError>;
}
