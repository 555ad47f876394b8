//! A vendor that is played by a local server, and the door beside it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use dengwen_http::ClientLimits;
use dengwen_model::{Clock, ManualClock, SystemEntropy};
use dengwen_sms::gateway::{DeliveryStatus, Registry};
use dengwen_sms::reply::{QueuedReply, Sender};
use dengwen_sms::routes::{Webhooks, router};
use dengwen_sms::settings::{self, Gateways};
use dengwen_sms::store::{Change, DurableStore, Effects, Store};
use futures::StreamExt;
use http::{Request, StatusCode};
use tokio::sync::Notify;
use tower::ServiceExt;

use crate::support::{Collector, durable, intake, noon};
use crate::webhooks;

/// What the vendor does with a call.
#[derive(Clone)]
pub(crate) enum Act {
    /// Answers with this status and body.
    Answers(u16, String),
    /// Answers with this status, and that one is to come again after so long.
    Waits(u16, &'static str),
    /// Breaks the connection off within its answer.
    BreaksOff,
    /// Takes the call and says nothing.
    Hangs,
    /// Says that it succeeded, and never comes to the end of it.
    HangsWithin,
}

impl From<Option<(u16, &str)>> for Act {
    fn from(answer: Option<(u16, &str)>) -> Self {
        answer.map_or(Self::BreaksOff, |(status, body)| Self::Answers(status, body.to_owned()))
    }
}

/// What the vendor got, and what it does in turn.
#[derive(Default)]
pub(crate) struct Played {
    pub(crate) got: Vec<String>,
    pub(crate) acts: VecDeque<Act>,
}

pub(crate) type Shared = Arc<Mutex<Played>>;

pub(crate) struct Stage {
    pub(crate) vendor: Shared,
    pub(crate) store: DurableStore,
    pub(crate) sender: Sender,
    pub(crate) gateways: Arc<Gateways>,
    pub(crate) clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

pub(crate) async fn play(State(vendor): State<Shared>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let mut got = format!("{} {}\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        got.push_str(&format!("{name}: {}\n", value.to_str().unwrap_or("?")));
    }
    got.push('\n');
    got.push_str(std::str::from_utf8(&body).unwrap());
    let act = {
        let mut vendor = vendor.lock().unwrap();
        vendor.got.push(got);
        vendor.acts.pop_front().expect("a call that was not foreseen")
    };
    let status = |status| StatusCode::from_u16(status).unwrap();
    let begun = || futures::stream::iter([Ok("{")]);
    match act {
        Act::Answers(code, body) => (status(code), body).into_response(),
        Act::Waits(code, after) => (status(code), [("retry-after", after)]).into_response(),
        // Promises more than it sends.
        Act::BreaksOff => {
            let gone = futures::stream::iter([Err(std::io::Error::other("gone"))]);
            Body::from_stream(begun().chain(gone)).into_response()
        }
        Act::Hangs => std::future::pending().await,
        Act::HangsWithin => Body::from_stream(begun().chain(futures::stream::pending())).into_response(),
    }
}

/// A vendor that does this in turn, and its address.
pub(crate) async fn vendor<A: Clone + Into<Act>>(acts: &[A]) -> (Shared, String) {
    let vendor: Shared = Arc::default();
    vendor.lock().unwrap().acts = acts.iter().cloned().map(Into::into).collect();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(play).with_state(vendor.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (vendor, address)
}

fn sender(
    store: &DurableStore,
    gateways: &Arc<Gateways>,
    clock: &Arc<ManualClock>,
    limits: ClientLimits,
) -> Sender {
    let entropy = Arc::new(SystemEntropy);
    Sender::new(store.clone(), gateways.clone(), clock.clone(), entropy, limits).unwrap()
}

impl Stage {
    pub(crate) async fn open<A: Clone + Into<Act>>(kind: &str, settings: &str, acts: &[A]) -> Self {
        let (vendor, address) = vendor(acts).await;
        Self::with_vendor(kind, &settings.replace("VENDOR", &address), vendor).await
    }

    pub(crate) async fn with_vendor(kind: &str, settings: &str, vendor: Shared) -> Self {
        Self::with_rate(kind, &format!("send_per_second = 1000\n{settings}"), vendor).await
    }

    pub(crate) async fn with_rate(kind: &str, settings: &str, vendor: Shared) -> Self {
        let text =
            format!("public_url = \"https://t.example\"\n[gateways.main]\nkind = \"{kind}\"\n{settings}");
        let (_, gateways) = settings::read(&text.parse().unwrap(), &Registry::default()).unwrap();
        let gateways: Arc<Gateways> = Arc::new(gateways);
        assert!(gateways.get("main").unwrap().replies().is_enabled(), "{kind} is set up for sending");
        let folder = tempfile::tempdir().unwrap();
        let store = durable(folder.path()).await;
        let clock = Arc::new(ManualClock::at(noon()));
        let sender = sender(&store, &gateways, &clock, ClientLimits::OUTSIDE);
        Self { vendor, store, sender, gateways, clock, _folder: folder }
    }

    /// Begins again with a sender that waits so long for an answer.
    pub(crate) fn wait_at_most(&mut self, total: Duration) {
        let limits = ClientLimits { total, ..ClientLimits::OUTSIDE };
        self.sender = sender(&self.store, &self.gateways, &self.clock, limits);
    }

    pub(crate) async fn queue(&self, key: &str) {
        let mut reply = QueuedReply::new(
            key.into(),
            "main",
            "+8613900000001",
            "已收到 1234".into(),
            self.store.reference(key),
            self.clock.now(),
        );
        reply.receipt = ["1234", "5678", "9012", "3456", "7890"].map(str::to_owned).to_vec();
        let effects = Effects { reply: Some(reply), ..Effects::default() };
        self.store.commit(Change { effects, ..Change::default() }).await.unwrap();
    }

    pub(crate) async fn after(&self, wait: i64) -> usize {
        self.clock.advance_seconds(wait * 60);
        self.sender.round().await.unwrap()
    }

    pub(crate) fn calls(&self) -> usize {
        self.vendor.lock().unwrap().got.len()
    }

    /// Calls our webhook for delivery reports; what it answers.
    pub(crate) async fn report(&self, call: &webhooks::Call) -> StatusCode {
        let sink = Arc::new(Collector::default());
        let routes = router(Webhooks {
            gateways: self.gateways.clone(),
            intake: intake(Arc::new(self.store.clone()), &sink, dengwen_sms::assembly::Waits::default()),
            store: self.store.clone(),
            clock: self.clock.clone(),
            wake: Arc::new(Notify::new()),
        });
        routes.oneshot(call.request()).await.unwrap().status()
    }

    pub(crate) async fn status(&self, key: &str) -> Option<DeliveryStatus> {
        self.store.sent_reply(&self.store.reference(key)).await.unwrap().map(|sent| sent.status)
    }
}
