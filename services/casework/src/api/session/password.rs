//! `POST /api/v1/session/password`: changes one's own password; a session goes on under another cookie.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use dengwen_http::ValidJson;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::{SignedIn, set_cookie};
use crate::accounts::{self, SESSION_SECONDS};
use crate::desk::Desk;
use crate::refusal::Failure;

/// The old and the new one.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordIn {
    /// The password so far.
    #[validate(length(min = 1, max = 256))]
    pub(crate) old: String,
    /// The new password: 15 to 256 characters, another one.
    #[validate(length(min = 1, max = 256))]
    pub(crate) new: String,
}

/// Change your password.
#[utoipa::path(
    post, path = "/api/v1/session/password", tag = "session", operation_id = "change_password",
    request_body = PasswordIn,
    responses((status = 204, description = "All sessions of the account have ended; a browser's cookie is set anew"), (status = 401), (status = 422, description = "The new password cannot be used")),
    security(("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    parts: Parts,
    ValidJson(input): ValidJson<PasswordIn>,
) -> Result<Response, Failure> {
    let who = SignedIn::recognise(&parts, &desk).await?;
    let renewed = accounts::change_password(&desk, &who, input.old, input.new).await?;
    let cookie = renewed.map(|token| [(SET_COOKIE, set_cookie(&parts.headers, &token, SESSION_SECONDS))]);
    Ok((cookie, StatusCode::NO_CONTENT).into_response())
}
