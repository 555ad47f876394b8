//! What is told of a request: its method, route, status, duration and id. Never its URI, for an id or
//! a query may stand in it, and never where it came from.

use std::time::Instant;

use axum::extract::MatchedPath;
use axum::extract::Request;
use axum::response::Response;
use http::Method;
use tracing::{Instrument, Span, field};

use crate::RequestId;

/// Goes with an answer whose status says that the server is at fault only because its caller wants to be answered so,
/// as a vendor that tries again on nothing else. It is no error of ours, and is not told as one.
#[derive(Debug, Clone, Copy)]
pub struct Foreseen;

/// The method, where it is a usual one: a client may make up others.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Runs a request within its span, and counts it by route and status.
pub(crate) async fn observed(
    request: Request,
    id: RequestId,
    run: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let start = Instant::now();
    let method = method_name(request.method());
    let route: String =
        request.extensions().get::<MatchedPath>().map_or("unmatched", |path| path.as_str()).into();
    let span = tracing::info_span!("request", method, route, request_id = %id, status = field::Empty);

    let response = async {
        let response = run(request).await;
        let status = response.status().as_u16();
        Span::current().record("status", status);
        let millis = start.elapsed().as_secs_f64() * 1e3;
        let foreseen = response.extensions().get::<Foreseen>().is_some();
        if response.status().is_server_error() && !foreseen {
            tracing::error!(millis, "answered with a server error");
        } else {
            tracing::debug!(millis, "answered");
        }
        response
    }
    .instrument(span)
    .await;

    let status = response.status().as_str().to_owned();
    metrics::counter!(
        "dengwen_http_requests_total", "method" => method, "route" => route.clone(), "status" => status
    )
    .increment(1);
    metrics::histogram!("dengwen_http_request_seconds", "route" => route)
        .record(start.elapsed().as_secs_f64());
    response
}
