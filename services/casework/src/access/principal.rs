//! Who asks.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use dengwen_http::{Problem, SameOrigin};
use dengwen_model::Principal;

use super::{SessionCookie, SessionToken};
use crate::desk::Desk;
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Somebody whose token or session was checked.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    /// Who.
    pub(crate) principal: Principal,
    /// By what.
    pub(crate) by: Means,
}

/// By what somebody was recognised.
#[derive(Debug, Clone)]
pub(crate) enum Means {
    /// An access token.
    Token,
    /// A console session, and whether its password must be changed first.
    Session {
        /// The cookie's token.
        token: SessionToken,
        /// Nothing but changing the password is possible.
        must_change: bool,
    },
}

/// Why somebody is not recognised.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessRefused {
    /// Neither a valid token nor a running session.
    #[error("not signed in")]
    NotSignedIn,
    /// The password was given by somebody else.
    #[error("the password must be changed first")]
    MustChange,
    /// A request from another site with our cookie.
    #[error("a request from another site")]
    CrossSite,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl AccessRefused {
    /// Whether signing in is what is missing.
    pub(crate) fn asks_for_sign_in(&self) -> bool {
        matches!(self, Self::NotSignedIn)
    }
}

impl Refusal for AccessRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::NotSignedIn => {
                problem(401, "unauthorized", "An access token or a session is needed", "需要访问令牌或登录")
            }
            Self::MustChange => {
                problem(403, "password-must-change", "Change the password first", "请先修改密码")
            }
            Self::CrossSite => SameOrigin::refused(),
            Self::Desk(error) => error.problem(),
        }
    }
}

impl FromRequestParts<Desk> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
        let signed_in = SignedIn::recognise(parts, desk).await?;
        match signed_in.by {
            Means::Session { must_change: true, .. } => Err(AccessRefused::MustChange.into()),
            _ => Ok(signed_in),
        }
    }
}

impl SignedIn {
    /// The token of the browser's session; none where an access token was shown.
    pub(crate) fn session(&self) -> Option<&SessionToken> {
        match &self.by {
            Means::Session { token, .. } => Some(token),
            Means::Token => None,
        }
    }

    /// Recognises the caller, even one who has to change the password first.
    pub(crate) async fn recognise(parts: &Parts, desk: &Desk) -> Result<Self, AccessRefused> {
        if let Some(header) = parts.headers.get(AUTHORIZATION) {
            let token = header.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
            return Self::by_token(desk, token.ok_or(AccessRefused::NotSignedIn)?).await;
        }
        let token = SessionCookie::of(&parts.headers).ok_or(AccessRefused::NotSignedIn)?;
        if !parts.method.is_safe() && !SameOrigin::holds(&parts.headers) {
            return Err(AccessRefused::CrossSite);
        }
        by_session(desk, token).await
    }

    /// Recognises whoever has this access token.
    pub(crate) async fn by_token(desk: &Desk, token: &str) -> Result<Self, AccessRefused> {
        let claims = desk.runtime().keys().tokens.verify(token, desk.now()).map_err(|error| {
            tracing::info!(%error, "an access token was not taken");
            AccessRefused::NotSignedIn
        })?;
        let mut work = desk.read().await?;
        for id in claims.ids() {
            if work.is_withdrawn(id).await.map_err(DeskError::from)? {
                return Err(AccessRefused::NotSignedIn);
            }
        }
        // A token that belongs to an account lives no longer than it.
        match work.staff(claims.id).await.map_err(DeskError::from)? {
            Some(account) if account.disabled => Err(AccessRefused::NotSignedIn),
            _ => Ok(Self { principal: claims.principal(), by: Means::Token }),
        }
    }
}

async fn by_session(desk: &Desk, token: SessionToken) -> Result<SignedIn, AccessRefused> {
    let mut work = desk.read().await?;
    let session = work.session(&token.hash(), desk.now()).await.map_err(DeskError::from)?;
    let session = session.ok_or(AccessRefused::NotSignedIn)?;
    let account = work.staff(session.user).await.map_err(DeskError::from)?;
    let account = account.filter(|account| !account.disabled).ok_or(AccessRefused::NotSignedIn)?;
    let principal = Principal { id: account.id, role: account.role, unit: account.unit, name: account.name };
    Ok(SignedIn { principal, by: Means::Session { token, must_change: account.must_change } })
}
