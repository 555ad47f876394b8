//! The interface: every request bears a clerk's token.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use dengwen_clerk::{Clerk, Desk, Parts, Waiting, WaitingId};
use dengwen_http::{Problem, ProblemDocument, ValidJson};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::{Letters, told};
use crate::label;
use crate::letter::LetterIn;
use crate::numbers::RegisterNumber;
use crate::scans::{Reading, ScanNote};

/// The interface besides registering and importing, documented.
#[derive(OpenApi)]
#[openapi(paths(list, upload, original, page, number, label, attach))]
pub(crate) struct Documented;

/// A scan that waits.
#[derive(Serialize, ToSchema)]
pub(super) struct ScanOut {
    /// What a letter is registered with, under `scans`.
    #[schema(value_type = String)]
    id: WaitingId,
    /// The name it came with.
    name: String,
    /// As recognised from the content.
    media_type: String,
    /// Bytes.
    size: u64,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    came_at: Timestamp,
    /// Pages.
    pages: u32,
    /// Pages that cannot be read, where it was taken all the same.
    broken_pages: Vec<u32>,
    /// The register number on its label.
    label: Option<String>,
    /// What was read on it: a draft, to be checked against the paper.
    reading: Reading,
}

impl From<Waiting<ScanNote>> for ScanOut {
    fn from(waiting: Waiting<ScanNote>) -> Self {
        let Waiting { id, name, media_type, size, came_at, about } = waiting;
        let label = about.label.as_ref().map(|number| number.to_string());
        Self {
            id,
            name,
            media_type,
            size,
            came_at,
            pages: about.pages,
            broken_pages: about.broken_pages(),
            label,
            reading: about.reading,
        }
    }
}

/// Scans that were put into the tray.
#[derive(Serialize, ToSchema)]
pub(super) struct Admitted {
    #[schema(value_type = Vec<String>)]
    scans: Vec<WaitingId>,
}

/// A register number.
#[derive(Serialize, ToSchema)]
pub(super) struct Numbered {
    #[schema(value_type = String)]
    register_no: RegisterNumber,
}

/// What waits, oldest first.
#[utoipa::path(
    get, path = "/api/v1/letters/scans", tag = "letter desk", operation_id = "list_scans",
    responses((status = 200, body = Vec<ScanOut>, description = "Oldest first"), (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument))
)]
pub(super) async fn list(_clerk: Clerk, Extension(letters): Extension<Letters>) -> Json<Vec<ScanOut>> {
    Json(letters.scans.tray().list().into_iter().map(Into::into).collect())
}

/// Puts the files of a form into the tray.
#[utoipa::path(
    post, path = "/api/v1/letters/scans", tag = "letter desk", operation_id = "upload_scans",
    request_body(content = Object, content_type = "multipart/form-data", description = "Files: PDF, TIFF, JPEG, PNG; and `broken_pages`: `take` takes a scan of which some pages cannot be read, else it is refused"),
    responses((status = 201, body = Admitted), (status = 422, body = ProblemDocument, description = "Which file cannot be taken, and which page; those before it wait"), (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument))
)]
pub(super) async fn upload(
    clerk: Clerk,
    State(desk): State<Desk<LetterIn>>,
    Extension(letters): Extension<Letters>,
    parts: Parts,
) -> Result<Response, Problem> {
    clerk.still_holds(&desk).await?;
    let scans = told::admit(&letters, &parts).await?;
    Ok((StatusCode::CREATED, Json(Admitted { scans })).into_response())
}

/// A scan as it came.
#[utoipa::path(
    get, path = "/api/v1/letters/scans/{id}", tag = "letter desk", operation_id = "scan",
    params(("id" = String, Path, description = "The scan")),
    responses((status = 200, content_type = "application/octet-stream", description = "As it came"), (status = 404, body = ProblemDocument), (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument))
)]
pub(super) async fn original(
    _clerk: Clerk,
    Extension(letters): Extension<Letters>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    told::original(&letters, &told::read_id(&id)?).await
}

/// A page as a picture.
#[utoipa::path(
    get, path = "/api/v1/letters/scans/{id}/pages/{page}", tag = "letter desk", operation_id = "scan_page",
    params(("id" = String, Path, description = "The scan"), ("page" = u32, Path, description = "From 1")),
    responses((status = 200, content_type = "image/png", description = "Drawn here"), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument, description = "It cannot be drawn here"), (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument))
)]
pub(super) async fn page(
    _clerk: Clerk,
    Extension(letters): Extension<Letters>,
    Path((id, page)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    told::picture(&letters, &told::read_id(&id)?, page).await
}

/// A register number that nobody has, to be stuck on paper before it is scanned.
#[utoipa::path(
    post, path = "/api/v1/letters/numbers", tag = "letter desk", operation_id = "next_number",
    responses((status = 201, body = Numbered), (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument))
)]
pub(super) async fn number(
    _clerk: Clerk,
    Extension(letters): Extension<Letters>,
) -> Result<Response, Problem> {
    let register_no = told::next_number(&letters).await?;
    Ok((StatusCode::CREATED, Json(Numbered { register_no })).into_response())
}

/// The label of a number.
#[utoipa::path(
    get, path = "/api/v1/letters/numbers/{number}/label", tag = "letter desk", operation_id = "label",
    params(("number" = String, Path, description = "As `L2026-3F2A-000123`")),
    responses((status = 200, content_type = "image/svg+xml", description = "Code 128 and digits"), (status = 422, body = ProblemDocument, description = "No register number"), (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument))
)]
pub(super) async fn label(_clerk: Clerk, Path(number): Path<String>) -> Result<Response, Problem> {
    let svg = label::svg(&told::read_number(&number)?);
    Ok(([(CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

/// Scans to be sent after their letter.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Attach {
    /// Their ids.
    #[schema(value_type = Vec<String>)]
    #[validate(length(min = 1, max = 50))]
    scans: Vec<WaitingId>,
}

/// Sends scans after a letter that was registered.
#[utoipa::path(
    post, path = "/api/v1/letters/numbers/{number}/scans", tag = "letter desk", operation_id = "attach_scans",
    params(("number" = String, Path, description = "The letter's register number")),
    request_body = Attach,
    responses((status = 204, description = "They follow the letter as a message to its tip"), (status = 422, body = ProblemDocument, description = "No letter has this number"), (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument))
)]
pub(super) async fn attach(
    _clerk: Clerk,
    Extension(letters): Extension<Letters>,
    Path(number): Path<String>,
    ValidJson(attach): ValidJson<Attach>,
) -> Result<StatusCode, Problem> {
    told::attach(&letters, &attach.scans, &number).await?;
    Ok(StatusCode::NO_CONTENT)
}
