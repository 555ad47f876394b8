//! Whether a request that changes something comes from our own pages.
//!
//! `Sec-Fetch-Site` where the browser sends it (W3C Fetch Metadata), else `Origin` against `Host`.
//! A request with a cookie and neither is refused: no browser in use sends it that way.

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
        let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(site) = value("sec-fetch-site") {
            return site == "same-origin";
        }
        let host = value("x-forwarded-host").or_else(|| value("host"));
        let origin = value("origin").and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
        matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
    }

    /// As [`SameOrigin::holds`], where no cookie is needed yet: a program that is no browser names no
    /// origin and may sign in.
    pub fn allows_client(headers: &HeaderMap) -> bool {
        let browser = headers.contains_key("sec-fetch-site") || headers.contains_key("origin");
        !browser || Self::holds(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let headers = pairs.iter().map(|(n, v)| ((*n).parse().unwrap(), v.parse().unwrap())).collect();
            assert_eq!(SameOrigin::holds(&headers), expected, "{pairs:?}");
        }
    }
}
