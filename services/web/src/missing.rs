//! Addresses where nothing is: a page for people, the problem for programs.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dengwen_http::{Problem, problems};
use dengwen_pages::{NoticePage, page};

use crate::form::PageLang;

/// Says that nothing is there, and where to begin.
pub(crate) async fn show(PageLang(lang): PageLang, headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accepted.is_some_and(|types| types.contains("text/html")) {
        let (title, text) = ("notice.not_found", "notice.not_found_text");
        return page(StatusCode::NOT_FOUND, &NoticePage { lang, title, text });
    }
    Problem::from(problems::NOT_FOUND).into_response()
}
