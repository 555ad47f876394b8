//! The one stylesheet and the clerks' one script. There are no fonts or pictures to load.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

const STYLESHEET: &str = include_str!("../assets/dengwen.css");

/// Where the stylesheet is.
pub const STYLESHEET_PATH: &str = "/assets/dengwen.css";

const SCRIPT: &str = include_str!("../assets/desk.js");

/// Where the clerks' script is.
const SCRIPT_PATH: &str = "/assets/desk.js";

/// Serves both.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(STYLESHEET_PATH, get(|| async { asset("text/css; charset=utf-8", STYLESHEET) }))
        .route(SCRIPT_PATH, get(|| async { asset("text/javascript; charset=utf-8", SCRIPT) }))
}

fn asset(media: &'static str, content: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, "public, max-age=3600")], content)
}
