//! The one stylesheet. There are no scripts, fonts or pictures to load.

use axum::Router;
use axum::http::header;
use axum::routing::get;

const STYLESHEET: &str = include_str!("../assets/dengwen.css");

/// Where the stylesheet is.
pub const STYLESHEET_PATH: &str = "/assets/dengwen.css";

/// Serves the stylesheet.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route(
        STYLESHEET_PATH,
        get(|| async {
            (
                [
                    (header::CONTENT_TYPE, "text/css; charset=utf-8"),
                    (header::CACHE_CONTROL, "public, max-age=3600"),
                ],
                STYLESHEET,
            )
        }),
    )
}
