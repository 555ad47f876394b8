//! A recording as a player asks for it: whole, or a part of it (RFC 9110, 14), without which old browsers and
//! telephones can neither seek nor begin.

use axum::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use dengwen_http::{Problem, problems};

/// What of so many bytes is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// All of them: nothing else was asked, or more than one part, which a server may leave aside.
    Whole,
    /// From the first to the last, both counted from 0.
    Part(usize, usize),
    /// A part that is not there.
    Nothing,
}

/// Answers with `bytes`, which never change under `tag`, or with the part of them that was asked for.
pub(crate) fn play(
    media_type: &str,
    tag: &str,
    bytes: Vec<u8>,
    asked: &HeaderMap,
) -> Result<Response, Problem> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Problem::from(problems::INTERNAL));
    let tag = format!("\"{tag}\"");
    let (length, wanted) = (bytes.len(), wanted(asked, &tag, bytes.len()));
    let (status, place, bytes) = match wanted {
        Wanted::Whole => (StatusCode::OK, None, bytes),
        Wanted::Part(first, last) => {
            let place = format!("bytes {first}-{last}/{length}");
            (StatusCode::PARTIAL_CONTENT, Some(place), bytes[first..=last].to_vec())
        }
        Wanted::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, Some(format!("bytes */{length}")), Vec::new()),
    };
    let mut response = (status, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, value(media_type)?);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(ETAG, value(&tag)?);
    if let Some(place) = place {
        headers.insert(CONTENT_RANGE, value(&place)?);
    }
    Ok(response)
}

fn wanted(asked: &HeaderMap, tag: &str, length: usize) -> Wanted {
    let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // Of something else the part that is missing is missing for good.
    if text(IF_RANGE).is_some_and(|known| known != tag) {
        return Wanted::Whole;
    }
    text(RANGE).and_then(|range| part(range, length)).unwrap_or(Wanted::Whole)
}

/// The one part that is asked for; `None` for what is not understood, which is answered in whole.
fn part(range: &str, length: usize) -> Option<Wanted> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || range.contains(',') {
        return None;
    }
    let number = |digits: &str| {
        let digits = digits.trim();
        let are = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than a number has lie beyond any end.
        are.then(|| digits.parse().unwrap_or(usize::MAX))
    };
    let (first, last) = match (first.trim(), last.trim()) {
        ("", last) => match number(last)? {
            0 => return Some(Wanted::Nothing),
            tail => (length.saturating_sub(tail), length.checked_sub(1)?),
        },
        (first, "") => (number(first)?, length.checked_sub(1)?),
        (first, last) => (number(first)?, number(last)?),
    };
    if last < first && first < length {
        return None;
    }
    Some(if first < length { Wanted::Part(first, last.min(length - 1)) } else { Wanted::Nothing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_is_given_and_what_is_not_understood_is_answered_in_whole() {
        let of_ten = |range: &str| part(range, 10).unwrap_or(Wanted::Whole);
        for (range, expected) in [
            ("bytes=0-", Wanted::Part(0, 9)),
            ("bytes=0-0", Wanted::Part(0, 0)),
            ("Bytes=3-5", Wanted::Part(3, 5)),
            ("bytes=3-99", Wanted::Part(3, 9)),
            ("bytes=3-99999999999999999999999", Wanted::Part(3, 9)),
            ("bytes=-4", Wanted::Part(6, 9)),
            ("bytes=-99", Wanted::Part(0, 9)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-3", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=--1", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(of_ten(range), expected, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), None, "nothing has no part");
    }
}
