//! `DELETE /api/v1/session`: signs out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::access::{Means, SignedIn, clear_cookie};
use crate::accounts;
use crate::desk::Desk;
use crate::refusal::Failure;

/// Sign out. A token stays valid; withdrawing one is the administrator's.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "session", operation_id = "sign_out",
    responses((status = 204), (status = 401)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(State(desk): State<Desk>, parts: Parts) -> Result<Response, Failure> {
    let signed_in = SignedIn::recognise(&parts, &desk).await?;
    if let Means::Session { token, .. } = &signed_in.by {
        accounts::sign_out(&desk, token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, clear_cookie(&parts.headers))]).into_response())
}
