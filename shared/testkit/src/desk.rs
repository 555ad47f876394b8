//! A clerks' desk over a real embedded queue, asked without a socket, on a clock that the test moves.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use dengwen_door::{DeskAway, NoticeDesk, Notices};
use dengwen_messages::{Envelope, Event};
use dengwen_model::{ManualClock, Principal, Role, SystemEntropy, TipContent, UserId};
use dengwen_queue::{Settlement, Subscription};
use dengwen_rules::Units;
use dengwen_seal::{AccessClaims, SealedBox, purpose};
use dengwen_service::{DoorRuntime, Process, Settings};
use jiff::SignedDuration;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// A desk as its clerks meet it.
#[derive(Debug)]
pub struct DeskRig {
    app: Router,
    runtime: DoorRuntime,
    casework: Arc<Casework>,
    /// The desk's clock.
    pub clock: Arc<ManualClock>,
    _data: TempDir,
}

/// Casework as the desk hears of it: the sample register, and what the test withdrew.
#[derive(Debug, Default)]
struct Casework(Mutex<BTreeSet<UserId>>);

#[async_trait]
impl NoticeDesk for Casework {
    async fn notices(&self) -> Result<Notices, DeskAway> {
        let units = Units::sample().expect("the sample register is tested elsewhere");
        Ok(Notices::new(&units, self.0.lock().expect("no test panics in there").iter().copied()))
    }
}

impl DeskRig {
    /// The desk that `start` makes of a door of this kind.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn open(kind: &str, start: impl FnOnce(&DoorRuntime) -> anyhow::Result<Router>) -> Self {
        let data = tempfile::tempdir().expect("a directory");
        let clock = ManualClock::at("2026-11-02T01:00:00Z".parse().expect("an instant"));
        let (clock, casework) = (Arc::new(clock), Arc::new(Casework::default()));
        let settings = Settings { data: data.path().join("data"), ..Settings::default() };
        let process = Process::open_with(settings, clock.clone(), Arc::new(SystemEntropy)).await;
        let runtime = DoorRuntime::open(process.expect("an empty directory serves"), kind).await;
        let runtime = runtime.expect("the embedded queue needs no server").beside(casework.clone());
        let app = start(&runtime).expect("a desk");
        Self { app, runtime, casework, clock, _data: data }
    }

    /// A token of this role, which holds for a day.
    ///
    /// # Panics
    /// When it cannot be issued.
    #[must_use]
    pub fn token(&self, role: Role) -> String {
        let door = self.runtime.door();
        let (id, now) = (UserId::new(door.clock(), door.entropy()), door.clock().now());
        let principal = Principal { id, role, unit: None, name: "clerk".to_owned() };
        let expires = now.checked_add(SignedDuration::from_hours(24)).expect("not so late");
        let issuer = self.runtime.keys().issuer().expect("the embedded mode has all keys").tokens;
        issuer.issue(&AccessClaims::new(principal, now, expires)).expect("a short name").as_str().to_owned()
    }

    /// Withdraws a token; the desk hears of it when it next asks.
    ///
    /// # Panics
    /// When it is none of this desk.
    pub fn withdraw(&self, token: &str) {
        let door = self.runtime.door();
        let claims = door.keys().tokens.verify(token, door.clock().now()).expect("a token of this desk");
        self.casework.0.lock().expect("no test panics in there").insert(claims.id);
    }

    /// What the desk answers to JSON, or to a table.
    ///
    /// # Panics
    /// When it answers with what is not JSON.
    pub async fn post(&self, path: &str, token: &str, body: impl Into<Body>) -> (StatusCode, Value) {
        self.post_as("application/json", path, token, body).await
    }

    /// As [`DeskRig::post`], with this content type.
    ///
    /// # Panics
    /// As there.
    pub async fn post_as(
        &self,
        media: &str,
        path: &str,
        token: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, media)
            .body(body.into());
        self.ask(request.expect("a request")).await
    }

    /// What the desk answers.
    ///
    /// # Panics
    /// As [`DeskRig::post`].
    pub async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.app.clone().oneshot(request).await.expect("a router is always ready");
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 24).await.expect("a body in memory");
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    /// The fields that are wrong, as a 422 names them.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn wrong((status, answer): &(StatusCode, Value)) -> Vec<String> {
        assert_eq!(*status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        let fields = answer["errors"].as_array().expect("errors").iter().map(|error| &error["field"]);
        fields.map(|field| field.as_str().expect("a name").to_owned()).collect()
    }

    /// Tips that wait for triage.
    ///
    /// # Panics
    /// When the queue does not answer.
    pub async fn waiting(&self) -> u64 {
        let depths = self.runtime.process().queue().depths().await.expect("an embedded queue");
        depths
            .queues
            .iter()
            .filter(|depth| depth.queue.as_str() == "triage.tips")
            .map(|depth| depth.ready)
            .sum()
    }

    /// Takes the tip that waits longest, and opens it as triage does.
    ///
    /// # Panics
    /// When there is none, or it cannot be opened.
    pub async fn next_tip(&self) -> TipContent {
        let subscription = Subscription::new("triage.tips", "tips.received").expect("names");
        let queue = self.runtime.process().queue();
        let mut consumer = queue.consume(&subscription, 1).await.expect("an embedded queue");
        let delivery = consumer.next_batch(1).await.expect("an embedded queue").remove(0);
        let envelope = Envelope::from_bytes(&delivery.message().body).expect("our own message");
        let Event::TipReceived(tip) = envelope.event else { panic!("not a tip") };
        let sealed: SealedBox = serde_json::from_value(tip.content.clone().into()).expect("a sealed box");
        let line = self.runtime.keys().inner().expect("the embedded mode has all keys").line;
        let plain = line.open(purpose::TipContent, tip.tip.as_uuid().as_bytes(), &sealed);
        delivery.settle(Settlement::Done).await.expect("an embedded queue");
        serde_json::from_slice(&plain.expect("sealed to this line")).expect("a tip")
    }
}
