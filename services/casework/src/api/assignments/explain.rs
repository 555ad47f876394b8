//! `POST /api/v1/assignments/{id}/explain` (举释字): answers the reporter and so ends the matter.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{AssignmentId, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::screened::{self, Ending, ScreenRefused};
use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::edge::{Id, TEXT_MAX, filled};
use crate::refusal::Failure;

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
    let ending = Ending { how: "explained", words: &input.text, told: &input.text, form: "H5" };
    screened::end(desk, principal, id, ending).await
}
