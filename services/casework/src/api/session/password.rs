//! `POST /api/v1/session/password`: changes one's own password.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use dengwen_http::ValidJson;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::SignedIn;
use crate::accounts;
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
    responses((status = 204), (status = 401), (status = 422, description = "The new password cannot be used")),
    security(("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    parts: Parts,
    ValidJson(input): ValidJson<PasswordIn>,
) -> Result<StatusCode, Failure> {
    let who = SignedIn::recognise(&parts, &desk).await?;
    accounts::change_password(&desk, &who, input.old, input.new).await?;
    Ok(StatusCode::NO_CONTENT)
}
