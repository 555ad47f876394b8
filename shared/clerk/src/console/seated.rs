//! Whoever sits at the desk in a browser: known by the clerk's cookie, or sent to the console for one.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_door::ClerkCookie;
use dengwen_http::{Problem, SameOrigin, problems};
use dengwen_model::{Role, UserId};
use dengwen_pages::console::{StillTypedPage, language_of};
use dengwen_pages::{Lang, page};
use jiff::SignedDuration;

use super::fields::Fields;
use super::shell::bare_shell;
use crate::Entry;
use crate::desk::Desk;

/// A token with less left than this is renewed before a page is shown.
const RENEW_BELOW: SignedDuration = SignedDuration::from_secs(ClerkCookie::SECONDS / 2);

/// A clerk at a page.
pub struct Seated {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) lang: Lang,
    /// The token, to ask others in the clerk's name.
    pub(crate) token: String,
    /// The page's path.
    pub(crate) path: String,
    /// Whether the token ends soon, and casework answers that would renew it.
    ends_soon: bool,
}

/// Why nobody is seated.
pub(crate) enum Unseated {
    /// There is no token, or its time is over: the console gives one to who is signed in.
    NotSignedIn,
    /// For another reason, as one told.
    Refused(Problem),
}

impl From<Unseated> for Problem {
    fn from(unseated: Unseated) -> Self {
        match unseated {
            Unseated::NotSignedIn => problems::UNAUTHORIZED.into(),
            Unseated::Refused(problem) => problem,
        }
    }
}

impl Seated {
    /// The account, or the token itself where it belongs to none.
    pub fn id(&self) -> UserId {
        self.id
    }

    /// The account's name, for the audit log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who sends this request.
    pub(crate) async fn recognise<E: Entry>(parts: &Parts, desk: &Desk<E>) -> Result<Self, Unseated> {
        if !parts.method.is_safe() && !SameOrigin::holds(&parts.headers) {
            return Err(Unseated::Refused(SameOrigin::refused()));
        }
        let now = desk.door().clock().now();
        let token = ClerkCookie::of(&parts.headers).ok_or(Unseated::NotSignedIn)?;
        let claims = desk.door().keys().tokens.verify(token, now).map_err(|_| Unseated::NotSignedIn)?;
        if desk.notices().is_any_withdrawn(claims.ids()).await {
            return Err(Unseated::Refused(problems::UNAUTHORIZED.into()));
        }
        if claims.role != Role::Intake {
            return Err(Unseated::Refused(problems::FORBIDDEN.into()));
        }
        let left = claims.expires_at.duration_since(now);
        Ok(Self {
            id: claims.id,
            name: claims.name,
            lang: language_of(&parts.headers),
            token: token.to_owned(),
            path: parts.uri.path().to_owned(),
            ends_soon: left < RENEW_BELOW && desk.notices().is_answering(),
        })
    }
}

/// For pages that are looked at: whoever has no token is sent for one, and comes back.
impl<E: Entry> FromRequestParts<Desk<E>> for Seated {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk<E>) -> Result<Self, Response> {
        let renew = || Redirect::to(&format!("{}?back={}", ClerkCookie::RENEW_PATH, parts.uri.path()));
        match Self::recognise(parts, desk).await {
            Ok(seated) if seated.ends_soon => Err(renew().into_response()),
            Ok(seated) => Ok(seated),
            Err(Unseated::NotSignedIn) => Err(renew().into_response()),
            Err(Unseated::Refused(problem)) => Err(problem.into_response()),
        }
    }
}

/// What is told to somebody who is not seated and sent a form. What was typed is given back to them.
pub(crate) fn give_back(unseated: Unseated, parts: &Parts, fields: Fields) -> Response {
    match unseated {
        Unseated::Refused(problem) => problem.into_response(),
        Unseated::NotSignedIn => {
            let path = parts.uri.path();
            let shell = bare_shell(language_of(&parts.headers), path);
            let fields = fields.into_iter().collect();
            let shown =
                StillTypedPage { shell, action: path.to_owned(), sign_in: ClerkCookie::RENEW_PATH, fields };
            page(StatusCode::UNAUTHORIZED, &shown)
        }
    }
}
