//! `POST /api/v1/cases/{id}/archive` (归档): the file is complete and goes to the archive; what is kept
//! how long starts here.

use axum::Json;
use axum::extract::State;
use dengwen_model::{CaseId, CaseStage, Principal};

use crate::access::ScreenReviewer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::Id;
use crate::limits::rule;
use crate::refusal::{DeskError, Failure, NotNow};

/// Only what is closed is archived, and once.
const NOT_CLOSED: NotNow =
    NotNow::new("not-closed", "The case is not closed, or was archived before", "该件尚未办结，或已归档");

/// Archive a closed case.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/archive", tag = "cases", operation_id = "archive",
    params(("id" = String, Path, description = "The case")),
    responses((status = 200, body = CaseChanged), (status = 409)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    ScreenReviewer(principal): ScreenReviewer,
    Id(id): Id<CaseId>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id).await?))
}

/// Archives.
pub(crate) async fn work(desk: &Desk, principal: &Principal, id: CaseId) -> Result<CaseChanged, DeskError> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    let closed = matches!(dossier.case().stage, CaseStage::Closed { .. });
    if !closed || dossier.limits().running(rule::ARCHIVE).is_none() {
        return Err(NOT_CLOSED.into());
    }
    let now = dossier.now();
    dossier.limits().meet(&[rule::ARCHIVE], now);
    dossier.note_that("archived", None);
    Ok(dossier.save("case.archived", "").await?.into())
}
