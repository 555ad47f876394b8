//! The phone desk over a real embedded queue: who may register, one call, call logs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use dengwen_messages::{Envelope, Event};
use dengwen_model::{ChannelDetails, Clock, Principal, Role, SystemClock, SystemEntropy, TipContent, UserId};
use dengwen_queue::{Settlement, Subscription};
use dengwen_seal::{AccessClaims, SealedBox, purpose};
use dengwen_service::{DoorRuntime, Process, Settings};
use tower::ServiceExt;

struct Rig {
    app: Router,
    runtime: DoorRuntime,
    _data: tempfile::TempDir,
}

async fn rig() -> Rig {
    let data = tempfile::tempdir().unwrap();
    let settings = Settings { data: data.path().join("data"), ..Settings::default() };
    let process = Process::open(settings).await.unwrap();
    let runtime = DoorRuntime::open(process, "phone").await.unwrap();
    let app = dengwen_phone::start(&runtime).unwrap();
    Rig { app, runtime, _data: data }
}

impl Rig {
    fn token(&self, role: Role) -> String {
        let now = SystemClock.now();
        let id = UserId::new(&SystemClock, &SystemEntropy);
        let principal = Principal { id, role, unit: None, name: "clerk".to_owned() };
        let expires = now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
        let issuer = self.runtime.keys().issuer().unwrap();
        issuer.tokens.issue(&AccessClaims::new(principal, now, expires)).unwrap().as_str().to_owned()
    }

    async fn post(&self, path: &str, token: &str, body: impl Into<Body>) -> (StatusCode, serde_json::Value) {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn waiting(&self) -> u64 {
        let depths = self.runtime.process().queue().depths().await.unwrap();
        depths.queues.iter().filter(|d| d.queue.as_str() == "triage.tips").map(|d| d.ready).sum()
    }

    async fn first(&self) -> TipContent {
        let subscription = Subscription::new("triage.tips", "tips.received").unwrap();
        let mut consumer = self.runtime.process().queue().consume(&subscription, 1).await.unwrap();
        let delivery = consumer.next_batch(1).await.unwrap().remove(0);
        let envelope = Envelope::from_bytes(&delivery.message().body).unwrap();
        let Event::TipReceived(tip) = envelope.event else { panic!("not a tip") };
        let sealed: SealedBox = serde_json::from_value(tip.content.clone().into()).unwrap();
        let id = tip.tip.as_uuid();
        let ring = self.runtime.keys().inner().unwrap().line;
        let plain = ring.open(purpose::TipContent, id.as_bytes(), &sealed).unwrap();
        delivery.settle(Settlement::Done).await.unwrap();
        serde_json::from_slice(&plain).unwrap()
    }
}

#[tokio::test]
async fn only_clerks_register_calls() {
    let rig = rig().await;
    let call = r#"{"text":"来电反映某局长卖官","operator":"坐席03","duration_s":388,"readback_confirmed":true,"caller_number":"x","unknown":1}"#;
    for role in [Role::Officer, Role::Admin, Role::Custodian] {
        assert_eq!(rig.post("/api/v1/phone/calls", &rig.token(role), call).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(rig.post("/api/v1/phone/calls", "nonsense", call).await.0, StatusCode::UNAUTHORIZED);
    let (status, body) = rig.post("/api/v1/phone/calls", &rig.token(Role::Intake), call).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(body["receipt"].as_str().unwrap().len(), 24);
    assert_eq!(body["tip_ids"][0], body["tip_id"]);
    let content = rig.first().await;
    assert!(matches!(
        content.details,
        ChannelDetails::Phone { duration_s: Some(388), readback_confirmed: true, .. }
    ));
}

#[tokio::test]
async fn a_call_without_facts_or_with_unknown_codes_is_refused() {
    let rig = rig().await;
    let token = rig.token(Role::Intake);
    for (body, field) in [
        ("{}", "text"),
        (r#"{"text":"x","subject":{"rank_code":"77"}}"#, "subject.rank_code"),
        (r#"{"text":"x","duration_s":99999999}"#, "duration_s"),
        (r#"{"text":"x","started_at":"gestern"}"#, "started_at"),
    ] {
        let (status, answer) = rig.post("/api/v1/phone/calls", &token, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert!(
            answer["errors"].as_array().unwrap().iter().any(|e| e["field"] == field),
            "{field}: {answer}"
        );
    }
    assert_eq!(rig.waiting().await, 0);
}

const LOG: &str = "编号,来电时间,通话时长,接听员,反映内容\n1,2026-10-10 09:35,388,坐席01,反映某局长卖官\n2,2026/10/11 10:00,12,坐席02,反映吃空饷\n";

#[tokio::test]
async fn a_call_log_is_taken_whole_and_the_same_file_twice_makes_nothing_twice() {
    let rig = rig().await;
    let token = rig.token(Role::Intake);
    let (status, dry) = rig.post("/api/v1/phone/import?dry_run=true", &token, LOG).await;
    assert_eq!((status, dry["rows"].as_u64()), (StatusCode::OK, Some(2)));
    assert_eq!(rig.waiting().await, 0);
    let (status, first) = rig.post("/api/v1/phone/import", &token, LOG).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    assert_eq!(first["tip_ids"].as_array().unwrap().len(), 2);
    let (_, again) = rig.post("/api/v1/phone/import", &token, LOG).await;
    let receipts = |answer: &serde_json::Value| {
        answer["taken"].as_array().unwrap().iter().map(|row| row["receipt"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(receipts(&first), receipts(&again), "a repeated row has its first receipt");
    let content = rig.first().await;
    assert!(matches!(
        content.details,
        ChannelDetails::Phone { duration_s: Some(_), started_at: Some(_), .. }
    ));
}

#[tokio::test]
async fn a_wrong_row_is_named_and_nothing_is_taken_unless_by_row() {
    let rig = rig().await;
    let token = rig.token(Role::Intake);
    let broken = format!("{LOG}3,2026-13-99,x,坐席01,\n");
    let (status, answer) = rig.post("/api/v1/phone/import", &token, broken.clone()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert!(fields.contains(&"rows[4].duration_s".into()), "{fields:?}");
    assert_eq!(rig.waiting().await, 0);
    let (status, answer) = rig.post("/api/v1/phone/import?by_row=true", &token, broken).await;
    assert_eq!((status, answer["taken"].as_array().unwrap().len()), (StatusCode::CREATED, 2));
    assert_eq!(rig.waiting().await, 2);
    let (status, _) = rig.post("/api/v1/phone/import", &token, vec![0; 10]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn another_log_that_counts_from_one_again_loses_nothing() {
    let rig = rig().await;
    let token = rig.token(Role::Intake);
    let mut receipts = std::collections::BTreeSet::new();
    for header in ["编号", "序号"] {
        for text in ["反映甲局长卖官", "反映乙局长吃空饷"] {
            let log = format!("{header},反映内容\n1,{text}\n");
            let (status, answer) = rig.post("/api/v1/phone/import", &token, log).await;
            assert_eq!(status, StatusCode::CREATED, "{answer}");
            receipts.insert(answer["taken"][0]["receipt"].to_string());
        }
        let external = |text: &str| format!(r#"{{"external_id":"1","text":"{header}{text}"}}"#);
        for text in ["甲", "乙"] {
            let (_, answer) = rig.post("/api/v1/phone/calls", &token, external(text)).await;
            receipts.insert(answer["receipt"].to_string());
        }
    }
    assert_eq!(receipts.len(), 8, "each is a tip of its own");
}

#[tokio::test]
async fn one_answer_names_every_field_by_the_name_it_was_sent_under() {
    let rig = rig().await;
    let token = rig.token(Role::Intake);
    let body = r#"{"text":"","received_at":"0001-01-01T00:00:00Z","started_at":"1999-12-31T00:00:00Z",
        "subject":{"rank_code":"77"},"reporter":{"email":"no"}}"#;
    let (status, answer) = rig.post("/api/v1/phone/calls", &token, body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields: Vec<_> =
        answer["errors"].as_array().unwrap().iter().filter_map(|e| e["field"].as_str()).collect();
    assert_eq!(fields, ["reporter.email", "text", "subject.rank_code", "received_at", "started_at"]);
}

#[tokio::test]
async fn a_call_log_may_come_as_the_file_of_a_form() {
    let rig = rig().await;
    let form = format!(
        "--b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"log.csv\"\r\n\r\n{LOG}\r\n--b0undary--\r\n"
    );
    for (body, status) in [(form.as_str(), StatusCode::CREATED), ("nothing", StatusCode::BAD_REQUEST)] {
        let request = Request::post("/api/v1/phone/import")
            .header("authorization", format!("Bearer {}", rig.token(Role::Intake)))
            .header("content-type", "multipart/form-data; boundary=b0undary")
            .body(Body::from(body.to_owned()))
            .unwrap();
        assert_eq!(rig.app.clone().oneshot(request).await.unwrap().status(), status);
    }
    assert_eq!(rig.waiting().await, 2);
}
