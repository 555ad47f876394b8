//! `POST /api/v1/assignments/{id}/release`: gives an item back, so that the unit can pull it again.
//! The clock goes on: the unit's time does not pause for a change of staff (domain.md 3.4).

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{AssignmentId, AssignmentState, CaseStage, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, OrEmpty, REASON_MAX};
use crate::refusal::{DeskError, Failure};

/// Why, where there is something to say: a recusal, leave.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseIn {
    /// The reason.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = REASON_MAX))]
    pub(crate) reason: Option<String>,
}

/// Give an item back.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/release", tag = "assignments", operation_id = "release",
    params(("id" = String, Path, description = "The assignment")),
    request_body(content = ReleaseIn, description = "May be left out"),
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not held")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
    OrEmpty(ValidJson(input)): OrEmpty<ReleaseIn>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Releases.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    input: ReleaseIn,
) -> Result<AssignmentChanged, DeskError> {
    let (mut dossier, mut record) = Dossier::open_held(desk, principal, id).await?;
    if matches!(record.assignment.state, AssignmentState::Accepted { .. }) {
        dossier.advance(CaseStage::withdraw)?;
    }
    dossier.note_that("released", input.reason.as_deref());
    record.assignment.state = AssignmentState::Waiting;
    dossier.put(&mut record).await?;
    let case = dossier.save("assignment.released", record.assignment.unit.as_str()).await?;
    Ok(AssignmentChanged::of(&record.assignment, case))
}
