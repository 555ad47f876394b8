//! A clerk's way from the console to the desks of the doors: a short-lived access token in a cookie.
//!
//! A door holds no ledger and cannot look up a session; it knows a clerk by a signed token. The token
//! carries the account's id, so that disabling the account closes the desks as well, and the session's, so that
//! signing out does.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_door::ClerkCookie;
use dengwen_model::Role;
use dengwen_pages::console::CLERK_DESKS;
use dengwen_seal::AccessClaims;
use jiff::SignedDuration;
use serde::Deserialize;

use super::forms::Asked;
use super::language::is_page_of_ours;
use super::shell::only;
use super::viewer::Viewer;
use crate::desk::Desk;
use crate::refusal::{DeskError, Failure, NotNow};

const NO_ISSUER: NotNow = NotNow::new(
    "no-issuer",
    "This host was not given the key that signs clerks' tokens (keys/issuer)",
    "本机没有受理员令牌的签发密钥（keys/issuer）",
);

/// Where to go then.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

/// Gives a clerk the cookie, and sends the browser on to the desk.
pub(super) async fn issue(
    State(desk): State<Desk>,
    viewer: Viewer,
    headers: HeaderMap,
    Asked(Back { back }): Asked<Back>,
) -> Result<Response, Failure> {
    only(viewer.principal.role == Role::Intake)?;
    let issuer = desk.issuer().ok_or(DeskError::NotNow(NO_ISSUER))?;
    let now = desk.now();
    let expires = now.saturating_add(SignedDuration::from_secs(ClerkCookie::SECONDS));
    let mut claims = AccessClaims::new(viewer.principal, now, expires.map_err(|_| DeskError::Rules)?);
    claims.session = viewer.session;
    let token = issuer.tokens.issue(&claims).map_err(|_| DeskError::TooLong)?;
    let to = if is_page_of_ours(&back) { back.as_str() } else { CLERK_DESKS[0].0 };
    Ok(([(SET_COOKIE, ClerkCookie::set(&headers, &token))], Redirect::to(to)).into_response())
}
