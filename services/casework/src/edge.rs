//! What comes in at the desk's edge: ids in paths, bodies that may be left out, lengths.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use dengwen_http::{Media, Problem, ValidJson, parse_json, problems};
use dengwen_model::is_blank;
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

/// A body that may be left out where every field may: no body, or an empty one, whatever type a client says it is of.
pub(crate) struct OrEmpty<T>(pub(crate) ValidJson<T>);

impl<S, T> FromRequest<S> for OrEmpty<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate + Default + 'static,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let media = Media::of(request.headers());
        let body = Bytes::from_request(request, state).await?;
        match media {
            _ if body.is_empty() => Ok(Self(ValidJson(T::default()))),
            Media::Json => parse_json(&body).map(|input| Self(ValidJson(input))),
            _ => Err(problems::UNSUPPORTED_MEDIA_TYPE.into()),
        }
    }
}

/// A query that has nothing to ask: a parameter in it is a mistake, and silence would hide it.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoQuery {}

/// Why, where an operation asks for nothing else.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonIn {
    /// The reason.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
}

/// Says something that can be read.
pub(crate) fn filled(text: &str) -> Result<(), ValidationError> {
    if is_blank(text) { Err(ValidationError::new("required")) } else { Ok(()) }
}
