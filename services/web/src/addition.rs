//! What a reporter adds to their report, as it is sent: words, files or both.

use axum::extract::{FromRequest, Multipart, Request};
use dengwen_door::{has_control, refuse_file};
use dengwen_http::{FieldError, Media, Problem, problems, read_json};
use dengwen_model::is_blank;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::Web;
use crate::parts::{Parts, Upload, bounded};

/// Longest message, in characters.
pub(crate) const MAX_MESSAGE: usize = 6000;
/// Longest body without files, in bytes.
const MAX_JSON: usize = 64 << 10;
/// Name of the JSON part of a multipart message, and of the words where they come as a field by themselves.
const MESSAGE_PART: &str = "message";
const TEXT_PART: &str = "text";

/// A message to the line. `text` may be left out where a file comes along.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageIn {
    /// The words.
    #[serde(default)]
    text: String,
}

/// A message as it was read, before anything was kept of it.
pub(crate) struct Added {
    pub(crate) text: String,
    pub(crate) files: Vec<Upload>,
    /// Tells a repeated request from another one.
    pub(crate) fingerprint: Vec<u8>,
}

impl Added {
    /// Reads JSON, or multipart with a `message` part (the same JSON) or a `text` field, and `file` parts.
    pub(crate) async fn read(web: &Web, request: Request) -> Result<Self, Problem> {
        let media = Media::of(request.headers());
        let mut share = web.uploads.begin(&web.door, &request);
        if media == Media::Json {
            let bytes = bounded(request.into_body(), MAX_JSON, &mut share).await?;
            let fingerprint = Sha256::digest(&bytes).to_vec();
            let MessageIn { text } = read_json(&bytes)?.judge(|_| Vec::new())?;
            return Ok(Self { text, files: Vec::new(), fingerprint });
        }
        if media == Media::Other {
            return Err(problems::UNSUPPORTED_MEDIA_TYPE.into());
        }
        let multipart =
            Multipart::from_request(request, &()).await.map_err(|_| Problem::from(problems::MALFORMED))?;
        let parts = Parts::read(multipart, web.max_files, web.files.max_bytes(), &mut share).await?;
        // The words stand in one of the two; what stood in the other would be lost.
        let words = if parts.field(MESSAGE_PART).is_some() { MESSAGE_PART } else { TEXT_PART };
        Self::of(parts, &[words])
    }

    /// The message among the parts of a form that has these fields.
    pub(crate) fn of(parts: Parts, fields: &[&str]) -> Result<Self, Problem> {
        let parts = parts.whole()?.with_fields(fields)?;
        let text = match parts.field(MESSAGE_PART) {
            Some(json) => read_json::<MessageIn>(json.as_bytes())?.judge(|_| Vec::new())?.text,
            None => parts.field(TEXT_PART).unwrap_or_default().to_owned(),
        };
        Ok(Self { text, fingerprint: parts.fingerprint(), files: parts.files })
    }

    /// Everything that is wrong with it, before anything is counted or kept.
    pub(crate) fn check(&self, web: &Web) -> Result<(), Problem> {
        let wrong = |code: &'static str| Err(Problem::invalid(vec![FieldError::new(TEXT_PART, code)]));
        if is_blank(&self.text) && self.files.is_empty() {
            return wrong("required");
        }
        if self.text.chars().count() > MAX_MESSAGE {
            return wrong("too_long");
        }
        if has_control(&self.text) {
            return wrong("not_allowed");
        }
        for (index, file) in self.files.iter().enumerate() {
            web.files.admit(&file.bytes).map_err(|error| refuse_file(&format!("files[{index}]"), error))?;
        }
        Ok(())
    }
}
