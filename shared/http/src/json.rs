//! JSON bodies, checked: content type, size, UTF-8, syntax, types, no NUL, and the rules of the type.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::invalid::{malformed, of_json};
use crate::json_tree::Tree;
use crate::{FieldError, Media, Problem, Reading, Text, broken_rules, problems};

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
        if Media::of(request.headers()) != Media::Json {
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
    read_json(bytes)?.judge(broken_rules)
}

/// Reads JSON bytes as far as they can be read: [`Reading`] holds what is wrong with which field.
///
/// # Errors
/// [`problems::MALFORMED`] for what is not JSON in UTF-8, and for lists of more values than a body of ours has.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<Reading<T>, Problem> {
    let text = utf8(bytes)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut json);
    let first = match read {
        Ok(value) => match json.end() {
            Err(error) => Err(malformed(&error)),
            Ok(()) if has_escaped_nul(text) => Ok(FieldError::new("", "nul")),
            // serde takes a list for a struct whose fields stand in it in order: where there is a list, it is looked at.
            Ok(()) if text.contains('[') => Err(too_many_values()),
            Ok(()) => return Ok(Reading::of(value)),
        },
        Err(error) => of_json(&error),
    };
    // Whatever is wrong, all of it is told at once, where the body is of a size to be looked through. The tree
    // also tells what is no JSON: serde_json takes a number in the place of a variant's name for bad syntax.
    match Tree::parse(text)? {
        Some(tree) => Ok(tree.read()),
        None => first.map(Reading::unread),
    }
}

/// Reads an object whose members belong to two types: those that `A` knows, and the others to `B`. What
/// serde's `flatten` does, with every fault under its own name.
///
/// # Errors
/// As [`read_json`]; also for a body of more values than an object of ours has.
pub fn read_flat<A: DeserializeOwned, B: DeserializeOwned>(bytes: &[u8]) -> Result<Reading<(A, B)>, Problem> {
    let tree = Tree::parse(utf8(bytes)?)?.ok_or_else(too_many_values)?;
    Ok(tree.read_flat())
}

fn too_many_values() -> Problem {
    Problem::from(problems::MALFORMED)
        .with_detail(Text::new("more values than such a body has", "内容的条目过多"))
}

fn utf8(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|_| {
        Problem::from(problems::MALFORMED).with_detail(Text::new("not UTF-8", "不是 UTF-8 编码"))
    })
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
