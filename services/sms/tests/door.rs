//! The whole SMS door on the embedded queue: a sealed tip behind, a receipt back, follow-ups to casework.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use dengwen_door::{DeskAway, MailboxView, ReceiptDesk};
use dengwen_messages::{Envelope, Event, MessageReceived, Queues, TipReceived};
use dengwen_model::{CoarseState, MessageContent, TipContent};
use dengwen_queue::{Consumer, Subscription};
use dengwen_seal::{Receipt, ReceiptHash, SealedBox, purpose};
use dengwen_service::{DoorRuntime, LimitSettings, Process, Settings};
use http::{Request, StatusCode};
use tower::ServiceExt;

/// Casework, as far as receipts go.
#[derive(Debug, Default)]
struct Desk {
    known: Mutex<Vec<ReceiptHash>>,
    written: Mutex<Vec<MessageReceived>>,
}

#[async_trait]
impl ReceiptDesk for Desk {
    async fn look(&self, receipt: &ReceiptHash) -> Result<Option<MailboxView>, DeskAway> {
        let known = self.known.lock().unwrap().contains(receipt);
        let updated_at = support::noon();
        Ok(known.then(|| MailboxView { state: CoarseState::InProgress, updated_at, messages: Vec::new() }))
    }

    async fn write(&self, message: &MessageReceived) -> Result<bool, DeskAway> {
        let known = self.known.lock().unwrap().iter().any(|hash| hash.to_string() == message.receipt_hash);
        if known {
            self.written.lock().unwrap().push(message.clone());
        }
        Ok(known)
    }
}

type Sent = Arc<Mutex<Vec<BTreeMap<String, String>>>>;

struct Line {
    router: Router,
    runtime: DoorRuntime,
    desk: Arc<Desk>,
    sent: Sent,
    tips: Box<dyn Consumer>,
    folder: tempfile::TempDir,
}

/// Kannel's sending interface, and Infobip's.
async fn sendsms(State(sent): State<Sent>, request: Request<Body>) -> (StatusCode, &'static str) {
    if request.method() == http::Method::POST {
        let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let text = body["messages"][0]["content"]["text"].as_str().unwrap().to_owned();
        sent.lock().unwrap().push([("text".to_owned(), text)].into());
        return (StatusCode::OK, r#"{"messages":[{"messageId":"1","status":{"groupId":1}}]}"#);
    }
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let pairs = url::form_urlencoded::parse(query).into_owned().collect();
    sent.lock().unwrap().push(pairs);
    (StatusCode::ACCEPTED, "0: Accepted for delivery")
}

impl Line {
    /// With more tips a sender than any test but one sends.
    async fn open() -> Self {
        Self::open_with("memory:", 100).await
    }

    async fn open_with(cache_url: &str, tips_per_day: u32) -> Self {
        let sent = Sent::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let vendor = format!("http://{}", listener.local_addr().unwrap());
        let fake = Router::new().fallback(sendsms).with_state(sent.clone());
        tokio::spawn(async move { axum::serve(listener, fake).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        let table = format!(
            "web_url = \"https://tips.example\"\n[gateways.media]\nkind = \"infobip\"\npath_secret = \"s\"\napi_key = \"k\"\n\
             from = \"12380\"\nsend_per_second = 1000\napi_url = \"{vendor}\"\n\
             [gateways.main]\nkind = \"kannel\"\npath_secret = \"s\"\nusername = \"u\"\npassword = \"p\"\n\
             from = \"12380\"\nsend_per_second = 1000\napi_url = \"{vendor}\""
        );
        let limits = LimitSettings { tips_per_day, ..LimitSettings::default() };
        let settings = Settings {
            data: folder.path().to_owned(),
            cache_url: cache_url.to_owned(),
            limits,
            sms: table.parse().unwrap(),
            ..Settings::default()
        };
        let process = Process::open(settings).await.unwrap();
        let runtime = DoorRuntime::open(process.clone(), "sms").await.unwrap();
        let desk = Arc::new(Desk::default());
        let router = dengwen_sms::start(&runtime, desk.clone()).await.unwrap();
        let subscription = Subscription::new(Queues::TRIAGE.0, Queues::TRIAGE.1).unwrap();
        let tips = process.queue().consume(&subscription, 100).await.unwrap();
        Self { router, runtime, desk, sent, tips, folder }
    }

    async fn send(&self, id: &str, from: &str, text: &str) -> StatusCode {
        self.send_to(id, from, "12380", text).await
    }

    /// A message with these contents, as Infobip tells of it.
    async fn send_contents(&self, id: &str, from: &str, contents: serde_json::Value) -> StatusCode {
        let row = serde_json::json!({"messageId": id, "from": from, "to": "12380", "message": contents});
        let request = Request::post("/sms/media/inbound/s")
            .header("content-type", "application/json")
            .body(Body::from(serde_json::json!({"results": [row]}).to_string()));
        self.router.clone().oneshot(request.unwrap()).await.unwrap().status()
    }

    async fn send_to(&self, id: &str, from: &str, to: &str, text: &str) -> StatusCode {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("from", from), ("to", to), ("id", id), ("coding", "0"), ("text", text)])
            .finish();
        let request = Request::get(format!("/sms/main/inbound/s?{query}")).body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap().status()
    }

    /// The next tip that came out, with what it says.
    async fn tip(&mut self) -> (TipReceived, TipContent) {
        let batch =
            tokio::time::timeout(Duration::from_secs(10), self.tips.next_batch(1)).await.unwrap().unwrap();
        let envelope = Envelope::from_bytes(&batch[0].message().body).unwrap();
        let Event::TipReceived(tip) = envelope.event else { panic!("not a tip") };
        let context = tip.tip.as_uuid();
        let keys = self.runtime.keys().inner().unwrap();
        let opened = keys.line.open(purpose::TipContent, context.as_bytes(), &sealed(&tip.content)).unwrap();
        let content = serde_json::from_slice(&opened).unwrap();
        dengwen_queue::settle_all(batch.into_iter().map(|one| (one, dengwen_queue::Settlement::Done)))
            .await
            .unwrap();
        (*tip, content)
    }

    /// What a message says.
    fn words(&self, message: &MessageReceived) -> MessageContent {
        let id = message.message.as_uuid();
        let keys = self.runtime.keys().inner().unwrap();
        let plain = keys.line.open(purpose::MailboxText, id.as_bytes(), &sealed(&message.content)).unwrap();
        serde_json::from_slice(&plain).unwrap()
    }

    /// The next message on its way to casework.
    async fn message(&self) -> MessageReceived {
        let subscription = Subscription::new(Queues::MAIL.0, Queues::MAIL.1).unwrap();
        let mut consumer = self.runtime.process().queue().consume(&subscription, 1).await.unwrap();
        let next = tokio::time::timeout(Duration::from_secs(10), consumer.next_batch(1));
        let delivery = next.await.unwrap().unwrap().remove(0);
        let envelope = Envelope::from_bytes(&delivery.message().body).unwrap();
        delivery.settle(dengwen_queue::Settlement::Done).await.unwrap();
        let Event::MessageReceived(message) = envelope.event else { panic!("not a message") };
        *message
    }

    /// Waits until so many replies went out.
    async fn replies(&self, count: usize) -> Vec<BTreeMap<String, String>> {
        let wait = async {
            loop {
                let sent = self.sent.lock().unwrap().clone();
                if sent.len() >= count {
                    return sent;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect("replies go out")
    }
}

fn sealed(text: &str) -> SealedBox {
    use base64::Engine;
    SealedBox::from_bytes(base64::prelude::BASE64_STANDARD.decode(text).unwrap()).unwrap()
}

fn receipt_in(reply: &BTreeMap<String, String>) -> Receipt {
    let digits: String = reply["text"].chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("20 digits and no other number")
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![std::fs::read(path).unwrap()] })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_becomes_a_sealed_tip_and_its_sender_gets_a_receipt() {
    let mut line = Line::open().await;
    assert_eq!(line.send("1", "+8613912345678", "m4rked: 县长卖官").await, StatusCode::OK);
    let (tip, content) = line.tip().await;
    assert_eq!(content.text, "m4rked: 县长卖官");
    // The receipt that went back is that tip's, and says nothing else.
    let reply = line.replies(1).await.remove(0);
    assert_eq!(reply["to"], "+8613912345678");
    let receipt = receipt_in(&reply);
    let hash = line.runtime.door().keys().receipt.hash(&receipt);
    assert_eq!(tip.receipt_hash, hash.to_string());
    for word in ["m4rked", "卖官", "举报", "12380"] {
        assert!(!reply["text"].contains(word), "the reply names {word}");
    }
    // The number is with the custodian and with this door, and nowhere beside the text.
    let context = tip.tip.as_uuid();
    let custodian = line.runtime.keys().custodian().unwrap();
    let identity = sealed(tip.identity.as_deref().unwrap());
    let identity = custodian.custodian.open(purpose::Identity, context.as_bytes(), &identity).unwrap();
    assert!(String::from_utf8_lossy(&identity).contains("+8613912345678"));
    for bytes in files(line.folder.path()) {
        for word in ["m4rked", "13912345678"] {
            assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word} is on disk");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_makes_neither_a_tip_nor_a_reply() {
    let mut line = Line::open().await;
    for _ in 0..3 {
        assert_eq!(line.send("1", "+8613900000001", "一").await, StatusCode::OK);
    }
    assert_eq!(line.send("2", "+8613900000002", "二").await, StatusCode::OK);
    assert_eq!((line.tip().await.1.text, line.tip().await.1.text), ("一".to_owned(), "二".to_owned()));
    assert_eq!(line.replies(2).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wants_or_can_get_no_reply_gets_none() {
    let mut line = Line::open().await;
    line.send("1", "+8613900000001", "退订").await;
    line.send("2", "+8613900000001", "一个退订了的人的举报").await;
    line.send("3", "10086", "来自服务号码").await;
    line.send("4", "MTNBank", "from a name").await;
    // From the line's own number: an answer to it would come in again.
    line.send_to("5", "+8613900000008", "8613900000008", "自己").await;
    line.send("6", "+8613900000009", "最后").await;
    let mut texts = Vec::new();
    for _ in 0..5 {
        texts.push(line.tip().await.1.text);
    }
    assert_eq!(
        texts,
        ["一个退订了的人的举报", "来自服务号码", "from a name", "自己", "最后"],
        "all are tips all the same"
    );
    let replies = line.replies(1).await;
    assert_eq!(replies.iter().map(|reply| reply["to"].as_str()).collect::<Vec<_>>(), ["+8613900000009"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_a_picture_or_nothing_hears_that_it_did_not_arrive() {
    let mut line = Line::open().await;
    let picture = serde_json::json!({"contentType": "image/jpeg", "value": null});
    let words = serde_json::json!({"contentType": "text/plain", "value": "县长卖官"});
    let both = serde_json::json!([words, picture]);
    assert_eq!(line.send_contents("1", "8613900000001", serde_json::json!([picture])).await, StatusCode::OK);
    let told = line.replies(1).await;
    assert!(told[0]["text"].contains("文件未收到") && told[0]["text"].contains("https://tips.example"));
    // Again the same message: one answer.
    line.send_contents("1", "8613900000001", serde_json::json!([picture])).await;
    // Words beside it are a tip; the receipt says what is not with it.
    line.send_contents("2", "8613900000002", both).await;
    assert_eq!(line.tip().await.1.text, "县长卖官");
    let told = line.replies(2).await;
    assert!(receipt_in(&told[1]).digits().len() == 20 && told[1]["text"].contains("文件未收到"));
    assert_eq!(line.send("3", "+8613900000003", " \r\n").await, StatusCode::OK);
    let told = line.replies(3).await;
    assert!(told[2]["text"].contains("没有文字") && !told[2]["text"].contains("http"), "{}", told[2]["text"]);
    // Who wants no replies gets none of these either.
    line.send("4", "+8613900000004", "退订").await;
    line.send("5", "+8613900000004", " ").await;
    line.send("6", "+8613900000005", "最后").await;
    line.tip().await;
    let told = line.replies(4).await;
    assert_eq!(told[3]["to"], "+8613900000005");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_machines_that_answer_each_other_come_to_an_end() {
    let mut line = Line::open().await;
    for index in 0..20 {
        line.send(&format!("{index}"), "+8613900000001", "您的短信已收到").await;
    }
    line.send("last", "+8613900000002", "别人").await;
    for _ in 0..21 {
        line.tip().await;
    }
    let others =
        |replies: &[BTreeMap<String, String>]| replies.iter().any(|reply| reply["to"] == "+8613900000002");
    let mut count = 1;
    while !others(&line.replies(count).await) {
        count += 1;
    }
    let to_machine = line.replies(count).await.iter().filter(|reply| reply["to"] == "+8613900000001").count();
    assert!((1..=5).contains(&to_machine), "{to_machine} replies");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_begins_with_a_receipt_goes_to_that_tip() {
    let mut line = Line::open().await;
    line.send("1", "+8613900000001", "举报").await;
    line.tip().await;
    let receipt = receipt_in(&line.replies(1).await[0]);
    let hash = line.runtime.door().keys().receipt.hash(&receipt);
    line.desk.known.lock().unwrap().push(hash);
    line.send("2", "+8613900000001", &format!("{} 补充：转账时间是三月", receipt.grouped())).await;
    // How does it stand? The answer names nothing.
    line.send("3", "+8613900000001", &receipt.digits()).await;
    let replies = line.replies(2).await;
    assert_eq!(replies[1]["text"], "办理中");
    let written = line.desk.written.lock().unwrap().clone();
    assert_eq!(written.len(), 1);
    assert_eq!(line.words(&written[0]).text, "补充：转账时间是三月");
    // A receipt that no tip has: the message is a tip by itself.
    line.send("4", "+8613900000001", "00000000000000000000 别处的编号").await;
    assert_eq!(line.tip().await.1.text, "00000000000000000000 别处的编号");
}

async fn over_the_daily_limit(cache_url: &str, number: &str) {
    let mut line = Line::open_with(cache_url, 2).await;
    for (id, text) in [("1", "第一件"), ("2", "第二件")] {
        assert_eq!(line.send(id, number, text).await, StatusCode::OK);
    }
    line.tip().await;
    let (last, _) = line.tip().await;
    for (id, text) in [("3", "第三件"), ("4", "第四件")] {
        assert_eq!(line.send(id, number, text).await, StatusCode::OK, "nothing is refused");
        let message = line.message().await;
        assert_eq!(message.receipt_hash, last.receipt_hash, "with the last tip of the day");
        assert!(message.receipt_known);
        let words = line.words(&message);
        assert_eq!((words.text.as_str(), words.over_limit), (text, true));
    }
    // A vendor that sends it again, and somebody else.
    assert_eq!(line.send("4", number, "第四件").await, StatusCode::OK);
    assert_eq!(line.send("5", "+8613900000777", "别人的").await, StatusCode::OK);
    assert_eq!(line.tip().await.1.text, "别人的");
    let depths = line.runtime.process().queue().depths().await.unwrap();
    assert!(depths.queues.iter().all(|depth| depth.ready == 0), "a repetition is known: {depths:?}");
    let replies = line.replies(3).await;
    assert_eq!(replies.len(), 3, "one receipt a tip, and no answer over the limit");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_daily_limit_words_go_to_the_senders_last_tip_and_nothing_is_lost() {
    over_the_daily_limit("memory:", "+8613900000101").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daily_limit_is_the_same_with_redis() {
    let redis = std::env::var("DENGWEN_TEST_REDIS").expect("run ./tests/run, which starts the servers");
    // A number of this run's own: other tests count in the same Redis.
    let number = format!("+86139{:08}", std::process::id());
    over_the_daily_limit(&redis, &number).await;
}
