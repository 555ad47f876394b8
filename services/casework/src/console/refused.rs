//! Problems as pages: what the interface answers as a document, a browser shows as words.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use dengwen_http::Problem;
use dengwen_pages::console::RefusedPage;
use dengwen_pages::page;

use super::language;
use super::shell::{bare_shell, say};

/// Shows a problem that a page's handler answered with.
pub(super) async fn as_page(request: Request, next: Next) -> Response {
    let lang = language::of(request.headers());
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let mut shell = bare_shell(lang, "/desk");
    shell.error = say(problem, lang);
    page(problem.kind().status(), &RefusedPage { shell })
}
