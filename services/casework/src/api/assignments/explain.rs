//! `POST /api/v1/assignments/{id}/explain` (举释字): answers the reporter and so ends the matter.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{AssignmentId, AssignmentTask, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::screened::{self, ScreenRefused};
use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::edge::{Id, TEXT_MAX, filled};
use crate::refusal::Failure;
use crate::{guards, mailing};

/// The answer.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainIn {
    /// The words that the reporter reads by receipt.
    #[validate(custom(function = filled), length(max = TEXT_MAX))]
    pub(crate) text: String,
}

/// Explain to the reporter.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/explain", tag = "screening", operation_id = "explain",
    params(("id" = String, Path, description = "The assignment")),
    request_body = ExplainIn,
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not held, another task, or it must be investigated")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
    ValidJson(input): ValidJson<ExplainIn>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Explains.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    input: ExplainIn,
) -> Result<AssignmentChanged, ScreenRefused> {
    let (mut dossier, record) = screened::open(desk, principal, id, AssignmentTask::Screen).await?;
    if guards::must_be_investigated(dossier.case(), dossier.file()) {
        return Err(ScreenRefused::MustInvestigate);
    }
    dossier.advance(|stage| stage.keep("explained".to_owned()))?;
    dossier.note_that("explained", Some(&input.text));
    mailing::tell_all(&mut dossier, &input.text).await?;
    let (assignment, case) = screened::settle(dossier, record, "case.explained", "H5").await?;
    Ok(AssignmentChanged::of(&assignment, case))
}
