//! `POST /api/v1/session`: signs in; the answer sets the session's cookie.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use dengwen_http::{SameOrigin, ValidJson};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::show::SessionOut;
use crate::access::{SessionCookie, set_cookie};
use crate::accounts::{self, SESSION_SECONDS};
use crate::desk::Desk;
use crate::refusal::Failure;

/// Name and password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInIn {
    /// Sign-in name.
    #[validate(length(min = 1, max = 64))]
    pub(crate) name: String,
    /// Password.
    #[validate(length(min = 1, max = 256))]
    pub(crate) password: String,
}

/// Sign in.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "session", operation_id = "sign_in",
    request_body = SignInIn,
    responses((status = 200, body = SessionOut), (status = 401, description = "Name and password do not fit"), (status = 429)),
    security(())
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    headers: HeaderMap,
    ValidJson(input): ValidJson<SignInIn>,
) -> Result<Response, Failure> {
    // Another site must not be able to sign somebody in as somebody else.
    if !SameOrigin::allows_client(&headers) {
        return Err(SameOrigin::refused().into());
    }
    let (token, account) =
        accounts::sign_in(&desk, &input.name, input.password, SessionCookie::of(&headers)).await?;
    let cookie = set_cookie(&headers, &token, SESSION_SECONDS);
    Ok(([(SET_COOKIE, cookie)], Json(SessionOut::from(account))).into_response())
}
