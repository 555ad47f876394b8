//! What a body says that it is. Media types are compared without case (RFC 9110, 8.3.1).

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// The kinds of body that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `application/json`, or another type that is JSON.
    Json,
    /// `multipart/form-data`.
    Multipart,
    /// Any other, or none said.
    Other,
}

impl Media {
    /// The kind of body that comes with these headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "multipart/form-data" => Self::Multipart,
            "application/json" => Self::Json,
            other if other.starts_with("application/") && other.ends_with("+json") => Self::Json,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_has_no_case_and_parameters_do_not_matter() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, value.parse().unwrap());
            Media::of(&headers)
        };
        for (value, media) in [
            ("application/json", Media::Json),
            ("Application/JSON; charset=utf-8", Media::Json),
            ("application/problem+json", Media::Json),
            ("Multipart/Form-Data; boundary=x", Media::Multipart),
            ("multipart/form-datax", Media::Other),
            ("multipart/mixed", Media::Other),
            ("text/json", Media::Other),
            ("text/plain; application/json", Media::Other),
            ("", Media::Other),
        ] {
            assert_eq!(of(value), media, "{value}");
        }
        assert_eq!(Media::of(&HeaderMap::new()), Media::Other);
    }
}
