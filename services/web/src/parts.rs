//! Reading multipart bodies, bounded.

use axum::body::Body;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use bytes::Bytes;
use dengwen_http::{FieldError, Problem, problems, shown_name};
use dengwen_model::is_blank;
use futures::StreamExt;
use sha2::{Digest, Sha256};

use crate::uploads::Share;

/// Name of the parts that are files.
const FILE_PART: &str = "file";
/// Fields that are not files, at most.
const MAX_FIELDS: usize = 40;
/// Longest field that is not a file, in bytes: longer than any may be, so that what is too long is shown again
/// and can be made shorter.
const MAX_FIELD: usize = 1 << 20;
/// Bytes of a body that is too long which are still read and dropped.
const DROPPED: usize = 64 << 20;

/// What a multipart body held.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) files: Vec<Upload>,
    /// Why it cannot be taken as it is. What was typed is there all the same, to be shown again.
    pub(crate) fault: Option<Problem>,
}

/// One file as it was sent.
pub(crate) struct Upload {
    /// The part that it came in.
    pub(crate) part: String,
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

impl Parts {
    /// Reads the body. Parts with a file name are files.
    pub(crate) async fn read(
        mut multipart: Multipart,
        max_files: usize,
        max_file: usize,
        share: &mut Share,
    ) -> Result<Self, Problem> {
        let mut parts = Self::default();
        // A fault is said only at the end: who is cut off while sending sees a broken connection and not the
        // answer.
        while let Some(field) = multipart.next_field().await.map_err(|error| broken(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            match field.file_name().map(ToOwned::to_owned) {
                Some(file) => {
                    let room = if parts.files.len() < max_files { max_file } else { 0 };
                    match read(field, room, share).await? {
                        // A form without a chosen file sends an empty one without a name.
                        Some(bytes) if file.is_empty() && bytes.is_empty() => {}
                        Some(bytes) if room > 0 => parts.files.push(Upload { part: name, name: file, bytes }),
                        _ if room == 0 => {
                            parts.refuse(Problem::invalid(vec![FieldError::new("files", "too_many")]))
                        }
                        _ => parts.refuse(problems::TOO_LARGE.into()),
                    }
                }
                None if parts.fields.len() == MAX_FIELDS => return Err(problems::MALFORMED.into()),
                None => {
                    match read(field, MAX_FIELD, share).await?.map(|bytes| String::from_utf8(bytes.into())) {
                        Some(Ok(text)) => parts.fields.push((name, text)),
                        Some(Err(_)) => parts
                            .refuse(Problem::invalid(vec![FieldError::new(shown_name(&name), "not_utf8")])),
                        None => parts.refuse(problems::TOO_LARGE.into()),
                    }
                }
            }
        }
        Ok(parts)
    }

    /// Notes the first fault.
    fn refuse(&mut self, fault: Problem) {
        self.fault.get_or_insert(fault);
    }

    /// The parts, where they can be taken as they are.
    pub(crate) fn whole(mut self) -> Result<Self, Problem> {
        match self.fault.take() {
            None => Ok(self),
            Some(fault) => Err(fault),
        }
    }

    /// The parts, where each field is one of these and stands once, and files come as files do: of what nobody looks
    /// at nothing is taken.
    pub(crate) fn with_fields(self, known: &[&str]) -> Result<Self, Problem> {
        let mut faults = Vec::new();
        for (place, (name, _)) in self.fields.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                faults.push(FieldError::new(shown_name(name), "unknown_field"));
            } else if self.fields[..place].iter().any(|(earlier, _)| earlier == name) {
                faults.push(FieldError::new(name, "duplicate_field"));
            }
        }
        for Upload { part, .. } in self.files.iter().filter(|file| file.part != FILE_PART) {
            let code = if known.contains(&part.as_str()) { "wrong_type" } else { "unknown_field" };
            faults.push(FieldError::new(shown_name(part), code));
        }
        if faults.is_empty() { Ok(self) } else { Err(Problem::invalid(faults)) }
    }

    /// The fields that are none of these.
    pub(crate) fn others(&self, known: &[&str]) -> Vec<String> {
        let others = self.fields.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        others.map(|(_, value)| value.clone()).filter(|value| !is_blank(value)).collect()
    }

    /// All that stands in the fields of this name: where there is more than one, nothing of it is lost.
    pub(crate) fn all(&self, name: &str, between: &str) -> String {
        let all = self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str());
        all.collect::<Vec<_>>().join(between)
    }

    /// The first field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// A digest over everything, to tell a repeated request from another one.
    pub(crate) fn fingerprint(&self) -> Vec<u8> {
        let mut hasher = Sha256::new();
        for (name, value) in &self.fields {
            for part in [name.as_bytes(), value.as_bytes()] {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        }
        for file in &self.files {
            hasher.update((file.bytes.len() as u64).to_be_bytes());
            hasher.update(&file.bytes);
        }
        hasher.finalize().to_vec()
    }
}

/// A body that is longer than the route takes, or no multipart to its end.
fn broken(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => problems::TOO_LARGE.into(),
        _ => problems::MALFORMED.into(),
    }
}

async fn read(mut field: Field<'_>, limit: usize, share: &mut Share) -> Result<Option<Bytes>, Problem> {
    let mut bytes = Vec::new();
    let mut fits = true;
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        fits &= bytes.len() + chunk.len() <= limit;
        match fits {
            true => {
                share.grow(chunk.len()).await?;
                bytes.extend_from_slice(&chunk);
            }
            false => bytes = Vec::new(),
        }
    }
    Ok(fits.then(|| bytes.into()))
}

/// Reads a body of at most `limit` bytes. Of a longer one the rest is read and dropped, within the
/// route's own limit: who is cut off while sending sees a broken connection and not the answer.
///
/// # Errors
/// That it is too large, or broke off.
pub(crate) async fn bounded(body: Body, limit: usize, share: &mut Share) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    let (mut seen, mut fits) = (0, true);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::from(problems::MALFORMED))?;
        seen += chunk.len();
        fits &= seen <= limit;
        match fits {
            true => {
                share.grow(chunk.len()).await?;
                bytes.extend_from_slice(&chunk);
            }
            false => bytes = Vec::new(),
        }
        if seen > DROPPED {
            break;
        }
    }
    if fits { Ok(bytes.into()) } else { Err(problems::TOO_LARGE.into()) }
}
