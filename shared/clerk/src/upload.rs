//! A table as it is sent: the body itself, or the first file of a form.

use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use dengwen_http::{Problem, problems};

/// The bytes of a table, within the route's body limit.
#[derive(Debug, Clone)]
pub(crate) struct Upload(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !media.is_some_and(|media| media.starts_with("multipart/form-data")) {
            return Ok(Self(Bytes::from_request(request, state).await?));
        }
        let mut form =
            Multipart::from_request(request, state).await.map_err(|_| Problem::from(problems::MALFORMED))?;
        while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
            if field.file_name().is_some() || field.name() == Some("file") {
                return Ok(Self(field.bytes().await.map_err(|error| unreadable(&error))?));
            }
        }
        Err(problems::MALFORMED.into())
    }
}

fn unreadable(error: &MultipartError) -> Problem {
    match error.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => problems::TOO_LARGE.into(),
        _ => problems::MALFORMED.into(),
    }
}
