//! Tips that joined a case after it was concluded: somebody has to see whether they bring anything new.

use dengwen_model::{Case, CaseFile, CaseStage};
use jiff::Timestamp;

use crate::guards::concluded_at;

/// Whether a tip that was registered then came after the conclusion.
pub(crate) fn is_late(file: &CaseFile, registered_at: Timestamp) -> bool {
    concluded_at(file).is_some_and(|concluded| registered_at > concluded)
}

/// How many late tips of a case wait for somebody: while it is concluded, and not closed yet. A tip on a closed
/// matter opens a case of its own, and one on a reopened case is work like any other.
pub(crate) fn waiting(case: &Case) -> u32 {
    match case.stage {
        CaseStage::Concluded { .. } | CaseStage::FedBack { .. } => case.late_tips,
        _ => 0,
    }
}
