//! Pages: typed templates and their translations. Chinese first, English complete.
//!
//! A page is one struct with one template. Everything works without JavaScript, and nothing is loaded
//! from elsewhere. Words live in `translations.toml`; a test holds that no template names a word that
//! is not there, and that every page renders in both languages.

mod assets;
pub mod console;
mod lang;
mod public;

pub use assets::{STYLESHEET_PATH, routes as asset_routes};
pub use lang::Lang;
pub use public::{
    CodeChoice, FieldError, Given, MailboxLine, MailboxPage, NoticePage, RankChoice, ReceiptGivenPage,
    ReceiptPage, ReportPage, Unsent,
};

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// Renders a page, never to be kept by a browser or a proxy.
pub fn page<T: Template>(status: StatusCode, template: &T) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = (status, Html(html)).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        // Our templates only format text; failing to do so leaves nothing better to say.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
