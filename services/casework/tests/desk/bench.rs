//! A desk on a ledger of its own, and a client.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use dengwen_casework::Desk;
use dengwen_http::Conventions;
use dengwen_model::{ManualClock, Principal, Role, SeededEntropy, UserId};
use dengwen_queue::{Settlement, Subscription};
use dengwen_seal::{AccessClaims, KeyDirectory, TokenIssuer};
use dengwen_service::{Process, Runtime, Settings};
use jiff::SignedDuration;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// A Monday morning, 10:00 in Asia/Shanghai.
pub(crate) const MORNING: &str = "2026-03-02T02:00:00Z";
/// A county's organisation department of the sample organisation.
pub(crate) const COUNTY: &str = "990121-ZZB";
/// Another county's.
pub(crate) const OTHER_COUNTY: &str = "990122-ZZB";
/// The line's own department.
pub(crate) const PROVINCE: &str = "990000-ZZB";

/// A desk.
pub(crate) struct Bench {
    pub(crate) runtime: Runtime,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) router: Router,
    issuer: TokenIssuer,
    _folder: TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }

    /// Checks that it is a problem of this kind.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, slug: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.body["type"], format!("urn:dengwen:problem:{slug}"), "{}", self.body);
    }
}

impl Bench {
    /// A new desk with an empty ledger and the sample organisation.
    pub(crate) async fn new() -> Self {
        Self::on(String::new()).await
    }

    /// As [`Bench::new`], on a PostgreSQL database of its own.
    pub(crate) async fn on_postgres() -> Self {
        Self::on(crate::postgres::fresh_database()).await
    }

    async fn on(ledger_url: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(MORNING.parse().unwrap()));
        let entropy = Arc::new(SeededEntropy::new(11));
        let settings = Settings { data: folder.path().to_owned(), ledger_url, ..Settings::default() };
        let process = Process::open_with(settings, clock.clone(), entropy.clone()).await.unwrap();
        let runtime = Runtime::open(process).await.unwrap();
        listen(&runtime).await;
        let issuer = KeyDirectory::new(runtime.settings().keys_dir()).issuer().unwrap().tokens;
        let routes = dengwen_casework::routes(Desk::new(runtime.clone()));
        let router = Conventions::new(entropy).apply(routes);
        Self { runtime, clock, router, issuer, _folder: folder }
    }

    /// A token for somebody new.
    pub(crate) fn token(&self, role: Role, unit: Option<&str>, name: &str) -> String {
        let id = UserId::new(self.runtime.clock(), self.runtime.entropy());
        let unit = unit.map(|unit| unit.parse().unwrap());
        let now = self.runtime.clock().now();
        let expires = now + SignedDuration::from_hours(24 * 400);
        let principal = Principal { id, role, unit, name: name.to_owned() };
        let claims = AccessClaims::new(principal, now, expires);
        self.issuer.issue(&claims).unwrap().as_str().to_owned()
    }

    /// An officer of the county.
    pub(crate) fn officer(&self) -> String {
        self.token(Role::Officer, Some(COUNTY), "officer")
    }

    /// A supervisor of the whole line.
    pub(crate) fn supervisor(&self) -> String {
        self.token(Role::Supervisor, None, "supervisor")
    }

    /// A leader of the whole line.
    pub(crate) fn leader(&self) -> String {
        self.token(Role::Leader, None, "leader")
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 4 << 20).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, body, text }
    }

    /// Sends a request with a token and a JSON body.
    pub(crate) async fn call(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    /// `POST`.
    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call(Method::POST, path, token, Some(body)).await
    }

    /// `POST` for closures that borrow nothing.
    pub(crate) async fn post_owned(&self, path: String, token: String, body: Value) -> Answer {
        self.post(&path, &token, body).await
    }

    /// `GET`.
    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, token, None).await
    }

    /// Moves the clock on by so many days.
    pub(crate) fn days_later(&self, days: i64) {
        self.clock.advance_seconds(days * 24 * 3600);
    }

    /// The next `count` messages that were published to `cases.*` or `replies.*`, by topic.
    pub(crate) async fn told(&self, binding: &str, count: usize) -> Vec<(String, Value)> {
        let mut consumer = self.runtime.queue().consume(&listening(binding), 16).await.unwrap();
        let mut told = Vec::new();
        while told.len() < count {
            let batch = tokio::time::timeout(TOLD_WITHIN, consumer.next_batch(16)).await;
            for delivery in batch.unwrap_or_else(|_| panic!("only {} of {count} came", told.len())).unwrap() {
                let message = delivery.message();
                let body = serde_json::from_slice(&message.body).unwrap();
                told.push((message.topic.to_string(), body));
                delivery.settle(Settlement::Done).await.unwrap();
            }
        }
        told
    }
}

async fn listen(runtime: &Runtime) {
    let subscriptions = ["cases.*", "replies.*"].map(listening);
    runtime.queue().declare(&subscriptions).await.unwrap();
}

/// A message that takes longer does not come.
const TOLD_WITHIN: std::time::Duration = std::time::Duration::from_secs(30);

fn listening(binding: &str) -> Subscription {
    let queue = binding.replace(".*", ".heard");
    Subscription::new(&format!("test.{queue}"), binding).unwrap()
}
