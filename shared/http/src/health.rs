//! `GET /healthz` (alive), `GET /readyz` (ready, and what is not), `GET /metrics` (Prometheus).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::future::{BoxFuture, FutureExt, join_all};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long one check may take.
const CHECK_WITHIN: Duration = Duration::from_secs(1);

/// Why something is not ready, in fixed words: these pages are open to whoever reaches the port.
pub type Reason = Cow<'static, str>;

/// A named check of something that the service needs.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    probe: Arc<dyn Fn() -> BoxFuture<'static, Result<(), Reason>> + Send + Sync>,
}

impl Check {
    /// A check, as `Check::new("ledger", move || { let ledger = ledger.clone(); async move { … } })`.
    pub fn new<F, Fut>(name: &'static str, probe: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Reason>> + Send + 'static,
    {
        Self { name, probe: Arc::new(move || probe().boxed()) }
    }

    async fn run(&self) -> CheckResult {
        let outcome = tokio::time::timeout(CHECK_WITHIN, (self.probe)()).await;
        let reason = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(reason)) => Some(reason),
            Err(_) => Some(Cow::Borrowed("no answer within a second")),
        };
        CheckResult { name: self.name.into(), ready: reason.is_none(), reason }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({})", self.name)
    }
}

/// The body of `/readyz`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// Whether all is ready.
    pub ready: bool,
    /// Each check.
    pub checks: Vec<CheckResult>,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckResult {
    /// What was checked.
    pub name: Cow<'static, str>,
    /// Whether it is ready.
    pub ready: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'static, str>>,
}

/// Runs all checks at once.
pub async fn readiness(checks: &[Check]) -> Readiness {
    let checks = join_all(checks.iter().map(Check::run)).await;
    Readiness { ready: checks.iter().all(|check| check.ready), checks }
}

#[derive(Clone)]
struct Health {
    checks: Arc<[Check]>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// The three routes. `metrics` writes out the metrics in Prometheus' text format.
pub fn routes(checks: Vec<Check>, metrics: impl Fn() -> String + Send + Sync + 'static) -> Router {
    Router::new()
        .route("/healthz", get(async || Json(serde_json::json!({ "status": "ok" }))))
        .route("/readyz", get(ready))
        .route("/metrics", get(expose))
        .with_state(Health { checks: checks.into(), metrics: Arc::new(metrics) })
}

async fn ready(State(health): State<Health>) -> Response {
    let readiness = readiness(&health.checks).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

async fn expose(State(health): State<Health>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], (health.metrics)()).into_response()
}
