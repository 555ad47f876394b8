//! A clerks' desk over a real embedded queue, asked without a socket, on a clock that the test moves.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{Request, StatusCode, header, response::Parts},
};
use dengwen_door::{DeskAway, HintDesk, Hints, NoticeDesk, Notices, Sketch};
use dengwen_messages::{ClerkActed, Envelope, Event, Queues, TipReceived};
use dengwen_model::{
    Attachment, ManualClock, MessageContent, Principal, Role, SystemEntropy, TipContent, UserId,
};
use dengwen_queue::{Settlement, Subscription};
use dengwen_rules::Units;
use dengwen_seal::{AccessClaims, FileKey, SealedBox, purpose};
use dengwen_service::{DoorRuntime, Process, Settings};
use jiff::SignedDuration;
use object_store::ObjectStoreExt;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// When the clock of a desk begins.
const START: &str = "2026-11-02T01:00:00Z";

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

/// Casework as the desk hears of it: the sample register, what the test withdrew, and the hints it knows.
#[derive(Debug, Default)]
struct Casework {
    withdrawn: Mutex<BTreeSet<UserId>>,
    /// `None` while it is away.
    hints: Mutex<Option<Hints>>,
    /// What it was asked.
    asked: Mutex<Vec<Sketch>>,
}

#[async_trait]
impl NoticeDesk for Casework {
    async fn notices(&self) -> Result<Notices, DeskAway> {
        let units = Units::sample().expect("the sample register is tested elsewhere");
        Ok(Notices::new(&units, self.withdrawn.lock().expect("no test panics in there").iter().copied()))
    }
}

#[async_trait]
impl HintDesk for Casework {
    async fn hints(&self, _token: &str, sketch: &Sketch) -> Result<Hints, DeskAway> {
        self.asked.lock().expect("no test panics in there").push(sketch.clone());
        self.hints.lock().expect("no test panics in there").clone().ok_or(DeskAway)
    }
}

impl DeskRig {
    /// The desk that `start` makes of a door of this kind.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn open(
        kind: &'static str,
        start: impl FnOnce(&DoorRuntime) -> anyhow::Result<Router>,
    ) -> Self {
        Self::open_with(kind, |_| {}, start).await
    }

    /// As [`DeskRig::open`], with settings that `set` changes.
    ///
    /// # Panics
    /// As there.
    pub async fn open_with(
        kind: &'static str,
        set: impl FnOnce(&mut Settings),
        start: impl FnOnce(&DoorRuntime) -> anyhow::Result<Router>,
    ) -> Self {
        let data = tempfile::tempdir().expect("a directory");
        let clock = ManualClock::at(START.parse().expect("an instant"));
        let (clock, casework) = (Arc::new(clock), Arc::new(Casework::default()));
        let mut settings = Settings { data: data.path().join("data"), ..Settings::default() };
        set(&mut settings);
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
        self.issue(role, UserId::new(door.clock(), door.entropy()))
    }

    /// Another token of the same clerk, which holds for a day from now.
    ///
    /// # Panics
    /// As [`DeskRig::token`], or when it is none of this desk.
    #[must_use]
    pub fn token_of(&self, token: &str) -> String {
        let door = self.runtime.door();
        let claims = door
            .keys()
            .tokens
            .verify(token, START.parse().expect("an instant"))
            .expect("a token of this desk");
        self.issue(claims.role, claims.id)
    }

    fn issue(&self, role: Role, id: UserId) -> String {
        let now = self.runtime.door().clock().now();
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
        self.casework.withdrawn.lock().expect("no test panics in there").insert(claims.id);
    }

    /// What casework knows from now on of whatever it is asked; `None`: it is away.
    ///
    /// # Panics
    /// Never in practice.
    pub fn knows(&self, hints: Option<Hints>) {
        *self.casework.hints.lock().expect("no test panics in there") = hints;
    }

    /// What casework was asked for hints on since the last time.
    ///
    /// # Panics
    /// Never in practice.
    #[must_use]
    pub fn sketches(&self) -> Vec<Sketch> {
        std::mem::take(&mut *self.casework.asked.lock().expect("no test panics in there"))
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
        let (head, body) = self.send(request).await;
        (head.status, serde_json::from_slice(&body).expect("JSON"))
    }

    /// What the desk answers, whatever it is.
    ///
    /// # Panics
    /// Never in practice: a router is always ready, and bodies are in memory.
    pub async fn send(&self, request: Request<Body>) -> (Parts, Bytes) {
        let response = self.app.clone().oneshot(request).await.expect("a router is always ready");
        let (head, body) = response.into_parts();
        (head, to_bytes(body, 1 << 26).await.expect("a body in memory"))
    }

    /// What a clerk's browser gets that goes to a page of the desk.
    ///
    /// # Panics
    /// When the page is not text.
    pub async fn look(&self, path: &str, token: &str) -> (Parts, String) {
        let request = Request::get(path).header(header::COOKIE, Self::cookie(token)).body(Body::empty());
        let (head, body) = self.send(request.expect("a request")).await;
        (head, String::from_utf8(body.to_vec()).expect("a page is text"))
    }

    /// What a clerk's browser gets that sends a form from a page of `site`, as browsers name it.
    ///
    /// # Panics
    /// As [`DeskRig::look`].
    pub async fn fill(
        &self,
        path: &str,
        token: &str,
        site: &str,
        fields: &[(&str, &str)],
    ) -> (Parts, String) {
        let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
        let request = Request::post(path)
            .header(header::COOKIE, Self::cookie(token))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(Body::from(pairs.collect::<Vec<_>>().join("&")));
        let (head, body) = self.send(request.expect("a request")).await;
        (head, String::from_utf8(body.to_vec()).expect("a page is text"))
    }

    /// What a clerk's browser gets that sends a file from a page of ours.
    ///
    /// # Panics
    /// As [`DeskRig::look`].
    pub async fn upload(&self, path: &str, token: &str, name: &str, file: &[u8]) -> (Parts, String) {
        const BOUNDARY: &str = "----a-boundary-of-the-test";
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        );
        let body = [head.as_bytes(), file, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
        let request = Request::post(path)
            .header(header::COOKIE, Self::cookie(token))
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body));
        let (head, body) = self.send(request.expect("a request")).await;
        (head, String::from_utf8(body.to_vec()).expect("a page is text"))
    }

    /// The cookie that a clerk's browser has from the console.
    fn cookie(token: &str) -> String {
        format!("__Secure-dengwen-clerk={token}")
    }

    /// Starts the desk again over what is on its disk.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self, start: impl FnOnce(&DoorRuntime) -> anyhow::Result<Router>) {
        self.app = start(&self.runtime).expect("a desk");
    }

    /// Everything on the desk's disk.
    ///
    /// # Panics
    /// When a file cannot be read.
    #[must_use]
    pub fn on_disk(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut folders = vec![self.runtime.process().settings().data.clone()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push((path.clone(), std::fs::read(&path).expect("a file"))),
                }
            }
        }
        found
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
        self.depth(Queues::TRIAGE.0).await
    }

    /// What clerks did that waits for the audit log.
    ///
    /// # Panics
    /// As [`DeskRig::waiting`].
    pub async fn acts(&self) -> u64 {
        self.depth(Queues::ACTS.0).await
    }

    async fn depth(&self, queue: &str) -> u64 {
        let depths = self.runtime.process().queue().depths().await.expect("an embedded queue");
        depths.queues.iter().filter(|depth| depth.queue.as_str() == queue).map(|depth| depth.ready).sum()
    }

    /// Takes the tip that waits longest, and opens it as triage does.
    ///
    /// # Panics
    /// When there is none, or it cannot be opened.
    pub async fn next_tip(&self) -> TipContent {
        self.next_received().await.1
    }

    /// As [`DeskRig::next_tip`], with the message that it came in.
    ///
    /// # Panics
    /// As there.
    pub async fn next_received(&self) -> (TipReceived, TipContent) {
        let Event::TipReceived(tip) = self.next_event(Queues::TRIAGE).await else { panic!("not a tip") };
        let sealed: SealedBox = serde_json::from_value(tip.content.clone().into()).expect("a sealed box");
        let line = self.runtime.keys().inner().expect("the embedded mode has all keys").line;
        let plain = line.open(purpose::TipContent, tip.tip.as_uuid().as_bytes(), &sealed);
        let content = serde_json::from_slice(&plain.expect("sealed to this line")).expect("a tip");
        (*tip, content)
    }

    /// Takes the message to a registered tip that waits longest, waiting for one, and opens it as casework
    /// does.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn next_message(&self) -> MessageContent {
        let Event::MessageReceived(message) = self.next_event(Queues::MAIL).await else {
            panic!("not a message")
        };
        let sealed: SealedBox = serde_json::from_value(message.content.clone().into()).expect("a sealed box");
        let line = self.runtime.keys().inner().expect("the embedded mode has all keys").line;
        let plain = line.open(purpose::MailboxText, message.message.as_uuid().as_bytes(), &sealed);
        serde_json::from_slice(&plain.expect("sealed to this line")).expect("a message")
    }

    /// Takes what a clerk did that waits longest for the audit log.
    ///
    /// # Panics
    /// When there is none.
    pub async fn next_act(&self) -> ClerkActed {
        let Event::ClerkActed(act) = self.next_event(Queues::ACTS).await else { panic!("not an act") };
        *act
    }

    async fn next_event(&self, (queue, binding): (&str, &str)) -> Event {
        let subscription = Subscription::new(queue, binding).expect("names");
        let queue = self.runtime.process().queue();
        let mut consumer = queue.consume(&subscription, 1).await.expect("an embedded queue");
        let delivery = consumer.next_batch(1).await.expect("an embedded queue").remove(0);
        let envelope = Envelope::from_bytes(&delivery.message().body).expect("our own message");
        delivery.settle(Settlement::Done).await.expect("an embedded queue");
        envelope.event
    }

    /// The bytes of a file that came with a tip.
    ///
    /// # Panics
    /// When it is not there, or its key does not open it.
    pub async fn file(&self, attachment: &Attachment) -> Vec<u8> {
        let store =
            dengwen_service::open_objects(self.runtime.process().settings()).expect("an object store");
        let path = object_store::path::Path::from(attachment.object.as_str());
        let sealed = store.get(&path).await.expect("the file").bytes().await.expect("the file");
        let key = FileKey::from_hex(&attachment.key).expect("a key");
        key.open(&attachment.object, &sealed).expect("the file's own key").to_vec()
    }
}
