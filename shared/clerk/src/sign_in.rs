//! Who sits at the desk: a token checked with the public key alone.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use dengwen_http::{Bearer, Problem, problems};
use dengwen_model::{Principal, Role};

use crate::Desk;

/// Somebody who may register: a clerk (受理员), or an administrator's import.
#[derive(Debug, Clone)]
pub struct Clerk(pub Principal);

impl<E: Send + Sync> FromRequestParts<Desk<E>> for Clerk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk<E>) -> Result<Self, Problem> {
        let bearer = Bearer::from_request_parts(parts, desk).await?;
        let door = desk.door();
        let claims =
            door.keys().tokens.verify(bearer.as_str(), door.clock().now()).map_err(|_| Bearer::refused())?;
        let principal = claims.principal();
        match principal.role {
            Role::Intake => Ok(Self(principal)),
            _ => Err(problems::FORBIDDEN.into()),
        }
    }
}
