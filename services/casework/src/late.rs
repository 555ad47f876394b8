//! Tips that joined a case after it was concluded: somebody has to see whether they bring anything new, and to answer
//! them. Until then their reporters are told nothing but that they were received.

use dengwen_ledger::TipRecord;
use dengwen_model::{Case, CaseFile, CoarseState, CourseEvent};
use jiff::Timestamp;

use crate::guards::concluded_at;

/// Whether a tip that was registered then came after the conclusion.
pub(crate) fn is_late(file: &CaseFile, registered_at: Timestamp) -> bool {
    concluded_at(file).is_some_and(|concluded| registered_at > concluded)
}

/// Whether a late tip of the case still waits for its answer. Each feedback answers every tip that waited for one.
pub(crate) fn waits(case: &Case, file: &CaseFile, tip: &TipRecord) -> bool {
    let registered_at = tip.tip.registered_at;
    let answers = |event: &CourseEvent| matches!(event, CourseEvent::FedBack { .. });
    let answered = file.course.iter().any(|entry| answers(&entry.event) && entry.at >= registered_at);
    case.stage.is_concluded() && is_late(file, registered_at) && !answered
}

/// What the reporter of a tip is told of how it stands.
pub(crate) fn state(case: &Case, file: &CaseFile, tip: &TipRecord) -> CoarseState {
    if waits(case, file, tip) { CoarseState::Received } else { CoarseState::from(&case.stage) }
}
