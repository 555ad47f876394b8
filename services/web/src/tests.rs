//! The web door over a real embedded queue, with a desk that can be there or away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use dengwen_cache::Cache;
use dengwen_door::{
    Checker, DeskAway, Door, Files, Limits, MailboxView, NoticeBoard, NoticeDesk, Notices, ReceiptDesk,
};
use dengwen_http::Conventions;
use dengwen_messages::{Envelope, Event, MessageReceived};
use dengwen_model::{
    CoarseState, Message, MessageContent, MessageFrom, SystemClock, SystemEntropy, TipContent,
};
use dengwen_pages::RankChoice;
use dengwen_queue::{EmbeddedQueue, Queue, Subscription};
use dengwen_rules::{Rules, Units};
use dengwen_seal::{KeyDirectory, ReceiptHash, SealedBox, purpose};
use futures::StreamExt;
use object_store::ObjectStore;
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

struct Rig {
    app: Router,
    desk: Arc<FakeDesk>,
    queue: EmbeddedQueue,
    keys: KeyDirectory,
    files: Arc<InMemory>,
    _data: tempfile::TempDir,
}

async fn rig(limits: Limits) -> Rig {
    let data = tempfile::tempdir().unwrap();
    let keys = KeyDirectory::new(data.path().join("keys"));
    keys.generate_missing(&SystemEntropy).unwrap();
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let queue = EmbeddedQueue::open("embedded:", data.path(), clock.clone(), entropy.clone()).await.unwrap();
    queue.declare(&[tips(), mail()]).await.unwrap();
    let door = Door::new(
        "web-test".parse().unwrap(),
        "990000-ZZB".parse().unwrap(),
        keys.door().unwrap(),
        Arc::new(queue.clone()),
        clock.clone(),
        entropy.clone(),
    );
    let desk = Arc::new(FakeDesk {
        keys: keys.clone(),
        away: AtomicBool::default(),
        busy: AtomicBool::default(),
        known: std::sync::Mutex::default(),
    });
    let notices = Arc::new(NoticeBoard::local(desk.clone(), clock.clone()));
    let files = Arc::new(InMemory::new());
    let web = Web {
        door: Arc::new(door),
        files: Files::new(files.clone(), 1000),
        cache: Arc::new(Cache::in_memory(clock)),
        limits,
        desk: desk.clone(),
        uploads: Uploads::new(2, 4 << 20),
        ranks: Arc::new([RankChoice { code: "0141".to_owned(), name: "乡科级正职".to_owned() }]),
        checker: Checker::new(&Rules::built_in().unwrap(), notices, 100).unwrap(),
        max_text: 100,
        max_files: 2,
    };
    let app = Conventions::new(entropy).apply(router(web));
    Rig { app, desk, queue, keys, files, _data: data }
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
        let media = response.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned());
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer { status, media: media.unwrap_or_default(), body: String::from_utf8(bytes.to_vec()).unwrap() }
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

#[tokio::test]
async fn a_report_is_sealed_durable_and_gets_a_receipt() {
    let rig = rig(Limits::off()).await;
    let answer = rig
        .tip(r#"{"text":"某局长卖官","subject":{"name":"某甲","rank_code":"0141"},"where":"茶楼","reporter":{"phone":"1"}}"#)
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let receipt = answer.json()["receipt"].as_str().unwrap().to_owned();
    assert_eq!(receipt.len(), 24, "20 digits in groups of four");
    let taken = rig.taken(1).await;
    assert_eq!(taken[0].text, "某局长卖官");
    assert_eq!(taken[0].place.as_deref(), Some("茶楼"));
    assert_eq!(taken[0].identity, dengwen_model::IdentityKind::ContactOnly);
}

#[tokio::test]
async fn a_division_is_held_against_the_register_and_against_little_while_that_is_away() {
    let rig = rig(Limits::off()).await;
    let about = |code: &str| format!(r#"{{"text":"x","subject":{{"region_code":"{code}"}}}}"#);
    rig.desk.away.store(true, Ordering::Relaxed);
    assert_eq!(rig.tip(&about("990199")).await.status, StatusCode::CREATED, "it may be in the register");
    assert_eq!(rig.tip(&about("160000")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn bad_input_gets_a_problem_with_fields_and_leaves_nothing() {
    let rig = rig(Limits::off()).await;
    let secret = "绝密词句";
    for (body, status, field) in [
        ("{}".to_owned(), 422, "text"),
        (format!(r#"{{"text":"{}"}}"#, secret.repeat(30)), 422, "text"),
        (format!(r#"{{"text":"{secret}","subject":{{"rank_code":"7777"}}}}"#), 422, "subject.rank_code"),
        (format!(r#"{{"text":"{secret}","subject":{{"region_code":"001"}}}}"#), 422, "subject.region_code"),
        (
            format!(r#"{{"text":"{secret}","subject":{{"region_code":"990199"}}}}"#),
            422,
            "subject.region_code",
        ),
        (format!(r#"{{"text":"{secret}","nonsense":1}}"#), 422, "nonsense"),
        (format!(r#"{{"text":{{"{secret}":1}}}}"#), 422, "text"),
        (format!(r#"{{"text":"{secret}","reporter":{{"email":"no"}}}}"#), 422, "reporter.email"),
        (format!(r#"{{"text":"{secret}\u0000"}}"#), 422, "text"),
        (format!(r#"{{"text":"{secret}"#), 400, ""),
    ] {
        let answer = rig.tip(&body).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        assert_eq!(answer.media, "application/problem+json");
        assert!(!answer.body.contains(secret), "no answer quotes what was sent");
        let json = answer.json();
        assert!(json["type"].as_str().unwrap().starts_with("urn:dengwen:problem:"));
        if status == 422 {
            assert!(
                json["errors"].as_array().unwrap().iter().any(|e| e["field"] == field),
                "{}",
                answer.body
            );
        }
    }
    let answer = rig.post("/api/v1/tips", "application/json", &[], vec![0xff, 0xfe, b'{']).await;
    assert_eq!(answer.status.as_u16(), 400, "not UTF-8");
    let answer = rig.post("/api/v1/tips", "text/plain", &[], "x").await;
    assert_eq!(answer.status.as_u16(), 415);
    let answer = rig.tip(&format!(r#"{{"text":"{}"}}"#, "x".repeat(4 << 20))).await;
    assert_eq!(answer.status.as_u16(), 413);
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn a_repeated_key_gets_the_first_answer_and_makes_one_tip() {
    let rig = rig(Limits::off()).await;
    let body = r#"{"text":"某局长卖官"}"#;
    let key = [("idempotency-key", "k-1")];
    let first = rig.post("/api/v1/tips", "application/json", &key, body).await;
    let again = rig.post("/api/v1/tips", "application/json", &key, body).await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    let other = rig.post("/api/v1/tips", "application/json", &key, r#"{"text":"另一件"}"#).await;
    assert_eq!(other.status.as_u16(), 422, "the key was used for another request");
    assert_eq!(rig.waiting().await, 1);
}

#[tokio::test]
async fn a_source_has_its_daily_number_of_tips() {
    let rig = rig(Limits::new(2, 100)).await;
    for _ in 0..2 {
        assert_eq!(rig.tip(r#"{"text":"某"}"#).await.status, StatusCode::CREATED);
    }
    let refused = rig.tip(r#"{"text":"某"}"#).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(rig.tip("{}").await.status.as_u16(), 422, "what is wrong is said first");
    assert_eq!(rig.waiting().await, 2);
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

#[tokio::test]
async fn files_come_along_sealed_and_a_unit_with_a_file_is_enough() {
    let rig = rig(Limits::off()).await;
    let tip = br#"{"subject":{"org":"\u67d0\u5c40"}}"#;
    let (media, body) = multipart(&[("tip", None, tip), ("file", Some("a.txt"), "记录".as_bytes())]);
    let answer = rig.post("/api/v1/tips", &media, &[], body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let taken = rig.taken(1).await;
    assert_eq!(taken[0].attachments.len(), 1);
    assert_eq!(taken[0].attachments[0].media_type, "text/plain");
    for (name, bytes, status) in [("a.exe", &b"MZ\x90\0\x03\0\0\0"[..], 422), ("big.txt", &[b'x'; 1001], 413)]
    {
        let (media, body) = multipart(&[("tip", None, br#"{"text":"x"}"#), ("file", Some(name), bytes)]);
        assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status.as_u16(), status, "{name}");
    }
    let file = ("file", Some("a.txt"), &b"x"[..]);
    let (media, body) = multipart(&[("tip", None, br#"{"text":"x"}"#), file, file, file]);
    assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status.as_u16(), 422, "too many files");
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn a_receipt_opens_the_mailbox_or_says_that_the_tip_is_safe() {
    let rig = rig(Limits::off()).await;
    let answer = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    let authorization = Rig::authorization(&answer);
    rig.desk.away.store(true, Ordering::Relaxed);
    let under_way = rig.mine(&authorization).await;
    assert_eq!((under_way.status, &under_way.json()["state"]), (StatusCode::OK, &"received".into()));
    rig.taken(1).await;
    assert_eq!(
        rig.mine(&authorization).await.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "away, and not here any more"
    );
    rig.desk.away.store(false, Ordering::Relaxed);
    assert_eq!(rig.mine(&authorization).await.status, StatusCode::NOT_FOUND);
    let receipt = answer.json()["receipt"].as_str().unwrap().parse().unwrap();
    let hash = rig.keys.door().unwrap().receipt.hash(&receipt);
    *rig.desk.known.lock().unwrap() = Some((hash, Vec::new()));
    assert_eq!(rig.mine(&authorization).await.json()["state"], "in_progress");
    let sent = rig
        .post(
            "/api/v1/tips/mine/messages",
            "application/json",
            &[("authorization", &authorization)],
            r#"{"text":"补充"}"#,
        )
        .await;
    assert_eq!(sent.status, StatusCode::CREATED);
    assert_eq!(rig.mine(&authorization).await.json()["messages"][0]["text"], "补充");
    for wrong in ["Receipt 1", "Bearer x", "Receipt 99999999999999999999"] {
        assert!(matches!(rig.mine(wrong).await.status.as_u16(), 401 | 404), "{wrong}");
    }
}

#[tokio::test]
async fn the_form_and_the_receipt_page_work_by_hand() {
    let rig = rig(Limits::off()).await;
    let form = rig.send(Request::get("/").body(Body::empty()).unwrap()).await;
    assert!(form.body.contains("举报") && form.body.contains("name=\"once\""));
    let wrong = rig
        .post("/", "application/x-www-form-urlencoded", &[], "text=&subject_name=%E6%9F%90%E7%94%B2")
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("某甲"), "what was typed is still there");
    let sent = rig.post("/", "application/x-www-form-urlencoded", &[], "text=%E6%9F%90&once=abc").await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
    let again = rig.post("/", "application/x-www-form-urlencoded", &[], "text=%E6%9F%90&once=abc").await;
    assert_eq!(sent.body, again.body, "sending the form twice makes one tip");
    assert_eq!(rig.waiting().await, 1);
    let receipt: String =
        sent.body.split("id=\"receipt\">").nth(1).unwrap().chars().take_while(|c| *c != '<').collect();
    let page = rig
        .post(
            "/receipt?lang=en",
            "application/x-www-form-urlencoded",
            &[],
            format!("receipt={}", receipt.replace(' ', "+")),
        )
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Received"), "{}", page.body);
    let unknown = rig.post("/receipt", "application/x-www-form-urlencoded", &[], "receipt=12").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_door_that_cannot_write_gives_no_receipt() {
    let rig = rig(Limits::off()).await;
    rig.queue.close().await;
    let answer = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!answer.body.contains("receipt"));
}

#[tokio::test]
async fn a_refused_file_costs_no_tip_and_leaves_no_file() {
    let rig = rig(Limits::new(1, 100)).await;
    let program = ("file", Some("a.exe"), &b"MZ\x90\0\x03\0\0\0"[..]);
    let note = ("file", Some("a.txt"), &b"x"[..]);
    let tip = ("tip", None, &br#"{"text":"x"}"#[..]);
    let (media, body) = multipart(&[tip, note, program]);
    assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status.as_u16(), 422);
    assert!(rig.files.list(None).next().await.is_none(), "the note before it is not kept either");
    let (media, body) = multipart(&[tip, note]);
    assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn one_answer_names_every_field_that_is_wrong() {
    let rig = rig(Limits::off()).await;
    let answer =
        rig.tip(r#"{"text":" ","reporter":{"email":"no"},"subject":{"rank_code":"77"}}"#).await.json();
    let fields: Vec<_> =
        answer["errors"].as_array().unwrap().iter().filter_map(|e| e["field"].as_str()).collect();
    assert_eq!(fields, ["reporter.email", "text", "subject.rank_code"]);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_read_to_its_end_before_the_answer() {
    let (sender, receiver) = futures::channel::mpsc::unbounded();
    let piece = || Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b'x'; 1 << 20]));
    (0..4).for_each(|_| sender.unbounded_send(piece()).unwrap());
    let mut share = Uploads::new(1, 1000).share([0; 32]);
    let reading = crate::parts::bounded(Body::from_stream(receiver), 1000, &mut share);
    let answering = async {
        tokio::task::yield_now().await;
        sender.unbounded_send(piece()).expect("still being read");
        drop(sender);
    };
    let (read, ()) = tokio::join!(reading, answering);
    assert_eq!(read.unwrap_err().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_message_of_nothing_or_of_control_characters_is_refused() {
    let rig = rig(Limits::off()).await;
    let authorization = Rig::authorization(&rig.tip(r#"{"text":"某局长卖官"}"#).await);
    for text in [r"  \n ", r"\u0007x"] {
        let body = format!(r#"{{"text":"{text}"}}"#);
        let headers = [("authorization", authorization.as_str())];
        let answer = rig.post("/api/v1/tips/mine/messages", "application/json", &headers, body).await;
        assert_eq!(answer.status.as_u16(), 422, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_message_brings_files_with_the_bounds_of_a_report() {
    let rig = rig(Limits::off()).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    let (mine, _) = (Rig::authorization(&tip), rig.register(&tip));
    let file = ("file", Some("a.txt"), "记录".as_bytes());
    for text in [("text", None, "补充".as_bytes()), ("message", None, r#"{"text":"补充"}"#.as_bytes())] {
        let (media, body) = multipart(&[text, file]);
        assert_eq!(rig.add(&mine, &[], &media, body).await.status, StatusCode::CREATED);
    }
    let (media, body) = multipart(&[file, file]);
    assert_eq!(rig.add(&mine, &[], &media, body).await.status, StatusCode::CREATED, "files alone");
    let seen = rig.mine(&mine).await.json();
    let files: Vec<_> = seen["messages"].as_array().unwrap().iter().map(|m| m["files"].clone()).collect();
    assert_eq!(files, [1, 1, 2]);
    assert_eq!(rig.files.list(None).count().await, 4);
    let program = ("file", Some("a.exe"), &b"MZ\x90\0\x03\0\0\0"[..]);
    let large = ("file", Some("b.txt"), &[b'x'; 1001][..]);
    let words = ("text", None, "补充".as_bytes());
    for (parts, status) in [
        (vec![words, program], 422),
        (vec![words, large], 413),
        (vec![words, file, file, file], 422),
        (vec![("text", None, &b"  "[..])], 422),
        (vec![("text", None, &b"\xff"[..])], 422),
    ] {
        let (media, body) = multipart(&parts);
        let refused = rig.add(&mine, &[], &media, body).await;
        assert_eq!(refused.status.as_u16(), status, "{}", refused.body);
    }
    assert_eq!(rig.add(&mine, &[], "text/plain", "补充").await.status.as_u16(), 415);
    let (media, body) = multipart(&[words, file]);
    let wrong = rig.add("Receipt 99999999999999999999", &[], &media, body).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND, "refused at once while anybody can tell");
    assert_eq!(rig.files.list(None).count().await, 4, "and nothing of what was refused is kept");
}

#[tokio::test]
async fn a_message_is_safe_while_casework_is_away_or_busy() {
    let rig = rig(Limits::off()).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    let mine = Rig::authorization(&tip);
    // The tip is with the door itself: its receipt is known although casework is away.
    rig.desk.away.store(true, Ordering::Relaxed);
    let (media, body) = multipart(&[("text", None, "补充".as_bytes()), ("file", Some("a.txt"), b"x")]);
    assert_eq!(rig.add(&mine, &[], &media, body).await.status, StatusCode::CREATED);
    let spooled = rig.spooled().await;
    let content = opened(&rig.keys, &spooled);
    assert_eq!((content.text.as_str(), content.attachments.len()), ("补充", 1));
    assert!(spooled.receipt_known);
    // Registered, and gone from the door: nobody can tell now, so the desk has to find out.
    rig.taken(1).await;
    let json = "application/json";
    let key = [("idempotency-key", "m-1")];
    for _ in 0..2 {
        assert_eq!(rig.add(&mine, &key, json, r#"{"text":"再补充"}"#).await.status, StatusCode::CREATED);
    }
    let hash = rig.register(&tip);
    let spooled = rig.spooled().await;
    assert_eq!((spooled.receipt_hash.as_str(), spooled.receipt_known), (hash.to_string().as_str(), false));
    assert_eq!(rig.waiting().await, 0, "sent twice under one key it is one message");
    // The desk reads, and cannot write.
    rig.desk.away.store(false, Ordering::Relaxed);
    rig.desk.busy.store(true, Ordering::Relaxed);
    assert_eq!(rig.add(&mine, &[], json, r#"{"text":"三补充"}"#).await.status, StatusCode::CREATED);
    assert!(rig.spooled().await.receipt_known);
    assert_eq!(rig.add("Receipt 99999999999999999999", &[], json, r#"{"text":"x"}"#).await.status, 404);
}

#[tokio::test]
async fn a_receipt_has_its_daily_number_of_messages_and_an_unproved_one_costs_a_report() {
    let rig = rig(Limits::new(2, 1000)).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    let (mine, _) = (Rig::authorization(&tip), rig.register(&tip));
    let add = async |receipt: &str| {
        rig.add(receipt, &[], "application/json", r#"{"text":"x"}"#).await.status.as_u16()
    };
    for _ in 0..20 {
        assert_eq!(add(&mine).await, 201);
    }
    assert_eq!(add(&mine).await, 429);
    rig.taken(1).await;
    rig.desk.away.store(true, Ordering::Relaxed);
    assert_eq!(add("Receipt 99999999999999999999").await, 201, "nobody can tell that it is wrong");
    assert_eq!(add("Receipt 99999999999999999998").await, 429, "two a day, with the report");
}

#[tokio::test]
async fn the_receipt_page_takes_words_and_files_without_javascript() {
    let rig = rig(Limits::off()).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    rig.register(&tip);
    let receipt = tip.json()["receipt"].as_str().unwrap().replace(' ', "");
    let open = format!("receipt={receipt}");
    let page = rig.post("/receipt", "application/x-www-form-urlencoded", &[], open).await;
    assert!(page.body.contains("multipart/form-data") && page.body.contains("type=\"file\""));
    let once = page.body.split("name=\"once\" value=\"").nth(1).unwrap()[..32].to_owned();
    let field = |name, value| (name, None, value);
    let parts = [
        field("receipt", receipt.as_bytes()),
        field("once", once.as_bytes()),
        field("text", "附上记录".as_bytes()),
        ("file", Some("a.txt"), &b"x"[..]),
    ];
    for _ in 0..2 {
        let (media, body) = multipart(&parts);
        let sent = rig.post("/receipt/message", &media, &[], body).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
        assert_eq!(sent.body.matches("附上记录").count(), 1, "sending the form twice makes one message");
        assert!(sent.body.contains("附件: 1"));
    }
    let (media, body) = multipart(&[field("receipt", receipt.as_bytes()), field("text", b"\x07typed")]);
    let refused = rig.post("/receipt/message", &media, &[], body).await;
    assert!(refused.body.contains("typed") && refused.body.contains("role=\"alert\""), "{}", refused.body);
    // While casework is away it says that the message is safe.
    rig.taken(1).await;
    rig.desk.away.store(true, Ordering::Relaxed);
    let plain = format!("receipt={receipt}&text=x");
    let kept = rig.post("/receipt/message?lang=en", "application/x-www-form-urlencoded", &[], plain).await;
    assert_eq!(kept.status, StatusCode::OK);
    assert!(kept.body.contains("Your message is safe"), "{}", kept.body);
    rig.spooled().await;
}
