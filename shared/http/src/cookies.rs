//! Cookies as browsers send them, and over what they came.

use http::HeaderMap;
use http::header::COOKIE;

/// The value of the cookie of this name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let sent = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = sent.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(named, _)| *named == name).map(|(_, value)| value)
}

/// Whether the browser speaks to this machine itself, without TLS. A proxy that ends TLS says so, and is
/// reached by another name. Everywhere else cookies are bound to TLS.
pub fn is_plain_loopback(headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = value("host").unwrap_or("");
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host });
    let loopback = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    loopback && value("x-forwarded-proto") != Some("https")
}
