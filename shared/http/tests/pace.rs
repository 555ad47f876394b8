//! How slowly a body may come. What the numbers mean is tested beside them; here each bound ends a
//! request that it should end, and none that it should not, however slow the machine is.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{DefaultBodyLimit, Request};
use axum::routing::post;
use dengwen_http::{Conventions, Pace, ProblemDocument};
use dengwen_model::SystemEntropy;
use futures::{StreamExt, stream};
use http::StatusCode;
use tower::ServiceExt;

/// So short that every wait is longer, and so long that none is.
const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_hours(1);

/// Everything is borne.
const PATIENT: Pace = Pace { idle: LONG, grace: LONG, floor: 1, longest: LONG };

/// Pieces that come one after the other, each when the one before was read.
fn pieces(count: usize) -> impl futures::Stream<Item = Result<Bytes, Infallible>> + Send {
    stream::iter(0..count).then(|_| async {
        tokio::task::yield_now().await;
        Ok(Bytes::from_static(&[b'x'; 1000]))
    })
}

/// The pieces, and then nothing more.
fn unfinished(count: usize) -> Body {
    Body::from_stream(pieces(count).chain(stream::pending()))
}

/// A byte at a time, for ever.
fn trickle() -> Body {
    Body::from_stream(stream::repeat(()).then(|()| async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok::<_, Infallible>(Bytes::from_static(b"x"))
    }))
}

async fn answer(path: &str, pace: Pace, time_limit: Duration, body: Body) -> (StatusCode, Bytes) {
    let router = Router::new()
        .route("/read", post(async |body: Bytes| body.len().to_string()))
        .route("/read-and-hang", post(async |_: Bytes| std::future::pending::<()>().await))
        .route("/hint", post(async |request: Request| format!("{:?}", request.body().size_hint().exact())))
        .layer(DefaultBodyLimit::disable());
    let conventions = Conventions { time_limit, pace, ..Conventions::new(Arc::new(SystemEntropy)) };
    let request = Request::post(path).body(body).unwrap();
    let response = conventions.apply(router).oneshot(request).await.unwrap();
    let status = response.status();
    (status, axum::body::to_bytes(response.into_body(), 10_000).await.unwrap())
}

/// The status and the kind of problem that a request ends with.
async fn end(path: &str, pace: Pace, time_limit: Duration, body: Body) -> (u16, String) {
    let (status, body) = answer(path, pace, time_limit, body).await;
    let problem: ProblemDocument = serde_json::from_slice(&body).unwrap();
    (status.as_u16(), problem.r#type)
}

/// The client was too slow: that is told as its fault.
async fn ends(pace: Pace, body: Body) {
    let slow = (408, "urn:dengwen:problem:slow-body".to_owned());
    assert_eq!(end("/read", pace, LONG, body).await, slow);
}

#[tokio::test]
async fn a_body_that_goes_on_coming_is_read() {
    let (status, read) = answer("/read", PATIENT, LONG, Body::from_stream(pieces(100))).await;
    assert_eq!((status, read.as_ref()), (StatusCode::OK, b"100000".as_slice()));
}

#[tokio::test]
async fn silence_ends_a_request() {
    for count in [0, 1, 10] {
        ends(Pace { idle: SHORT, ..PATIENT }, unfinished(count)).await;
    }
}

#[tokio::test]
async fn a_trickle_ends_with_the_grace() {
    ends(Pace { grace: SHORT, floor: u32::MAX, ..PATIENT }, trickle()).await;
}

#[tokio::test]
async fn nobody_sends_for_ever() {
    ends(Pace { longest: SHORT, ..PATIENT }, trickle()).await;
}

#[tokio::test]
async fn the_answer_has_its_own_time_after_the_body() {
    let overdue = (503, "urn:dengwen:problem:timeout".to_owned());
    assert_eq!(end("/read-and-hang", PATIENT, SHORT, Body::from("x")).await, overdue);
}

#[tokio::test]
async fn what_is_known_of_a_body_is_passed_on() {
    assert_eq!(answer("/hint", PATIENT, LONG, Body::from("abc")).await.1, "Some(3)");
}
