//! The server on real connections: it ends what is under way, and only waits so long.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use dengwen_http::health::{self, Check, Readiness};
use dengwen_http::{
    BodyError, ClientAddress, ClientLimits, Conventions, ServeLimits, client, read_body, serve,
};
use dengwen_model::SystemEntropy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Running {
    async fn start(router: Router) -> Self {
        Self::start_with(router, ServeLimits::default()).await
    }

    async fn start_with(router: Router, limits: ServeLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Conventions::new(Arc::new(SystemEntropy)).apply(router);
        let ended = tokio::spawn(async move {
            serve(listener, router, limits, async { stopped.await.unwrap_or_default() }).await.unwrap();
        });
        Self { address, stop, ended }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("an end within 20 s")
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let server = Running::start(
        Router::new().route("/", get(async |ClientAddress(ip): ClientAddress| ip.to_string())),
    )
    .await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    for _ in 0..3 {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"127.0.0.1") {
            assert_ne!(soon(stream.read_buf(&mut answer)).await.unwrap(), 0);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_request_under_way_is_answered_when_it_is_time_to_stop() {
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, gate) = (reached.clone(), release.clone());
    let handler = async move || {
        inside.notify_one();
        gate.notified().await;
        "done"
    };
    let server = Running::start(Router::new().route("/", get(handler))).await;
    let url = server.url("/");
    let asked = tokio::spawn(async move { client(ClientLimits::INSIDE).unwrap().get(url).send().await });
    soon(reached.notified()).await;
    server.stop.send(()).unwrap();
    // No more connections.
    soon(async { while TcpStream::connect(server.address).await.is_ok() {} }).await;
    release.notify_one();
    let answer = soon(asked).await.unwrap().unwrap();
    assert_eq!(answer.text().await.unwrap(), "done");
    soon(server.ended).await.unwrap();
}

#[tokio::test]
async fn idle_connections_do_not_keep_a_server_from_stopping() {
    let limits = ServeLimits { end_within: Duration::from_hours(1), ..ServeLimits::default() };
    let server = Running::start_with(Router::new(), limits).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 1024];
    assert_ne!(soon(idle.read(&mut answer)).await.unwrap(), 0);
    server.stop.send(()).unwrap();
    soon(server.ended).await.unwrap();
    while soon(idle.read(&mut answer)).await.unwrap_or(0) > 0 {}
}

#[tokio::test]
async fn what_does_not_end_is_broken_off() {
    let reached = Arc::new(Notify::new());
    let inside = reached.clone();
    let handler = async move || {
        inside.notify_one();
        std::future::pending::<()>().await;
    };
    let limits = ServeLimits { end_within: Duration::from_millis(50), ..ServeLimits::default() };
    let server = Running::start_with(Router::new().route("/", get(handler)), limits).await;
    let mut stuck = TcpStream::connect(server.address).await.unwrap();
    stuck.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    soon(reached.notified()).await;
    server.stop.send(()).unwrap();
    soon(server.ended).await.unwrap();
    assert_eq!(soon(stuck.read(&mut [0; 1024])).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn a_client_that_never_ends_its_head_is_dropped() {
    let limits = ServeLimits { head_within: Duration::from_millis(50), ..ServeLimits::default() };
    let server = Running::start_with(Router::new(), limits).await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
    let mut answer = Vec::new();
    soon(slow.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"));
}

#[tokio::test]
async fn a_client_that_says_nothing_or_only_begins_to_is_dropped() {
    let limits = ServeLimits { head_within: Duration::from_millis(50), ..ServeLimits::default() };
    let server = Running::start_with(Router::new(), limits).await;
    // The last two are the beginning, and the whole, of what opens HTTP/2, and no request after it.
    for beginning in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut silent = TcpStream::connect(server.address).await.unwrap();
        silent.write_all(beginning).await.unwrap();
        let _ = soon(silent.read_to_end(&mut Vec::new())).await;
    }
}

#[tokio::test]
async fn silent_connections_make_room_the_oldest_first() {
    let limits =
        ServeLimits { connections: 2, head_within: Duration::from_hours(1), ..ServeLimits::default() };
    let server = Running::start_with(Router::new().route("/", get(async || "in")), limits).await;
    let ask = async |stream: &mut TcpStream| {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        soon(stream.read(&mut [0; 2048])).await.unwrap()
    };
    let mut speaking = TcpStream::connect(server.address).await.unwrap();
    assert_ne!(ask(&mut speaking).await, 0);
    let mut oldest = TcpStream::connect(server.address).await.unwrap();
    let mut younger = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(soon(oldest.read(&mut [0; 1])).await.unwrap_or(0), 0, "it made room");
    let mut newest = TcpStream::connect(server.address).await.unwrap();
    assert_ne!(ask(&mut newest).await, 0, "and so does the younger");
    assert_eq!(soon(younger.read(&mut [0; 1])).await.unwrap_or(0), 0);
    assert_ne!(ask(&mut speaking).await, 0, "whoever has asked keeps their place");
}

#[tokio::test]
async fn bytes_that_are_not_http_do_not_hurt() {
    let server = Running::start(Router::new().route("/", get(async || "fine"))).await;
    for junk in [&b"\x16\x03\x01\x02\x00"[..], b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", &[b'a'; 200_000]] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let _ = stream.write_all(junk).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = soon(stream.read_to_end(&mut answer)).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{:?}", &answer[..20]);
    }
    let answer = client(ClientLimits::INSIDE).unwrap().get(server.url("/")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "fine");
}

#[tokio::test]
async fn further_connections_wait_for_a_place() {
    let limits = ServeLimits { connections: 1, ..ServeLimits::default() };
    let server = Running::start_with(Router::new().route("/", get(async || "in")), limits).await;
    let ask = async |stream: &mut TcpStream| {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        soon(stream.read(&mut [0; 2048])).await.unwrap()
    };
    let mut first = TcpStream::connect(server.address).await.unwrap();
    assert_ne!(ask(&mut first).await, 0);
    let mut second = TcpStream::connect(server.address).await.unwrap();
    let mut waiting = std::pin::pin!(ask(&mut second));
    let early = tokio::time::timeout(Duration::from_millis(50), &mut waiting).await;
    assert!(early.is_err());
    drop(first);
    assert_ne!(waiting.await, 0);
}

fn health() -> Router {
    let broken = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let state = broken.clone();
    health::routes(
        vec![
            Check::new("ledger", async || Ok(())),
            Check::new("queue", move || {
                let broken = state.load(std::sync::atomic::Ordering::SeqCst);
                async move { if broken { Err("does not answer".into()) } else { Ok(()) } }
            }),
            Check::new("cache", std::future::pending),
        ],
        || "dengwen_up 1\n".to_owned(),
    )
}

#[tokio::test]
async fn health_names_what_is_not_ready() {
    let server = Running::start(health()).await;
    let http = client(ClientLimits::INSIDE).unwrap();
    let get = async |path: &str| http.get(server.url(path)).send().await.unwrap();
    let alive = get("/healthz").await;
    assert_eq!((alive.status().as_u16(), alive.text().await.unwrap().as_str()), (200, r#"{"status":"ok"}"#));
    let ready = get("/readyz").await;
    assert_eq!(ready.status(), 503);
    let readiness: Readiness = ready.json().await.unwrap();
    assert!(!readiness.ready);
    let found: Vec<_> =
        readiness.checks.iter().map(|check| (check.name.as_ref(), check.reason.as_deref())).collect();
    assert_eq!(
        found,
        [("ledger", None), ("queue", Some("does not answer")), ("cache", Some("no answer within a second"))]
    );
    let metrics = get("/metrics").await;
    assert!(metrics.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    assert_eq!(metrics.text().await.unwrap(), "dengwen_up 1\n");
}

#[tokio::test]
async fn a_service_with_all_it_needs_is_ready() {
    let readiness = health::readiness(&[Check::new("ledger", async || Ok(()))]).await;
    assert!(readiness.ready);
    assert_eq!(
        serde_json::to_string(&readiness).unwrap(),
        r#"{"ready":true,"checks":[{"name":"ledger","ready":true}]}"#
    );
}

#[tokio::test]
async fn outgoing_requests_follow_no_redirect_and_bound_the_answer() {
    let router = Router::new()
        .route("/away", get(async || (http::StatusCode::FOUND, [("location", "http://127.0.0.1:1/")])))
        .route("/long", get(async || "x".repeat(1001)))
        .route("/echo", post(async |body: Bytes| body));
    let server = Running::start(router).await;
    let http = client(ClientLimits::INSIDE).unwrap();
    assert_eq!(http.get(server.url("/away")).send().await.unwrap().status(), 302);
    let long = async || http.get(server.url("/long")).send().await.unwrap();
    assert!(matches!(read_body(long().await, 1000).await, Err(BodyError::TooLarge)));
    assert_eq!(read_body(long().await, 1001).await.unwrap().len(), 1001);
    let echo = http.post(server.url("/echo")).body("abc").send().await.unwrap();
    assert_eq!(read_body(echo, 3).await.unwrap(), "abc");
    let outside = client(ClientLimits::OUTSIDE).unwrap();
    assert!(outside.get(server.url("/long")).send().await.unwrap_err().is_builder());
}
