//! A table as it is sent: the body itself, or the first file of a form.

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use dengwen_http::{Problem, problems};

use crate::parts::{is_form, unreadable};

/// The bytes of a table, within the route's body limit.
#[derive(Debug, Clone)]
pub(crate) struct Upload(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_form(&request) {
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
