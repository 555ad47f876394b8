//! `POST /api/v1/assignments/{id}/pass_up` (径报上级): confirms that the sealed matter went to the
//! department above, within five working days (检举控告工作规则 15). Its words were never shown here.

use axum::Json;
use axum::extract::State;
use dengwen_model::{AssignmentId, AssignmentTask, Principal};

use super::screened::{self, ScreenRefused};
use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::edge::Id;
use crate::mailing;
use crate::refusal::Failure;

/// Confirm that a sealed matter was passed up.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/pass_up", tag = "screening", operation_id = "pass_up",
    params(("id" = String, Path, description = "The assignment")),
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not held, or another task")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id).await?))
}

/// What the reporter is told: where to is not theirs to know.
const PASSED_ON: &str = "您反映的问题已按规定转有关部门处理。";

/// Passes up.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
) -> Result<AssignmentChanged, ScreenRefused> {
    let (mut dossier, record) = screened::open(desk, principal, id, AssignmentTask::PassUp).await?;
    let above = desk.runtime().units().get(&record.assignment.unit).and_then(|unit| unit.parent.clone());
    let code = above.as_ref().map(ToString::to_string).unwrap_or_default();
    dossier.advance(|stage| stage.pass_up(above))?;
    dossier.note_that("passed_up", None);
    mailing::tell_all(&mut dossier, PASSED_ON).await?;
    screened::settle(dossier, record, "case.passed_up", &code).await
}
