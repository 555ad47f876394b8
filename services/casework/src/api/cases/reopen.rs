//! `POST /api/v1/cases/{id}/reopen` (重新办理): new facts; a leader, with a reason. The round before
//! stays in the course; the unit is chosen anew.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_messages::{CaseOpened, Event, Topic};
use dengwen_model::{CaseId, CaseStage, Principal};

use crate::access::LeaderOnly;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, ReasonIn};
use crate::guards::mark;
use crate::refusal::{DeskError, Failure};

/// Reopen a case.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/reopen", tag = "cases", operation_id = "reopen",
    params(("id" = String, Path, description = "The case")),
    request_body = ReasonIn,
    responses((status = 200, body = CaseChanged), (status = 403, description = "A leader of the department that commissioned the unit decides"), (status = 409)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    LeaderOnly(principal): LeaderOnly,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<ReasonIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Reopens.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: ReasonIn,
) -> Result<CaseChanged, DeskError> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    dossier.must_commission(principal)?;
    dossier.advance(CaseStage::reopen)?;
    dossier.case_mut().late_tips = 0;
    dossier.file_mut().direction = None;
    dossier.note_that(mark::REOPENED, Some(&input.reason));
    dossier.limits().cancel(|_| true);
    dossier.tell(Topic::CasesOpened, Event::CaseOpened(CaseOpened { case: id }));
    Ok(dossier.save("case.reopened", "").await?.into())
}
