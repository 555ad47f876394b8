//! `GET /api/v1/cases/{id}`: a whole case with its reasons: why each tip was joined, why the category,
//! why this unit, why these limits.

use axum::Json;
use axum::extract::State;
use dengwen_model::CaseId;

use crate::access::CaseReader;
use crate::desk::Desk;
use crate::edge::Id;
use crate::read_case::read_case;
use crate::refusal::Failure;
use crate::view::CaseOut;

/// Read a case.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}", tag = "cases", operation_id = "get_case",
    params(("id" = String, Path, description = "The case")),
    responses((status = 200, body = CaseOut), (status = 404, description = "No such case, or not yours to see")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    CaseReader(principal): CaseReader,
    Id(id): Id<CaseId>,
) -> Result<Json<CaseOut>, Failure> {
    Ok(Json(read_case(&desk, &principal, id).await?))
}
