//! An entry as it is sent: JSON alone, or a form of one JSON part and files.

use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use dengwen_http::{FieldError, Media, Problem, problems};
use sha2::{Digest, Sha256};

/// Most files that come with one entry.
const MAX_FILES: usize = 50;
/// Most parts that are no files.
const MAX_FIELDS: usize = 50;

/// The parts of a form, within the route's body limit.
#[derive(Debug, Default)]
pub struct Parts {
    /// What is no file, by name.
    pub fields: Vec<(String, Bytes)>,
    /// The files with their names.
    pub files: Vec<(String, Bytes)>,
}

impl Parts {
    /// What the first field of this name says.
    pub fn field(&self, name: &str) -> Option<&Bytes> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// A digest over everything, to tell a repeated request from another one.
    pub(crate) fn fingerprint(&self) -> Vec<u8> {
        let mut digest = Sha256::new();
        for (_, bytes) in self.fields.iter().chain(&self.files) {
            digest.update((bytes.len() as u64).to_be_bytes());
            digest.update(bytes);
        }
        digest.finalize().to_vec()
    }
}

impl<S: Send + Sync> FromRequest<S> for Parts {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let mut form =
            Multipart::from_request(request, state).await.map_err(|_| Problem::from(problems::MALFORMED))?;
        let mut parts = Self::default();
        while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
            let file = field.file_name().map(str::to_owned);
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|error| unreadable(&error))?;
            match file {
                // A form in which no file was chosen sends an empty one without a name.
                Some(file) if file.is_empty() && bytes.is_empty() => {}
                Some(_) if parts.files.len() == MAX_FILES => {
                    return Err(Problem::invalid(vec![FieldError::new("files", "too_many")]));
                }
                Some(file) => parts.files.push((file, bytes)),
                None if parts.fields.len() == MAX_FIELDS => return Err(problems::MALFORMED.into()),
                None => parts.fields.push((name, bytes)),
            }
        }
        Ok(parts)
    }
}

/// An entry's JSON and its files.
pub(crate) struct Sent {
    pub(crate) json: Bytes,
    pub(crate) files: Vec<(String, Bytes)>,
    pub(crate) fingerprint: Vec<u8>,
}

/// Name of the part of a form that holds the entry.
const ENTRY: &str = "entry";

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_form(&request) {
            let json = Bytes::from_request(request, state).await?;
            let fingerprint = Sha256::digest(&json).to_vec();
            return Ok(Self { json, files: Vec::new(), fingerprint });
        }
        let parts = Parts::from_request(request, state).await?;
        let missing = || Problem::invalid(vec![FieldError::new(ENTRY, "required")]);
        let json = parts.field(ENTRY).ok_or_else(missing)?.clone();
        Ok(Self { json, fingerprint: parts.fingerprint(), files: parts.files })
    }
}

/// Whether a request is a form with parts.
pub(crate) fn is_form(request: &Request) -> bool {
    Media::of(request.headers()) == Media::Multipart
}

pub(crate) fn unreadable(error: &MultipartError) -> Problem {
    match error.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => problems::TOO_LARGE.into(),
        _ => problems::MALFORMED.into(),
    }
}
