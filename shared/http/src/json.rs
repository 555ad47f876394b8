//! JSON bodies, checked: content type, size, UTF-8, syntax, types, no NUL, and the rules of the type.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::invalid::{is_name, of_json};
use crate::{FieldError, Problem, Text, problems};

/// A JSON body that was read and whose rules hold.
///
/// Answers 415 for another content type, 413 beyond the body limit, 400 for what is not JSON in
/// UTF-8, 422 with each field for what breaks a rule.
#[derive(Debug, Clone, Copy)]
pub struct ValidJson<T>(pub T);

impl<S, T> FromRequest<S> for ValidJson<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(problems::UNSUPPORTED_MEDIA_TYPE.into());
        }
        let body = Bytes::from_request(request, state).await?;
        parse_json(&body).map(Self)
    }
}

/// Reads JSON bytes as [`ValidJson`] does; for parts of a multipart body and for signed bodies, whose
/// bytes are needed as they came.
///
/// # Errors
/// The [`Problem`] to answer with.
pub fn parse_json<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Problem::from(problems::MALFORMED).with_detail(Text::new("not UTF-8", "不是 UTF-8 编码"))
    })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value: T = serde_path_to_error::deserialize(&mut json).map_err(|error| of_json(&error))?;
    json.end().map_err(|error| {
        of_json(&serde_path_to_error::Error::new(serde_path_to_error::Track::new().path(), error))
    })?;
    if has_escaped_nul(text) {
        return Err(nul_problem(text));
    }
    value.validate()?;
    Ok(value)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Whether a string of a valid JSON text holds NUL. JSON allows it only escaped; PostgreSQL refuses it
/// and SQLite would store it.
fn has_escaped_nul(json: &str) -> bool {
    let bytes = json.as_bytes();
    json.match_indices("u0000").any(|(at, _)| {
        // An odd number of backslashes before it: the last one escapes the `u`.
        bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
    })
}

/// Rare, so that a second reading to find the fields does not matter.
fn nul_problem(json: &str) -> Problem {
    let mut fields = Vec::new();
    if let Ok(value) = serde_json::from_str(json) {
        find_nul(&value, String::new(), &mut fields);
    }
    if fields.is_empty() {
        fields.push(String::new());
    }
    Problem::invalid(fields.into_iter().map(|field| FieldError::new(field, "nul")).collect())
}

fn find_nul(value: &serde_json::Value, path: String, fields: &mut Vec<String>) {
    const MAX_FIELDS: usize = 20;
    match value {
        serde_json::Value::String(text) if text.contains('\0') && fields.len() < MAX_FIELDS => {
            fields.push(path)
        }
        serde_json::Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_nul(item, format!("{path}[{index}]"), fields);
            }
        }
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                let name = if is_name(key) { key } else { "?" };
                find_nul(member, format!("{path}{dot}{name}"), fields);
            }
        }
        _ => {}
    }
}
