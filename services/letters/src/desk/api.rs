//! The interface: every request bears a clerk's token.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use dengwen_clerk::{Clerk, Desk, Parts, Waiting, WaitingId};
use dengwen_http::{Problem, ValidJson};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{Letters, told};
use crate::label;
use crate::letter::LetterIn;
use crate::scans::{Reading, ScanNote};

/// A scan that waits.
#[derive(Serialize)]
pub(super) struct ScanOut {
    id: WaitingId,
    name: String,
    media_type: String,
    size: u64,
    came_at: Timestamp,
    pages: u32,
    /// The register number on its label.
    label: Option<String>,
    /// What was read on it: a draft, to be checked against the paper.
    reading: Reading,
}

impl From<Waiting<ScanNote>> for ScanOut {
    fn from(waiting: Waiting<ScanNote>) -> Self {
        let Waiting { id, name, media_type, size, came_at, about } = waiting;
        let label = about.label.map(|number| number.to_string());
        Self { id, name, media_type, size, came_at, pages: about.pages, label, reading: about.reading }
    }
}

/// What waits, oldest first.
pub(super) async fn list(_clerk: Clerk, Extension(letters): Extension<Letters>) -> Json<Vec<ScanOut>> {
    Json(letters.scans.tray().list().into_iter().map(Into::into).collect())
}

/// Puts the files of a form into the tray.
pub(super) async fn upload(
    clerk: Clerk,
    State(desk): State<Desk<LetterIn>>,
    Extension(letters): Extension<Letters>,
    parts: Parts,
) -> Result<Response, Problem> {
    clerk.still_holds(&desk).await?;
    let ids = told::admit(&letters, &parts).await?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "scans": ids }))).into_response())
}

/// A scan as it came.
pub(super) async fn original(
    _clerk: Clerk,
    Extension(letters): Extension<Letters>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    told::original(&letters, &told::read_id(&id)?).await
}

/// A page as a picture.
pub(super) async fn page(
    _clerk: Clerk,
    Extension(letters): Extension<Letters>,
    Path((id, page)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    told::picture(&letters, &told::read_id(&id)?, page).await
}

/// A register number that nobody has, to be stuck on paper before it is scanned.
pub(super) async fn number(
    _clerk: Clerk,
    Extension(letters): Extension<Letters>,
) -> Result<Response, Problem> {
    let number = told::next_number(&letters).await?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "register_no": number }))).into_response())
}

/// The label of a number.
pub(super) async fn label(_clerk: Clerk, Path(number): Path<String>) -> Result<Response, Problem> {
    let svg = label::svg(&told::read_number(&number)?);
    Ok(([(CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

/// Scans to be sent after their letter.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct Attach {
    #[validate(length(min = 1, max = 50))]
    scans: Vec<WaitingId>,
}

/// Sends scans after a letter that was registered.
pub(super) async fn attach(
    _clerk: Clerk,
    Extension(letters): Extension<Letters>,
    Path(number): Path<String>,
    ValidJson(attach): ValidJson<Attach>,
) -> Result<StatusCode, Problem> {
    told::attach(&letters, &attach.scans, &number).await?;
    Ok(StatusCode::NO_CONTENT)
}
