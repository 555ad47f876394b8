//! `POST /api/v1/cases/{id}/files/{file}/release`: gives the handling unit an original (提供原件). By default only
//! the summary and the masked words travel; who decides otherwise has looked at the file, and is on record.

use axum::Json;
use axum::extract::{Path, State};
use dengwen_http::ValidJson;
use dengwen_model::{CaseId, CourseEvent, Principal};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::file::find;
use crate::access::Reviewer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{REASON_MAX, filled};
use crate::refusal::{DeskError, Failure};
use crate::scope;

/// What the release of a file is noted as ([`CourseEvent::Noted`]).
const RELEASED: &str = "file_released";

/// Why.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseFileIn {
    /// Why the unit needs the original.
    #[validate(length(max = REASON_MAX), custom(function = "filled"))]
    pub(crate) reason: String,
}

/// Let the handling unit open a file.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/files/{file}/release", tag = "cases", operation_id = "release_file",
    params(("id" = String, Path, description = "The case"), ("file" = String, Path, description = "The file, as the case names it")),
    request_body = ReleaseFileIn,
    responses((status = 200, body = CaseChanged), (status = 404)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Reviewer(principal): Reviewer,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
    ValidJson(input): ValidJson<ReleaseFileIn>,
) -> Result<Json<CaseChanged>, Failure> {
    let Path((case, file)) = path.map_err(|_| DeskError::NotFound)?;
    let case = case.parse().map_err(|_| DeskError::NotFound)?;
    Ok(Json(work(&desk, &principal, case, &file, input).await?))
}

/// Releases; a second time changes nothing.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    file: &str,
    input: ReleaseFileIn,
) -> Result<CaseChanged, DeskError> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    if !scope::keeps_originals(desk, principal, dossier.case()) {
        return Err(DeskError::Forbidden);
    }
    find(desk, dossier.work(), id, file).await?.ok_or(DeskError::NotFound)?;
    if !dossier.file().released.iter().any(|released| released == file) {
        dossier.file_mut().released.push(file.to_owned());
    }
    dossier.note(CourseEvent::Noted { what: RELEASED.to_owned(), reason: Some(input.reason) });
    Ok(dossier.save("file.released", &format!("{id} {file}")).await?.into())
}
