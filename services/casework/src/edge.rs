//! What comes in at the desk's edge: ids in paths, bodies that may be left out, lengths.

use std::str::FromStr;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use dengwen_http::{Problem, ValidJson};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::refusal::{DeskError, Failure};

/// Longest reason, in characters.
pub(crate) const REASON_MAX: u64 = 4000;
/// Longest report or answer, in characters.
pub(crate) const TEXT_MAX: u64 = 40_000;

/// The typed id in a path. What is no id of its kind is answered like one that does not exist.
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) = path.map_err(|_| DeskError::NotFound)?;
        text.parse().map(Self).map_err(|_| DeskError::NotFound.into())
    }
}

/// A body that may be left out where every field may.
pub(crate) struct OrEmpty<T>(pub(crate) ValidJson<T>);

impl<S, T> FromRequest<S> for OrEmpty<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate + Default + 'static,
    ValidJson<T>: FromRequest<S, Rejection = Problem>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let nothing = request.headers().get("content-type").is_none() && http_body_is_empty(&request);
        if nothing {
            return Ok(Self(ValidJson(T::default())));
        }
        ValidJson::from_request(request, state).await.map(Self)
    }
}

fn http_body_is_empty(request: &Request) -> bool {
    use axum::body::HttpBody;
    request.body().is_end_stream()
}

/// Why, where an operation asks for nothing else.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonIn {
    /// The reason.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
}

/// Says more than white space.
pub(crate) fn filled(text: &str) -> Result<(), ValidationError> {
    if text.trim().is_empty() { Err(ValidationError::new("required")) } else { Ok(()) }
}
