//! What every host of the console's pages does alike: the language, and problems shown as pages.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::middleware::Next;
use axum::response::Response;
use dengwen_http::{Language, Problem, cookie};

use super::{RefusedPage, Shell};
use crate::{Lang, page};

/// The cookie that holds the language that was chosen, and says nothing else.
pub const LANGUAGE_COOKIE: &str = "dengwen-language";

/// The language of a request: the cookie's, else the browser's.
pub fn language_of(headers: &HeaderMap) -> Lang {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Lang::choose(cookie(headers, LANGUAGE_COOKIE), accepted)
}

/// A problem in the page's language.
pub fn say(problem: &Problem, lang: Lang) -> String {
    let document = problem.document(language(lang), None);
    // By the name on the page where the field has one there.
    let name = |field: &str| lang.told("console", field).map_or_else(|| field.to_owned(), str::to_owned);
    let fields = document.errors.iter().map(|error| format!("{}: {}", name(&error.field), error.message));
    let detail = document.detail.into_iter().chain(fields).collect::<Vec<_>>().join("; ");
    if detail.is_empty() { document.title } else { format!("{} ({detail})", document.title) }
}

/// The language as the interface's problems know it.
pub fn language(lang: Lang) -> Language {
    match lang {
        Lang::Zh => Language::Chinese,
        Lang::En => Language::English,
    }
}

/// Shows a problem that a page's handler answered with: what the interface answers as a document, a
/// browser shows as words.
pub async fn refused_as_page(request: Request, next: Next) -> Response {
    let lang = language_of(request.headers());
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let shell = Shell { lang, path: "/desk".to_owned(), error: say(problem, lang), ..Shell::default() };
    page(problem.kind().status(), &RefusedPage { shell })
}
