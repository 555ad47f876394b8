//! Tips that joined a case after it was concluded: somebody has to see whether they bring anything new.

use dengwen_ledger::TipRecord;
use dengwen_model::{Case, CaseFile, CaseStage};
use jiff::Timestamp;

use crate::guards::concluded_at;

/// Whether a tip that was registered then came after the conclusion.
pub(crate) fn is_late(file: &CaseFile, registered_at: Timestamp) -> bool {
    concluded_at(file).is_some_and(|concluded| registered_at > concluded)
}

/// Whether a case stands where late tips wait for somebody: concluded, and not closed yet. A tip on a closed
/// matter opens a case of its own, and one on a reopened case is work like any other.
pub(crate) fn may_wait(case: &Case) -> bool {
    matches!(case.stage, CaseStage::Concluded { .. } | CaseStage::FedBack { .. })
}

/// How many of a case's tips are late.
pub(crate) fn count(file: &CaseFile, tips: &[TipRecord]) -> usize {
    tips.iter().filter(|record| is_late(file, record.tip.registered_at)).count()
}
