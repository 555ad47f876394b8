//! The web door over a real embedded queue, with a desk that can be there or away.

mod by_hand;
mod elsewhere;
mod files;
mod messages;
mod repeats;
mod reports;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use dengwen_cache::Cache;
use dengwen_door::{
    Answers, Checker, DeskAway, Door, Files, Limits, MailboxView, NoticeBoard, NoticeDesk, Notices,
    ReceiptDesk,
};
use dengwen_http::Conventions;
use dengwen_messages::{Envelope, Event, MessageReceived};
use dengwen_model::{
    CoarseState, Message, MessageContent, MessageFrom, SystemClock, SystemEntropy, TipContent,
};
use dengwen_pages::RankChoice;
use dengwen_queue::{EmbeddedQueue, EntryId, LookupKey, Outgoing, Queue, QueueError, Subscription, Underway};
use dengwen_rules::person::{POLITICAL_STATUSES, SEXES};
use dengwen_rules::{Rules, Units};
use dengwen_seal::{KeyDirectory, ReceiptHash, SealedBox, purpose};
use object_store::memory::InMemory;
use tower::ServiceExt;

use crate::uploads::Uploads;
use crate::{Web, router};

/// A desk that knows one receipt, or is away, or reads alone.
#[derive(Debug)]
struct FakeDesk {
    keys: KeyDirectory,
    away: AtomicBool,
    busy: AtomicBool,
    known: std::sync::Mutex<Option<(ReceiptHash, Vec<Message>)>>,
}

#[async_trait]
impl ReceiptDesk for FakeDesk {
    async fn look(&self, receipt: &ReceiptHash) -> Result<Option<MailboxView>, DeskAway> {
        if self.away.load(Ordering::Relaxed) {
            return Err(DeskAway);
        }
        let known = self.known.lock().unwrap();
        Ok(known.as_ref().filter(|(hash, _)| hash == receipt).map(|(_, messages)| MailboxView {
            state: CoarseState::InProgress,
            updated_at: "2026-10-10T00:00:00Z".parse().unwrap(),
            messages: messages.clone(),
        }))
    }

    async fn write(&self, message: &MessageReceived) -> Result<bool, DeskAway> {
        if self.away.load(Ordering::Relaxed) || self.busy.load(Ordering::Relaxed) {
            return Err(DeskAway);
        }
        let mut known = self.known.lock().unwrap();
        let receipt = message.receipt_hash.as_str();
        let Some((_, messages)) = known.as_mut().filter(|(hash, _)| hash.to_string() == receipt) else {
            return Ok(false);
        };
        let MessageContent { text, attachments, .. } = opened(&self.keys, message);
        let at = message.received_at;
        messages.push(Message { from: MessageFrom::Reporter, at, text, files: attachments.len() });
        Ok(true)
    }
}

/// What a message says to whoever holds the line's key.
fn opened(keys: &KeyDirectory, message: &MessageReceived) -> MessageContent {
    let sealed: SealedBox = message.content.parse().unwrap();
    let id = message.message.as_uuid();
    let plain = keys.inner().unwrap().line.open(purpose::MailboxText, id.as_bytes(), &sealed).unwrap();
    serde_json::from_slice(&plain).unwrap()
}

#[async_trait]
impl NoticeDesk for FakeDesk {
    async fn notices(&self) -> Result<Notices, DeskAway> {
        match self.away.load(Ordering::Relaxed) {
            true => Err(DeskAway),
            false => Ok(Notices::new(&Units::sample().unwrap(), [])),
        }
    }
}

/// The door's store, whose disk can be full.
#[derive(Debug)]
struct Outlet {
    queue: EmbeddedQueue,
    full: Arc<AtomicBool>,
}

#[async_trait]
impl Underway for Outlet {
    async fn take(&self, entry: EntryId, message: Outgoing) -> Result<(), QueueError> {
        if self.full.load(Ordering::Relaxed) {
            return Err(QueueError::Full);
        }
        self.queue.take(entry, message).await
    }

    async fn find(&self, key: &LookupKey) -> Result<Option<jiff::Timestamp>, QueueError> {
        self.queue.find(key).await
    }
}

struct Rig {
    app: Router,
    full: Arc<AtomicBool>,
    desk: Arc<FakeDesk>,
    queue: EmbeddedQueue,
    keys: KeyDirectory,
    files: Arc<InMemory>,
    limits: Limits,
    data: tempfile::TempDir,
}

async fn rig(limits: Limits) -> Rig {
    let data = tempfile::tempdir().unwrap();
    let keys = KeyDirectory::new(data.path().join("keys"));
    keys.generate_missing(&SystemEntropy).unwrap();
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let queue = EmbeddedQueue::open("embedded:", data.path(), clock, entropy).await.unwrap();
    queue.declare(&[tips(), mail()]).await.unwrap();
    let desk = Arc::new(FakeDesk {
        keys: keys.clone(),
        away: AtomicBool::default(),
        busy: AtomicBool::default(),
        known: std::sync::Mutex::default(),
    });
    let (files, app) = (Arc::new(InMemory::new()), Router::new());
    let full = Arc::default();
    let mut rig = Rig { app, full, desk, queue, keys, files, limits, data };
    rig.start("answers.db").await;
    rig
}

impl Rig {
    /// Starts the door with nothing in memory, and with the first answers of this file.
    async fn start(&mut self, answers: &str) {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let door = Arc::new(Door::new(
            "web-test".parse().unwrap(),
            "990000-ZZB".parse().unwrap(),
            self.keys.door().unwrap(),
            Arc::new(Outlet { queue: self.queue.clone(), full: self.full.clone() }),
            clock.clone(),
            entropy.clone(),
        ));
        let cache = Arc::new(Cache::in_memory(clock.clone()));
        let answers = self.data.path().join(answers);
        let notices = Arc::new(NoticeBoard::local(self.desk.clone(), clock));
        let web = Web {
            answers: Answers::open(door.clone(), cache.clone(), &answers).await.unwrap(),
            door,
            files: Files::new(self.files.clone(), 1000),
            cache,
            limits: self.limits.clone(),
            desk: self.desk.clone(),
            uploads: Uploads::new(2, 4 << 20),
            genders: crate::choices(&SEXES[..2]),
            political_statuses: crate::choices(&POLITICAL_STATUSES),
            ranks: Arc::new([RankChoice { code: "0141".to_owned(), name: "乡科级正职".to_owned() }]),
            checker: Checker::new(&Rules::built_in().unwrap(), notices, 100).unwrap(),
            max_text: 100,
            max_files: 2,
        };
        self.app = Conventions::new(entropy).apply(router(web));
    }
}

fn tips() -> Subscription {
    Subscription::new("triage.tips", "tips.received").unwrap()
}

fn mail() -> Subscription {
    Subscription::new("casework.messages", "messages.received").unwrap()
}

struct Answer {
    status: StatusCode,
    media: String,
    cache: String,
    body: String,
}

impl Answer {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Rig {
    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let header = |name: &str| {
            let value = response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            value.unwrap_or_default()
        };
        let (media, cache) = (header("content-type"), header("cache-control"));
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer { status, media, cache, body: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn post(&self, path: &str, media: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::post(path).header("content-type", media);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn tip(&self, body: &str) -> Answer {
        self.post("/api/v1/tips", "application/json", &[], body.to_owned()).await
    }

    /// The content of every tip that was taken.
    async fn taken(&self, count: usize) -> Vec<TipContent> {
        let ring = self.keys.inner().unwrap().line;
        let mut consumer = self.queue.consume(&tips(), 100).await.unwrap();
        let mut contents = Vec::new();
        while contents.len() < count {
            for delivery in consumer.next_batch(100).await.unwrap() {
                let envelope = Envelope::from_bytes(&delivery.message().body).unwrap();
                let Event::TipReceived(tip) = envelope.event else { panic!("not a tip") };
                let sealed: SealedBox = serde_json::from_value(tip.content.clone().into()).unwrap();
                let id = tip.tip.as_uuid();
                let plain = ring.open(purpose::TipContent, id.as_bytes(), &sealed).unwrap();
                contents.push(serde_json::from_slice(&plain).unwrap());
                delivery.settle(dengwen_queue::Settlement::Done).await.unwrap();
            }
        }
        contents
    }

    /// The next message that lies on the door's disk.
    async fn spooled(&self) -> MessageReceived {
        let mut consumer = self.queue.consume(&mail(), 1).await.unwrap();
        let delivery = consumer.next_batch(1).await.unwrap().remove(0);
        let envelope = Envelope::from_bytes(&delivery.message().body).unwrap();
        delivery.settle(dengwen_queue::Settlement::Done).await.unwrap();
        let Event::MessageReceived(message) = envelope.event else { panic!("not a message") };
        *message
    }

    /// Lets the desk know the receipt of this report.
    fn register(&self, answer: &Answer) -> ReceiptHash {
        let receipt = answer.json()["receipt"].as_str().unwrap().parse().unwrap();
        let hash = self.keys.door().unwrap().receipt.hash(&receipt);
        *self.desk.known.lock().unwrap() = Some((hash, Vec::new()));
        hash
    }

    /// Writes under a receipt.
    async fn add(
        &self,
        authorization: &str,
        headers: &[(&str, &str)],
        media: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let headers = [&[("authorization", authorization)], headers].concat();
        self.post("/api/v1/tips/mine/messages", media, &headers, body).await
    }

    async fn waiting(&self) -> u64 {
        self.queue.depths().await.unwrap().queues.iter().map(|depth| depth.ready).sum()
    }

    fn authorization(answer: &Answer) -> String {
        let receipt = answer.json()["receipt"].as_str().unwrap().replace(' ', "");
        format!("Receipt {receipt}")
    }

    async fn mine(&self, authorization: &str) -> Answer {
        let request = Request::get("/api/v1/tips/mine").header("authorization", authorization);
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

fn multipart(parts: &[(&str, Option<&str>, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!("--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b0undary--\r\n");
    ("multipart/form-data; boundary=b0undary".to_owned(), body)
}
