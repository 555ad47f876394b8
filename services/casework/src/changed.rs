//! What every operation that changes something answers.

use dengwen_model::{Assignment, AssignmentId, Case, CaseId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A case after a change.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CaseChanged {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) case_id: CaseId,
    /// Its number.
    pub(crate) number: String,
    /// Where it stands now.
    pub(crate) stage: &'static str,
    /// When it changed.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
}

impl From<Case> for CaseChanged {
    fn from(case: Case) -> Self {
        let stage = case.stage.name();
        Self { case_id: case.id, number: case.number, stage, updated_at: case.updated_at }
    }
}

/// An assignment and its case after a change.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AssignmentChanged {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) assignment_id: AssignmentId,
    /// `waiting`, `leased`, `accepted` or `done`.
    pub(crate) state: &'static str,
    /// Its case.
    #[serde(flatten)]
    pub(crate) case: CaseChanged,
}

impl AssignmentChanged {
    pub(crate) fn of(assignment: &Assignment, case: Case) -> Self {
        Self { assignment_id: assignment.id, state: assignment.state.name(), case: case.into() }
    }
}
