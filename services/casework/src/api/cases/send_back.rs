//! `POST /api/v1/cases/{id}/return` (退回补查): the report has gaps; the same officer goes on, under the
//! limit for rework.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{AssignmentState, CaseId, CaseStage, CourseEvent, DeadlineOwner, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Reviewer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::limits::rule;
use crate::refusal::{DeskError, Failure};

/// What is missing.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnIn {
    /// The list of gaps.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) gaps: String,
}

/// Send a report back.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/return", tag = "cases", operation_id = "return",
    params(("id" = String, Path, description = "The case")),
    request_body = ReturnIn,
    responses((status = 200, body = CaseChanged), (status = 403), (status = 409)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Reviewer(principal): Reviewer,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<ReturnIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Sends back.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: ReturnIn,
) -> Result<CaseChanged, DeskError> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    dossier.must_commission(principal)?;
    dossier.advance(CaseStage::send_back)?;
    dossier.note(CourseEvent::SentBack { gaps: input.gaps });
    let now = dossier.now();
    let stage = dossier.case().stage.clone();
    if let (Some((unit, assignment)), Some(officer)) = (stage.held_by(), stage.responsible()) {
        dossier.limits().meet(&[rule::REVIEW], now);
        let owner = DeadlineOwner::Handling(unit.clone());
        dossier.limits().start(desk, rule::REWORK, owner, Some(assignment))?;
        let record = dossier.work().assignment(assignment).await?;
        let mut record = record.ok_or(DeskError::NotFound)?;
        record.assignment.state = AssignmentState::Accepted { officer, at: now };
        dossier.put(&mut record).await?;
    }
    Ok(dossier.save("report.returned", "").await?.into())
}
