//! `GET /api/v1/assignments/{id}`: one item of one's unit.

use axum::Json;
use axum::extract::State;
use dengwen_model::{AssignmentId, Principal};

use crate::access::CaseReader;
use crate::api::pull::{self, ItemOut};
use crate::desk::Desk;
use crate::edge::Id;
use crate::refusal::{DeskError, Failure};
use crate::scope;

/// Read an assignment.
#[utoipa::path(
    get, path = "/api/v1/assignments/{id}", tag = "assignments", operation_id = "get_assignment",
    params(("id" = String, Path, description = "The assignment")),
    responses((status = 200, body = ItemOut), (status = 404)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    CaseReader(principal): CaseReader,
    Id(id): Id<AssignmentId>,
) -> Result<Json<ItemOut>, Failure> {
    Ok(Json(work(&desk, &principal, id).await?))
}

/// Reads.
pub(crate) async fn work(desk: &Desk, principal: &Principal, id: AssignmentId) -> Result<ItemOut, DeskError> {
    let record = desk.read().await?.assignment(id).await?.ok_or(DeskError::NotFound)?;
    if !scope::covers(desk, principal, &record.assignment.unit) {
        return Err(DeskError::NotFound);
    }
    // What went back with an objection is still known to the unit as an item, without its words.
    let bare = pull::bare(&record);
    Ok(pull::items(desk, principal, vec![record]).await?.pop().unwrap_or(bare))
}
