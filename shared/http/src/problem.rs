//! Errors on the wire: RFC 9457 problem details.
//!
//! A handler answers with a [`Problem`]; the conventions around the router then write it out in the
//! language that was asked for, with the request's id. Texts are fixed ones: what somebody typed
//! never comes back in one, nor does the text of an internal error.

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Language, RequestId, Text};

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A kind of problem: its `type` never changes, whatever its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemType {
    name: &'static str,
    status: StatusCode,
    title: Text,
}

impl ProblemType {
    /// A kind with this name (`validation`), status and title.
    pub const fn new(name: &'static str, status: StatusCode, title: Text) -> Self {
        Self { name, status, title }
    }

    /// The name within the type URI.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The `type` member: `urn:dengwen:problem:validation`. A name, not an address to open.
    pub fn uri(&self) -> String {
        format!("urn:dengwen:problem:{}", self.name)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Path to the field, as `subject.region_code` or `files[0]`; empty for the whole.
    pub field: String,
    /// A stable code, as `required`.
    pub code: Cow<'static, str>,
    /// The same for people.
    pub message: Text,
}

/// An error answer. One pointer wide, since it is the error of most functions at the edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Members>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Members {
    kind: ProblemType,
    detail: Option<Text>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    challenge: Option<&'static str>,
}

impl From<ProblemType> for Problem {
    fn from(kind: ProblemType) -> Self {
        let members = Members { kind, detail: None, errors: Vec::new(), retry_after: None, challenge: None };
        Self(Box::new(members))
    }
}

impl Problem {
    /// Adds what is particular to this case.
    #[must_use]
    pub fn with_detail(mut self, detail: Text) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// Adds what is wrong with which field.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Adds `Retry-After`, in whole seconds, rounded up.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Adds `WWW-Authenticate` with this scheme.
    #[must_use]
    pub fn with_challenge(mut self, scheme: &'static str) -> Self {
        self.0.challenge = Some(scheme);
        self
    }

    /// The kind of problem.
    pub fn kind(&self) -> &ProblemType {
        &self.0.kind
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.kind.status
    }

    /// What is wrong with which field.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The problem as it is written out.
    pub fn document(&self, language: Language, request_id: Option<&RequestId>) -> ProblemDocument {
        let text = |text: &Text| text.in_language(language).to_owned();
        let field = |error: &FieldError| ProblemField {
            field: error.field.clone(),
            code: error.code.clone().into_owned(),
            message: text(&error.message),
        };
        ProblemDocument {
            r#type: self.0.kind.uri(),
            title: text(&self.0.kind.title),
            status: self.0.kind.status.as_u16(),
            detail: self.0.detail.as_ref().map(text),
            errors: self.0.errors.iter().map(field).collect(),
            request_id: request_id.map(ToString::to_string),
        }
    }

    fn body(&self, language: Language, request_id: Option<&RequestId>) -> Body {
        // Plain strings and numbers always serialise.
        Body::from(serde_json::to_vec(&self.document(language, request_id)).unwrap_or_default())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.0.kind.status, self.body(Language::English, None)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        if let Some(wait) = self.0.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if let Some(scheme) = self.0.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes out the problem of a response in this language and with this request id, and makes one of
/// an error that came without a body (an unknown path, a method that is not allowed).
pub(crate) fn write_out(response: Response, language: Language, request_id: &RequestId) -> Response {
    let (mut parts, body) = response.into_parts();
    let problem = match parts.extensions.remove::<Problem>() {
        Some(problem) => problem,
        None => match crate::problems::of_bare_status(parts.status) {
            Some(kind) if !parts.headers.contains_key(CONTENT_TYPE) => Problem::from(kind),
            _ => return Response::from_parts(parts, body),
        },
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, MEDIA_TYPE);
    let body = problem.body(language, Some(request_id));
    // Kept for whoever stands further out, as a page that wants to show it.
    parts.extensions.insert(problem);
    Response::from_parts(parts, body)
}

/// The members of an `application/problem+json` body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemDocument {
    /// The stable kind, as `urn:dengwen:problem:validation`.
    pub r#type: String,
    /// What kind of problem it is, for people.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// What is particular to this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What is wrong with which field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// The id to name when asking about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemField {
    /// Path to the field; empty for the whole body.
    pub field: String,
    /// A stable code.
    pub code: String,
    /// The same for people.
    pub message: String,
}
