//! `POST /api/v1/assignments/{id}/accept` (承办签收): the officer who pulled the item takes it on and is
//! from now on its one responsible person (seed 4-22, 查核工作责任制).

use axum::Json;
use axum::extract::State;
use dengwen_model::{AssignmentId, AssignmentState, AssignmentTask, DeadlineOwner, Principal};

use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::Id;
use crate::limits::{result_rule, rule};
use crate::refusal::{DeskError, Failure};

/// Accept an item that you hold.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/accept", tag = "assignments", operation_id = "accept",
    params(("id" = String, Path, description = "The assignment")),
    responses((status = 200, body = AssignmentChanged), (status = 404), (status = 409, description = "Not held, or not possible now")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id).await?))
}

/// Accepts.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
) -> Result<AssignmentChanged, DeskError> {
    let (mut dossier, mut record) = Dossier::open_held(desk, principal, id).await?;
    let now = dossier.now();
    dossier.advance(|stage| stage.accept(principal.id))?;
    dossier.note_that("accepted", None);
    dossier.limits().meet(&[rule::UNIT_ACCEPTS], now);
    let assignment = &mut record.assignment;
    if let (AssignmentTask::Verify, Some(result)) = (assignment.task, result_rule(assignment.handling)) {
        let owner = DeadlineOwner::Handling(assignment.unit.clone());
        dossier.limits().start(desk, result, owner, Some(id))?;
    }
    assignment.state = AssignmentState::Accepted { officer: principal.id, at: now };
    dossier.put(&mut record).await?;
    let case = dossier.save("assignment.accepted", record.assignment.unit.as_str()).await?;
    Ok(AssignmentChanged::of(&record.assignment, case))
}
