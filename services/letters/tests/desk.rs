//! The letter desk over a real embedded queue: letters, visits, registers.

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
    let runtime = DoorRuntime::open(process, "letters").await.unwrap();
    let app = dengwen_letters::start(&runtime).unwrap();
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
async fn a_letter_is_registered_and_a_signature_alone_is_no_named_report() {
    let rig = rig().await;
    let letter = r#"{"text":"某局长带病提拔","letter_type":"联名信","postmark":"2026-10-15","pages":2,"handwritten":false,
        "signed_name":"某甲","return_address":"某村","signers":5}"#;
    assert_eq!(rig.post("/api/v1/letters", &rig.token(Role::Officer), letter).await.0, StatusCode::FORBIDDEN);
    let (status, body) = rig.post("/api/v1/letters", &rig.token(Role::Intake), letter).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let content = rig.first().await;
    assert!(matches!(content.details, ChannelDetails::Letter { pages: Some(2), signers: Some(5), .. }));
    let words = serde_json::to_string(&content).unwrap();
    assert!(!words.contains("某甲") && !words.contains("某村"), "who signed is sealed apart");
}

#[tokio::test]
async fn a_register_is_imported_and_a_wrong_row_named() {
    let rig = rig().await;
    let token = rig.token(Role::Intake);
    let register = "编号,类型,页数,邮戳,反映内容\n1,letter,2,2026-10-15,某局长卖官\n2,visit,,,吃空饷\n";
    let (status, answer) = rig.post("/api/v1/letters/import", &token, register).await;
    assert_eq!((status, answer["tip_ids"].as_array().unwrap().len()), (StatusCode::CREATED, 2));
    let (status, answer) = rig.post("/api/v1/letters/import", &token, "页数,反映内容\nviele,x\n").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer["errors"][0]["field"], "rows[2].pages");
    assert_eq!(rig.waiting().await, 2);
}
