//! Whoever looks at a page: signed in, or sent to the sign-in page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_model::{Principal, UserId};
use dengwen_pages::Lang;

use super::{language, words};
use crate::access::{Means, SessionToken, SignedIn};
use crate::desk::Desk;
use crate::refusal::Failure;

/// Somebody who is signed in, and the language they read.
pub(super) struct Viewer {
    pub(super) principal: Principal,
    /// The session that the browser is signed in by.
    pub(super) session: Option<UserId>,
    /// The unit's code and name; empty without a unit.
    pub(super) unit: String,
    pub(super) lang: Lang,
    /// The page's path with its query.
    pub(super) path: String,
}

impl FromRequestParts<Desk> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Response> {
        // A reader who may not is told on a page; one who is unknown signs in.
        let signed_in = match SignedIn::recognise(parts, desk).await {
            Ok(signed_in) => signed_in,
            Err(refused) if refused.asks_for_sign_in() => {
                return Err(Redirect::to("/desk/sign-in").into_response());
            }
            Err(refused) => return Err(Failure::from(refused).into_response()),
        };
        if matches!(signed_in.by, Means::Session { must_change: true, .. }) {
            return Err(Redirect::to("/desk/password").into_response());
        }
        let session = signed_in.session().map(SessionToken::id);
        let path = parts.uri.path_and_query().map_or("/desk", |path| path.as_str()).to_owned();
        let principal = signed_in.principal;
        let units = desk.runtime().units();
        let unit = principal.unit.as_ref().map(|unit| words::unit(&units, unit.as_str())).unwrap_or_default();
        Ok(Self { principal, session, unit, lang: language::of(&parts.headers), path })
    }
}
