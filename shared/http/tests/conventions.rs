//! What every answer has, whatever the handler does.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRef, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use dengwen_http::{
    Authenticate, Bearer, Caller, ClientAddress, Conventions, IdempotencyKey, PeerAddress, Problem,
    ProblemDocument, ReceiptCredential, RequestId, TrustedProxies, ValidJson, ValidPath, ValidQuery,
    problems,
};
use dengwen_model::{ManualClock, Principal, Role, SeededEntropy, SystemEntropy, UserId};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use tower::ServiceExt;
use validator::Validate;

fn conventions() -> Conventions {
    Conventions::new(Arc::new(SystemEntropy))
}

#[derive(Deserialize, Validate)]
struct Note {
    #[validate(length(min = 1))]
    text: String,
}

#[derive(Deserialize, Validate)]
struct Page {
    #[validate(range(max = 100))]
    size: u32,
}

fn router() -> Router {
    Router::new()
        .route("/notes", post(async |ValidJson(note): ValidJson<Note>| note.text))
        .route("/notes/{id}", get(async |ValidPath(id): ValidPath<u32>| id.to_string()))
        .route("/pages", get(async |ValidQuery(page): ValidQuery<Page>| page.size.to_string()))
        .route("/panic", get(async || -> () { panic!("with a secret") }))
        .route("/slow", get(std::future::pending::<()>))
        .route("/asset", get(async || ([("cache-control", "max-age=60")], "x")))
        .route("/client", get(async |ClientAddress(address): ClientAddress| address.to_string()))
        .route("/id", get(async |Extension(id): Extension<RequestId>| id.to_string()))
        .route("/plain-error", get(async || (StatusCode::CONFLICT, "as it is")))
        .route(
            "/limited",
            get(async || Problem::from(problems::RATE_LIMITED).with_retry_after(Duration::from_millis(1500))),
        )
        .route(
            "/key",
            get(async |key: Option<IdempotencyKey>| key.map_or("none".into(), |key| key.as_str().to_owned())),
        )
        .route("/bearer", get(async |bearer: Bearer| bearer.as_str().to_owned()))
        .route("/receipt", get(async |receipt: ReceiptCredential| receipt.as_str().to_owned()))
}

async fn send(request: Request) -> Response {
    conventions().apply(router()).oneshot(request).await.unwrap()
}

fn request(path: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().into()).unwrap()
}

async fn problem(response: Response) -> ProblemDocument {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let status = response.status().as_u16();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let document: ProblemDocument = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(document.status, status);
    assert_eq!(document.request_id, Some(id));
    document
}

async fn status_and_type(request: Request) -> (u16, String) {
    let document = problem(send(request).await).await;
    (document.status, document.r#type.strip_prefix("urn:dengwen:problem:").unwrap().to_owned())
}

/// The problem of a request that gets little time.
async fn hurried(request: Request) -> ProblemDocument {
    let conventions = Conventions { time_limit: Duration::from_millis(20), ..conventions() };
    let answer = conventions.apply(router()).oneshot(request);
    problem(tokio::time::timeout(Duration::from_secs(10), answer).await.expect("an end").unwrap()).await
}

fn note(content_type: &str, body: impl Into<Body>) -> Request {
    Request::post("/notes").header("content-type", content_type).body(body.into()).unwrap()
}

#[tokio::test]
async fn every_error_is_a_problem() {
    let json = "application/json";
    for (request, status, kind) in [
        (request("/nowhere", &[]), 404, "not-found"),
        (request("/notes", &[]), 405, "method-not-allowed"),
        (request("/notes/x", &[]), 404, "not-found"),
        (request("/pages?size=x", &[]), 422, "validation"),
        (request("/pages?size=101", &[]), 422, "validation"),
        (request("/panic", &[]), 500, "internal"),
        (request("/limited", &[]), 429, "rate-limited"),
        (note("text/plain", "{}"), 415, "unsupported-media-type"),
        (Request::post("/notes").body(Body::from("{}")).unwrap(), 415, "unsupported-media-type"),
        (note(json, "{"), 400, "malformed"),
        (note(json, "{}"), 422, "validation"),
        (note(json, "x".repeat((1 << 20) + 1)), 413, "too-large"),
    ] {
        let shown = format!("{} {}", request.method(), request.uri());
        assert_eq!(status_and_type(request).await, (status, kind.to_owned()), "{shown}");
    }
}

#[tokio::test]
async fn json_of_every_name_is_read() {
    for content_type in
        ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"]
    {
        assert_eq!(text(send(note(content_type, r#"{"text":"x"}"#)).await).await, "x");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended() {
    assert_eq!(hurried(request("/slow", &[])).await.r#type, "urn:dengwen:problem:timeout");
}

#[tokio::test]
async fn a_body_that_never_ends_is_ended() {
    let body = Body::from_stream(futures::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
    assert_eq!(hurried(note("application/json", body)).await.r#type, "urn:dengwen:problem:timeout");
}

#[tokio::test]
async fn texts_come_in_the_language_asked_for() {
    for (language, title) in
        [("zh-CN,zh;q=0.9", "未找到"), ("en", "Nothing is found here"), ("fr", "Nothing is found here")]
    {
        let answer = send(request("/nowhere", &[("accept-language", language)])).await;
        assert_eq!(problem(answer).await.title, title);
    }
}

#[tokio::test]
async fn every_answer_is_guarded() {
    for path in ["/nowhere", "/panic", "/client"] {
        let headers = send(request(path, &[])).await.headers().clone();
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"));
    }
    // A handler's own choice stands.
    assert_eq!(send(request("/asset", &[])).await.headers()["cache-control"], "max-age=60");
}

#[tokio::test]
async fn request_ids_are_ours() {
    let answer = send(request("/id", &[("x-request-id", "theirs")])).await;
    let header = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(header.len(), 32);
    assert_eq!(text(answer).await, header);
}

#[tokio::test]
async fn retry_after_is_rounded_up() {
    assert_eq!(send(request("/limited", &[])).await.headers()["retry-after"], "2");
}

#[tokio::test]
async fn a_handlers_own_error_body_stands() {
    let answer = send(request("/plain-error", &[])).await;
    assert_eq!(answer.status(), 409);
    assert_eq!(text(answer).await, "as it is");
}

#[tokio::test]
async fn the_client_is_whom_our_proxies_name() {
    let mut conventions = conventions();
    conventions.trusted_proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
    let router = conventions.apply(router());
    for (peer, wanted) in [("10.0.0.1:9", "203.0.113.5"), ("198.51.100.7:9", "198.51.100.7")] {
        let mut request = request("/client", &[("x-forwarded-for", "1.1.1.1, 203.0.113.5")]);
        request.extensions_mut().insert(PeerAddress(peer.parse::<SocketAddr>().unwrap()));
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(text(answer).await, wanted);
    }
}

#[tokio::test]
async fn idempotency_keys_are_short_and_visible() {
    let long = "k".repeat(128);
    for key in ["k", "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", &long] {
        assert_eq!(text(send(request("/key", &[("idempotency-key", key)])).await).await, key);
    }
    assert_eq!(text(send(request("/key", &[])).await).await, "none");
    let longer = "k".repeat(129);
    for key in ["", "a b", "键", &longer] {
        let answer = status_and_type(request("/key", &[("idempotency-key", key)])).await;
        assert_eq!(answer, (400, "idempotency-key".to_owned()));
    }
    let twice = request("/key", &[("idempotency-key", "a"), ("idempotency-key", "b")]);
    assert_eq!(status_and_type(twice).await.0, 400);
}

#[tokio::test]
async fn credentials_are_read_by_scheme() {
    for (path, header, found) in [
        ("/bearer", "Bearer abc", "abc"),
        ("/bearer", "bearer  abc ", "abc"),
        ("/receipt", "Receipt 1234 5678", "1234 5678"),
    ] {
        assert_eq!(text(send(request(path, &[("authorization", header)])).await).await, found);
    }
    let long = format!("Bearer {}", "x".repeat(5000));
    for header in ["", "Bearer", "Bearer ", "Basic abc", "Receipt 1", "BearerX abc", &long] {
        let answer = send(request("/bearer", &[("authorization", header)])).await;
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        assert_eq!(problem(answer).await.status, 401, "{header}");
    }
    let answer = send(request("/receipt", &[])).await;
    assert_eq!(answer.headers()["www-authenticate"], "Receipt");
    let twice = request("/bearer", &[("authorization", "Bearer a"), ("authorization", "Bearer b")]);
    assert_eq!(status_and_type(twice).await.0, 401);
    assert_eq!(format!("{:?}", IdempotencyKey::parse("abc").unwrap()), "IdempotencyKey(hidden)");
}

struct OneToken;

impl Authenticate for OneToken {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Principal, Problem>> {
        let clock = ManualClock::at("2026-03-01T00:00:00Z".parse().unwrap());
        let id = UserId::new(&clock, &SeededEntropy::new(1));
        let principal = Principal { id, role: Role::Intake, unit: None, name: "desk".into() };
        async move { if token == "good" { Ok(principal) } else { Err(Bearer::refused()) } }.boxed()
    }
}

#[derive(Clone)]
struct Service(Arc<dyn Authenticate>);

impl FromRef<Service> for Arc<dyn Authenticate> {
    fn from_ref(service: &Service) -> Self {
        service.0.clone()
    }
}

#[tokio::test]
async fn a_caller_is_whom_the_state_knows() {
    let router = Router::new()
        .route("/me", get(async |Caller(principal): Caller| principal.name))
        .with_state(Service(Arc::new(OneToken)));
    let router = conventions().apply(router);
    let ask = async |token: &str| {
        let header = format!("Bearer {token}");
        router.clone().oneshot(request("/me", &[("authorization", &header)])).await.unwrap()
    };
    assert_eq!(text(ask("good").await).await, "desk");
    assert_eq!(problem(ask("bad").await).await.r#type, "urn:dengwen:problem:unauthorized");
}

#[test]
fn types_of_problems_are_distinct_and_fixed() {
    let mut names: Vec<_> = problems::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), 18);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 18);
    assert_eq!(problems::VALIDATION.uri(), "urn:dengwen:problem:validation");
}

#[test]
fn a_problem_alone_is_complete() {
    let response = Problem::from(problems::FORBIDDEN).into_response();
    let headers: &HeaderMap = response.headers();
    assert_eq!(response.status(), 403);
    assert_eq!(headers["content-type"], "application/problem+json");
}
