//! Forms as sent by a browser: names and values, checked by the same rules as the interface's bodies.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use dengwen_http::{FieldError, Problem, problems};
use dengwen_pages::console::Given;
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::refusal::{Failure, Refusal};

/// What a form sent.
pub(super) type Fields = HashMap<String, String>;

/// A field, or nothing.
pub(super) fn text(fields: &Fields, name: &str) -> String {
    // Browsers send line ends as CRLF (HTML, 4.10.21.5).
    fields.get(name).map(|value| value.replace("\r\n", "\n")).unwrap_or_default()
}

/// A field that may be left empty.
pub(super) fn optional(fields: &Fields, name: &str) -> Option<String> {
    Some(text(fields, name)).filter(|value| !value.trim().is_empty())
}

/// A field of one of our types.
pub(super) fn parsed<T: std::str::FromStr>(fields: &Fields, name: &str) -> Result<T, Problem> {
    let wrong = || Problem::invalid(vec![FieldError::new(name.to_owned(), "invalid")]);
    text(fields, name).trim().parse().map_err(|_| wrong())
}

/// One of the values that a type reads from a word, as serde does.
pub(super) fn word<T: serde::de::DeserializeOwned>(fields: &Fields, name: &str) -> Result<T, Problem> {
    let value = serde_json::Value::String(text(fields, name));
    serde_json::from_value(value)
        .map_err(|_| Problem::invalid(vec![FieldError::new(name.to_owned(), "unknown_value")]))
}

/// The rules of the interface's body.
pub(super) fn checked<T: Validate>(input: T) -> Result<T, Problem> {
    input.validate()?;
    Ok(input)
}

/// What a page's address says. What it cannot mean costs nobody the page: it is as if it said nothing.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned + Default> FromRequestParts<S> for Asked<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Query::<T>::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default()))
    }
}

/// Which part of a list a page's address asks for. What it cannot mean is refused: the whole list instead would say
/// something else.
pub(super) struct Filter<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Filter<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|query| Self(query.0)).map_err(|_| Problem::from(problems::MALFORMED).into())
    }
}

/// A browser's form. NUL is refused, as in the interface's bodies: no browser sends it.
pub(super) struct Sent(pub(super) Fields);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let unread = |rejection| match rejection {
            FormRejection::BytesRejection(error) => Problem::from(error).into_response(),
            _ => Problem::from(problems::MALFORMED).into_response(),
        };
        let Form(fields) = Form::<Fields>::from_request(request, state).await.map_err(unread)?;
        if fields.values().any(|value| value.contains('\0')) {
            return Err(Problem::invalid(vec![FieldError::new(String::new(), "nul")]).into_response());
        }
        Ok(Self(fields))
    }
}

/// What was typed, for the page that shows it again.
pub(super) fn given(form: &str, fields: &Fields) -> Given {
    Given { form: form.to_owned(), fields: fields.clone() }
}

/// What an operation answers, with its refusal as the page shows it.
pub(super) fn told<T, E: Refusal>(result: Result<T, E>) -> Result<T, Problem> {
    result.map_err(|error| Failure::from(error).into_problem())
}
