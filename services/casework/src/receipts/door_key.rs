//! The secret that doors and desk derive from the receipt key they share; without it nobody may ask.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use dengwen_http::Bearer;
use subtle::ConstantTimeEq;

use crate::desk::Desk;
use crate::refusal::Failure;

/// The caller is one of our doors.
pub(crate) struct FromDoor;

impl FromRequestParts<Desk> for FromDoor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Failure> {
        let bearer = Bearer::from_request_parts(parts, desk).await?;
        let secret = desk.runtime().keys().receipt.internal_secret();
        let same: bool = bearer.as_str().as_bytes().ct_eq(secret.as_bytes()).into();
        if same { Ok(Self) } else { Err(Bearer::refused().into()) }
    }
}
