//! Whether a request that changes something comes from our own pages.
//!
//! `Sec-Fetch-Site` where the browser sends it (W3C Fetch Metadata), else `Origin` against `Host`.
//! A request with a cookie and neither is refused: no browser in use sends it that way. Where there is no
//! cookie to misuse, as at the public door, only what surely comes from elsewhere is.

use http::HeaderMap;

use crate::{Problem, problems};

/// The check.
#[derive(Debug, Clone, Copy)]
pub struct SameOrigin;

impl SameOrigin {
    /// What a request from elsewhere is told.
    pub fn refused() -> Problem {
        problems::CROSS_SITE.into()
    }

    /// Whether the request comes from our own pages.
    pub fn holds(headers: &HeaderMap) -> bool {
        match value(headers, "sec-fetch-site") {
            Some(site) => site == "same-origin",
            None => value(headers, "origin").is_some_and(|origin| is_ours(headers, origin)),
        }
    }

    /// Whether the request surely comes from a page of another site. Old phones send neither header, and where
    /// a page sends no referrer, as ours, the origin is `null`: then nobody can tell, and a reporter is let in.
    pub fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
        match (value(headers, "sec-fetch-site"), value(headers, "origin")) {
            // By an address that was typed, or a tab that was opened again.
            (Some("none" | "same-origin"), _) => false,
            (Some(_), _) => true,
            (None, None | Some("null")) => false,
            (None, Some(origin)) => !is_ours(headers, origin),
        }
    }

    /// As [`SameOrigin::holds`], where no cookie is needed yet: a program that is no browser names no
    /// origin and may sign in.
    pub fn allows_client(headers: &HeaderMap) -> bool {
        let browser = headers.contains_key("sec-fetch-site") || headers.contains_key("origin");
        !browser || Self::holds(headers)
    }
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether an origin is the host that was asked, as the browser knows it.
fn is_ours(headers: &HeaderMap, origin: &str) -> bool {
    let asked = value(headers, "x-forwarded-host").or_else(|| value(headers, "host"));
    let origin = origin.split_once("://").map(|(_, host)| host);
    matches!((origin, asked), (Some(origin), Some(asked)) if origin.eq_ignore_ascii_case(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        for (pairs, expected) in [
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "cross-site")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("origin", "http://127.0.0.1:8380"), ("host", "127.0.0.1:8380")], true),
            (vec![("origin", "http://evil.example"), ("host", "127.0.0.1:8380")], false),
            (vec![("origin", "null"), ("host", "127.0.0.1:8380")], false),
            (vec![("host", "127.0.0.1:8380")], false),
            (vec![("sec-fetch-site", "cross-site"), ("origin", "http://a"), ("host", "a")], false),
        ] {
            assert_eq!(SameOrigin::holds(&headers(&pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn only_what_surely_comes_from_elsewhere_is_kept_out_of_the_public_door() {
        for (pairs, expected) in [
            (vec![("sec-fetch-site", "same-origin"), ("origin", "null")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("sec-fetch-site", "same-site")], true),
            (vec![("sec-fetch-site", "cross-site")], true),
            (vec![("sec-fetch-site", "cross-site"), ("origin", "http://a"), ("host", "a")], true),
            (vec![("origin", "http://line.example"), ("host", "line.example")], false),
            (vec![("origin", "http://evil.example"), ("host", "line.example")], true),
            (
                vec![("origin", "http://line.example"), ("host", "in"), ("x-forwarded-host", "line.example")],
                false,
            ),
            (vec![("origin", "null"), ("host", "line.example")], false),
            (vec![("host", "line.example")], false),
            (vec![], false),
        ] {
            assert_eq!(SameOrigin::comes_from_elsewhere(&headers(&pairs)), expected, "{pairs:?}");
        }
    }
}
