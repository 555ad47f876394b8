//! Logs and metrics know the route, and nothing of the request. In a process of its own, since it
//! installs the subscriber and the recorder of the process.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Router};
use dengwen_http::{Conventions, Foreseen, PeerAddress, ValidJson, ValidPath};
use dengwen_model::SystemEntropy;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use serde::Deserialize;
use tower::ServiceExt;
use validator::Validate;

#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u8>>>);

impl Told {
    fn tell(&self, text: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(text);
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.tell(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Recorder for Told {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.tell(format!("{key}\n").as_bytes());
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.tell(format!("{key}\n").as_bytes());
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.tell(format!("{key}\n").as_bytes());
        Histogram::noop()
    }
}

#[derive(Deserialize, Validate)]
struct Note {
    #[validate(length(max = 3))]
    text: String,
}

fn router() -> Router {
    let router = Router::new()
        .route(
            "/notes/{id}",
            get(async |ValidPath(id): ValidPath<u32>| id.to_string())
                .post(async |ValidJson(note): ValidJson<Note>| note.text),
        )
        .route("/foreseen", get(async || (StatusCode::SERVICE_UNAVAILABLE, Extension(Foreseen))))
        .route("/panic", get(async || -> () { panic!("with words") }));
    Conventions::new(Arc::new(SystemEntropy)).apply(router)
}

async fn send(request: http::request::Builder, body: &'static str) {
    let mut request: Request = request
        .header("authorization", "Bearer sekret")
        .header("x-forwarded-for", "203.0.113.5")
        .header("user-agent", "agent-x")
        .header("content-type", "application/json")
        .body(Body::from(body))
        .unwrap();
    request.extensions_mut().insert(PeerAddress("198.51.100.7:4321".parse().unwrap()));
    router().oneshot(request).await.unwrap();
}

#[tokio::test]
async fn the_route_is_told_and_nothing_of_the_request() {
    let (log, metrics) = (Told::default(), Told::default());
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .init();
    assert!(metrics::set_global_recorder(metrics.clone()).is_ok());

    send(Request::get("/notes/77321?receipt=12345678901234567890"), "").await;
    send(Request::post("/notes/77321"), r#"{"text":"words"}"#).await;
    send(Request::post("/notes/77321"), r#"{"text":["words"]}"#).await;
    send(Request::get("/panic"), "").await;
    send(Request::get("/foreseen"), "").await;
    send(Request::builder().method("SEKRET").uri("/sekret"), "").await;

    let (log, metrics) = (log.text(), metrics.text());
    for hidden in
        ["77321", "1234567890", "sekret", "SEKRET", "203.0.113.5", "198.51.100.7", "agent-x", "words"]
    {
        assert!(!log.contains(hidden), "{hidden} in {log}");
        assert!(!metrics.contains(hidden), "{hidden} in {metrics}");
    }
    assert!(
        log.contains("/notes/{id}") && log.contains("request_id=") && log.contains("status=422"),
        "{log}"
    );
    assert!(log.contains("a handler panicked"), "{log}");
    let error = |route: &str| log.lines().any(|line| line.contains("ERROR") && line.contains(route));
    assert!(error("/panic") && log.contains("/foreseen") && !error("/foreseen"), "{log}");
    for wanted in
        ["method = GET", "method = other", "route = /notes/{id}", "route = unmatched", "status = 500"]
    {
        assert!(metrics.contains(wanted), "{wanted} in {metrics}");
    }
}
