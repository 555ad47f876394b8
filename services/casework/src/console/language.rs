//! The console's language: chosen once, kept in a cookie that says nothing else.

use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_pages::Lang;
use dengwen_pages::console::LANGUAGE_COOKIE;
use serde::Deserialize;

pub(super) use dengwen_pages::console::language_of as of;

use super::forms::Asked;

/// Which language, and where to go then.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choose {
    to: String,
    back: String,
}

/// Keeps the choice.
pub(super) async fn choose(Asked(choice): Asked<Choose>) -> Response {
    let lang = Lang::choose(Some(&choice.to), None);
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path=/desk; Max-Age=31536000; HttpOnly; SameSite=Strict",
        lang.query()
    );
    let back = if is_page_of_ours(&choice.back) { choice.back.as_str() } else { "/desk" };
    let cookie = HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static(""));
    ([(SET_COOKIE, cookie)], Redirect::to(back)).into_response()
}

/// Only pages of the console, so that the link cannot lead elsewhere.
pub(super) fn is_page_of_ours(path: &str) -> bool {
    let ours = path == "/desk" || path.starts_with("/desk/") || path.starts_with("/desk?");
    ours && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_nowhere_else() {
        for (path, ours) in [
            ("/desk/cases?stage=opened", true),
            ("/desk", true),
            ("//evil.example", false),
            ("/deskevil", false),
            ("https://evil.example/desk/", false),
            ("/desk/\r\nSet-Cookie: a=b", false),
            ("/desk/\\evil", false),
            ("", false),
        ] {
            assert_eq!(is_page_of_ours(path), ours, "{path:?}");
        }
    }
}
