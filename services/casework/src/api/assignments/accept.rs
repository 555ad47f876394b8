//! `POST /api/v1/assignments/{id}/accept` (承办签收): the officer who pulled the item takes it on and is
//! from now on its one responsible person (seed 4-22, 查核工作责任制).

use axum::Json;
use axum::extract::State;
use dengwen_model::{Assignment, AssignmentId, AssignmentState, AssignmentTask, DeadlineOwner, Principal};

use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::Id;
use crate::guards::mark;
use crate::limits::{result_rule, rule};
use crate::mailing;
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

/// What reporters are told when their matter is taken up (受理告知); nothing of who works on it.
const TAKEN_UP: &str = "您反映的问题已经受理，正在按规定办理。有结果后将在此告知。";

/// Accepts.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
) -> Result<AssignmentChanged, DeskError> {
    let (mut dossier, mut record) = Dossier::open_held(desk, principal, id).await?;
    let now = dossier.now();
    dossier.advance(|stage| stage.accept(principal.id))?;
    dossier.note_that(mark::ACCEPTED, None);
    dossier.limits().meet(&[rule::UNIT_ACCEPTS], now);
    if record.assignment.task == AssignmentTask::Verify {
        take_up(&mut dossier, &record.assignment).await?;
    }
    record.assignment.state = AssignmentState::Accepted { officer: principal.id, at: now };
    dossier.put(&mut record).await?;
    let case = dossier.save("assignment.accepted", record.assignment.unit.as_str()).await?;
    Ok(AssignmentChanged::of(&record.assignment, case))
}

/// The matter is taken up: screening is over, the clock for the result starts, and reporters to whom a
/// notice is owed get it.
async fn take_up(dossier: &mut Dossier<'_>, assignment: &Assignment) -> Result<(), DeskError> {
    let (desk, now) = (dossier.desk(), dossier.now());
    dossier.limits().meet(&[rule::SCREEN, rule::DECIDE, rule::URGENT, rule::TRANSFER], now);
    let owner = DeadlineOwner::Handling(assignment.unit.clone());
    dossier.limits().start(desk, result_rule(assignment.handling), owner, Some(assignment.id))?;
    let limits = dossier.limits();
    if limits.running(rule::NOTICE).is_some() || limits.running(rule::NOTICE_NAMED).is_some() {
        mailing::tell_all(dossier, TAKEN_UP).await?;
    }
    Ok(())
}
