//! `POST /api/v1/assignments/{id}/report` (报送查核结果): a finding for every allegation, and what was
//! done to verify.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_model::{
    AssignmentId, AssignmentState, CaseStage, CourseEvent, Finding, Outcome, Principal, Report,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, TEXT_MAX, filled};
use crate::limits::{RESULT_RULES, rule};
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Why a report is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportRefused {
    /// O6 has a procedure of its own (I7).
    #[error("false accusation is not a finding")]
    FalseAccusation,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for ReportRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::FalseAccusation => problem(
                422,
                "own-procedure",
                "A false accusation (O6) is established by its own procedure alone, never as a finding",
                "诬告陷害（O6）只能按专门程序认定，不能作为查核结论",
            ),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// The report.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportIn {
    /// One for every allegation.
    #[validate(nested, custom(function = some_findings))]
    pub(crate) findings: Vec<FindingIn>,
    /// What was done to verify, and the result.
    #[validate(custom(function = filled), length(max = TEXT_MAX))]
    pub(crate) text: String,
}

/// What was found on one allegation.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindingIn {
    /// The allegation in neutral words (反映, never 犯).
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) allegation: String,
    /// O1 to O5.
    #[schema(value_type = String)]
    pub(crate) outcome: Outcome,
    /// Why.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reasoning: String,
}

/// Every allegation a finding, so there is at least one.
fn some_findings(findings: &[FindingIn]) -> Result<(), ValidationError> {
    if (1..=50).contains(&findings.len()) { Ok(()) } else { Err(ValidationError::new("required")) }
}

impl From<FindingIn> for Finding {
    fn from(input: FindingIn) -> Self {
        Self { allegation: input.allegation, outcome: input.outcome, reasoning: input.reasoning }
    }
}

/// Report the result.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/report", tag = "assignments", operation_id = "report",
    params(("id" = String, Path, description = "The assignment")),
    request_body = ReportIn,
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not accepted by you"), (status = 422, description = "A finding is missing or incomplete")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
    ValidJson(input): ValidJson<ReportIn>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Reports.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    input: ReportIn,
) -> Result<AssignmentChanged, ReportRefused> {
    if input.findings.iter().any(|finding| finding.outcome == Outcome::O6) {
        return Err(ReportRefused::FalseAccusation);
    }
    let (mut dossier, mut record) = Dossier::open_held(desk, principal, id).await?;
    dossier.advance(CaseStage::report)?;
    let findings = input.findings.into_iter().map(Into::into).collect();
    dossier.note(CourseEvent::Reported { report: Report { findings, text: input.text } });
    let now = dossier.now();
    dossier.limits().cancel(|limit| limit.rule.as_str() == rule::OBJECTION);
    dossier.limits().meet_of(id, now);
    dossier.limits().meet(&RESULT_RULES, now);
    dossier.limits().meet(&[rule::REWORK], now);
    dossier.start_limit(rule::REVIEW)?;
    record.assignment.state = AssignmentState::Done;
    dossier.put(&mut record).await?;
    let case = dossier.save("report.submitted", record.assignment.unit.as_str()).await?;
    Ok(AssignmentChanged::of(&record.assignment, case))
}
