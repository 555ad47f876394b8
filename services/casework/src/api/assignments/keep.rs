//! `POST /api/v1/assignments/{id}/keep` (登记留存): confirms that the matter is registered and kept
//! without further work. Not where a must-investigate rule holds (I2).

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidJson;
use dengwen_model::{AssignmentId, Principal};

use super::screened::{self, Ending, ScreenRefused};
use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::edge::{Id, ReasonIn};
use crate::refusal::Failure;

/// Register and keep.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/keep", tag = "screening", operation_id = "keep",
    params(("id" = String, Path, description = "The assignment")),
    request_body = ReasonIn,
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not held, another task, or it must be investigated")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
    ValidJson(input): ValidJson<ReasonIn>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// What the reporter is told; the officer's reason stays inside.
const KEPT: &str = "您反映的情况已登记留存。如有新的具体线索，欢迎补充。";

/// Keeps.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    input: ReasonIn,
) -> Result<AssignmentChanged, ScreenRefused> {
    let ending = Ending { how: "kept", words: &input.reason, told: KEPT, form: "H0" };
    screened::end(desk, principal, id, ending).await
}
