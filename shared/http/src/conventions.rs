//! What stands around every router, from the outside in: request id, client address, span and
//! metrics, security headers, problems written out; then panics caught, the time limits, the body limit.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use dengwen_model::Entropy;
use http::header::HeaderName;
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;

use crate::address::{ClientAddress, TrustedProxies};
use crate::observe::observed;
use crate::pace::{self, Pace};
use crate::problem::write_out;
use crate::serve::PeerAddress;
use crate::{Language, Problem, RequestId, problems, security};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The settings of what stands around a router.
#[derive(Debug, Clone)]
pub struct Conventions {
    /// For request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Longest body, in bytes. A route that takes files sets its own `DefaultBodyLimit`.
    pub body_limit: usize,
    /// Longest time for making an answer, once the last of the body has come.
    pub time_limit: Duration,
    /// How slowly a body may come.
    pub pace: Pace,
}

impl Conventions {
    /// No trusted proxies, bodies up to 1 MiB at the usual pace, answers within 30 s.
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self {
            entropy,
            trusted_proxies: TrustedProxies::default(),
            body_limit: 1024 * 1024,
            time_limit: Duration::from_secs(30),
            pace: Pace::default(),
        }
    }

    /// Puts the conventions around a router. Once, after all routers have been merged.
    pub fn apply(self, router: Router) -> Router {
        router
            .layer(DefaultBodyLimit::max(self.body_limit))
            .layer(from_fn_with_state((self.time_limit, self.pace), limit_time))
            .layer(CatchPanicLayer::custom(|_| {
                // What a panic says may quote what it was working on.
                tracing::error!("a handler panicked");
                Problem::from(problems::INTERNAL).into_response()
            }))
            .layer(from_fn_with_state(Arc::new(self), edge))
    }
}

async fn limit_time(State((limit, pace)): State<(Duration, Pace)>, request: Request, next: Next) -> Response {
    let (request, progress) = pace::hold(request, pace);
    let overdue = async {
        while let due = progress.last() + limit
            && due > Instant::now()
        {
            tokio::time::sleep_until(due).await;
        }
    };
    let answer = tokio::select! {
        answer = next.run(request) => Some(answer),
        () = overdue => None,
    };
    match answer {
        // What a handler makes of a body that broke off is not what happened.
        _ if progress.was_too_slow() => Problem::from(problems::SLOW_BODY).into_response(),
        Some(answer) => answer,
        None => Problem::from(problems::TIMEOUT).into_response(),
    }
}

async fn edge(State(conventions): State<Arc<Conventions>>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new(conventions.entropy.as_ref());
    let language = Language::preferred(request.headers()).unwrap_or(Language::English);
    let peer = request.extensions().get::<PeerAddress>().map(|peer| peer.0.ip());
    // Without a connection, as in tests of a router alone, all count as one client.
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let client = conventions.trusted_proxies.client(peer, request.headers());
    request.extensions_mut().insert(id);
    request.extensions_mut().insert(ClientAddress(client));

    let response = observed(request, id, async |request| next.run(request).await).await;
    let mut response = write_out(response, language, &id);
    security::add(response.headers_mut());
    response.headers_mut().insert(REQUEST_ID, id.header_value());
    response
}
