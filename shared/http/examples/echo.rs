//! A bare axum server that parses a JSON body and sends it back: what HTTP itself costs, for
//! `tests/bench intake`. Prints `listening on http://ADDR`.
#![allow(clippy::print_stdout, reason = "a measuring tool tells its address")]

use axum::routing::post;
use axum::{Json, Router};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let echo = post(async |Json(body): Json<serde_json::Value>| Json(body));
    axum::serve(listener, Router::new().route("/api/v1/tips", echo)).await
}
