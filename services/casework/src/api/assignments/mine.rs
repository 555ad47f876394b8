//! `GET /api/v1/assignments`: what one holds, by running leases and by having accepted.

use axum::Json;
use axum::extract::State;
use dengwen_http::ValidQuery;
use dengwen_model::Principal;

use crate::access::DeskWorker;
use crate::api::pull::{self, PullOut};
use crate::desk::Desk;
use crate::edge::NoQuery;
use crate::refusal::{DeskError, Failure};

/// List the items in your hands.
#[utoipa::path(
    get, path = "/api/v1/assignments", tag = "assignments", operation_id = "my_assignments",
    responses((status = 200, body = PullOut)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    _: ValidQuery<NoQuery>,
) -> Result<Json<PullOut>, Failure> {
    Ok(Json(work(&desk, &principal).await?))
}

/// Lists.
pub(crate) async fn work(desk: &Desk, principal: &Principal) -> Result<PullOut, DeskError> {
    let held = desk.read().await?.assignments_held_by(principal.id, desk.now()).await?;
    Ok(PullOut { items: pull::items(desk, principal, held).await? })
}
