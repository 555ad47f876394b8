//! What a page of another site makes a browser send. Nobody should report without knowing it, nor in the name of
//! whoever happens to look at a page.

use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dengwen_http::SameOrigin;
use dengwen_pages::{NoticePage, page};

use crate::form::PageLang;

/// Lets through what does not surely come from elsewhere; a page says why the rest is not taken.
pub(crate) async fn kept_out(request: Request, next: Next) -> Response {
    if request.method().is_safe() || !SameOrigin::comes_from_elsewhere(request.headers()) {
        return next.run(request).await;
    }
    if request.uri().path().starts_with("/api/") {
        return SameOrigin::refused().into_response();
    }
    let (mut head, _) = request.into_parts();
    let Ok(PageLang(lang)) = PageLang::from_request_parts(&mut head, &()).await;
    let (title, text) = ("notice.elsewhere", "notice.elsewhere_text");
    page(StatusCode::FORBIDDEN, &NoticePage { lang, title, text })
}
