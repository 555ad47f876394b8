//! Reading multipart bodies, bounded.

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use bytes::Bytes;
use dengwen_http::{FieldError, Problem, problems};
use sha2::{Digest, Sha256};

/// Fields that are not files, at most.
const MAX_FIELDS: usize = 40;
/// Longest field that is not a file, in bytes.
const MAX_FIELD: usize = 64 << 10;

/// What a multipart body held.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) files: Vec<Upload>,
}

/// One file as it was sent.
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

impl Parts {
    /// Reads the body. Parts named `file` (or with a file name) are files.
    pub(crate) async fn read(
        mut multipart: Multipart,
        max_files: usize,
        max_file: usize,
    ) -> Result<Self, Problem> {
        let mut parts = Self::default();
        while let Some(field) =
            multipart.next_field().await.map_err(|_| Problem::from(problems::MALFORMED))?
        {
            let name = field.name().unwrap_or_default().to_owned();
            match field.file_name().map(ToOwned::to_owned) {
                Some(file) => {
                    let bytes = read(field, max_file).await?;
                    // A form without a chosen file sends an empty one without a name.
                    if file.is_empty() && bytes.is_empty() {
                        continue;
                    }
                    if parts.files.len() == max_files {
                        return Err(Problem::invalid(vec![FieldError::new("files", "too_many")]));
                    }
                    parts.files.push(Upload { name: file, bytes });
                }
                None => {
                    if parts.fields.len() == MAX_FIELDS {
                        return Err(Problem::from(problems::MALFORMED));
                    }
                    let bytes = read(field, MAX_FIELD).await?;
                    let text = String::from_utf8(bytes.to_vec())
                        .map_err(|_| Problem::invalid(vec![FieldError::new(name.clone(), "not_utf8")]))?;
                    parts.fields.push((name, text));
                }
            }
        }
        Ok(parts)
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

async fn read(mut field: Field<'_>, limit: usize) -> Result<Bytes, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| Problem::from(problems::TOO_LARGE))? {
        if bytes.len() + chunk.len() > limit {
            return Err(Problem::from(problems::TOO_LARGE));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}
