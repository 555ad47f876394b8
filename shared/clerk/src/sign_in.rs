//! Who sits at the desk: a token checked by its signature, and not among those that casework withdrew.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use dengwen_http::{Bearer, Problem, problems};
use dengwen_model::{Role, UserId};

use crate::desk::Desk;

/// Somebody who may register: a clerk (受理员).
pub struct Clerk {
    id: UserId,
    /// The session of the browser that the token is from.
    session: Option<UserId>,
    name: String,
}

impl Clerk {
    /// Who it is.
    pub(crate) fn id(&self) -> UserId {
        self.id
    }

    /// The account's name, for the audit log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the token was withdrawn. Asked before a body is read, and again when it has come: that may
    /// take minutes.
    ///
    /// # Errors
    /// That it was.
    pub async fn still_holds<E>(&self, desk: &Desk<E>) -> Result<(), Problem> {
        let ids = std::iter::once(self.id).chain(self.session);
        if desk.notices().is_any_withdrawn(ids).await { Err(Bearer::refused()) } else { Ok(()) }
    }
}

impl<E: Send + Sync> FromRequestParts<Desk<E>> for Clerk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk<E>) -> Result<Self, Problem> {
        let bearer = Bearer::from_request_parts(parts, desk).await?;
        let door = desk.door();
        let verified = door.keys().tokens.verify(bearer.as_str(), door.clock().now());
        let claims = verified.map_err(|_| Bearer::refused())?;
        let clerk = Self { id: claims.id, session: claims.session, name: claims.name };
        clerk.still_holds(desk).await?;
        match claims.role {
            Role::Intake => Ok(clerk),
            _ => Err(problems::FORBIDDEN.into()),
        }
    }
}
