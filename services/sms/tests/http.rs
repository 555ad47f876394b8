//! The webhooks over HTTP: every published case and our own, and what only HTTP has.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use dengwen_model::ManualClock;
use dengwen_sms::assembly::Waits;
use dengwen_sms::gateway::{KINDS, Registry};
use dengwen_sms::routes::{Webhooks, router};
use dengwen_sms::settings;
use http::{Request, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use support::{Collector, durable, intake, noon};
use tokio::sync::Notify;
use tower::ServiceExt;

const CASES: &str = concat!(include_str!("data/sms_cases.jsonl"), include_str!("data/own_cases.jsonl"));

/// Settings of a case that are notes, or that say where the test itself stands.
const NOTES: [&str; 6] =
    ["auth", "rule", "observed_url", "observed_headers", "public_base_url", "must_reply_empty"];

struct Door {
    router: Router,
    sink: Arc<Collector>,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

impl Door {
    async fn open(table: toml::Table) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = durable(folder.path()).await;
        let (_, gateways) = settings::read(&table, &Registry::default()).unwrap();
        let sink = Arc::new(Collector::default());
        let clock = Arc::new(ManualClock::at(noon()));
        let webhooks = Webhooks {
            gateways: Arc::new(gateways),
            intake: intake(Arc::new(store.clone()), &sink, Waits::default()),
            store,
            clock: clock.clone(),
            wake: Arc::new(Notify::new()),
        };
        Self { router: router(webhooks), sink, clock, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, kind, String::from_utf8(body.to_vec()).unwrap())
    }
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_default()
}

/// The settings of a case's gateway, whose vendor was given the case's own URL.
fn table(case: &Value) -> toml::Table {
    let mut gateway = toml::Table::new();
    gateway.insert("kind".into(), text(case, "vendor").into());
    let url = text(case, "url").split('?').next().unwrap();
    for name in ["inbound_url", "status_url"] {
        gateway.insert(name.into(), url.into());
    }
    for (name, value) in ["config", "secrets"].iter().filter_map(|table| case[table].as_object()).flatten() {
        if !NOTES.contains(&name.as_str()) {
            gateway.insert(name.clone(), toml::Value::try_from(value).unwrap());
        }
    }
    let kind = KINDS.iter().find(|kind| kind.name == text(case, "vendor")).unwrap();
    if kind.signed.is_optional() {
        gateway.insert("path_secret".into(), "SECRETPATH".into());
    }
    let gateways: toml::Table = [("g".to_owned(), gateway.into())].into_iter().collect();
    [("gateways".to_owned(), gateways.into())].into_iter().collect()
}

fn request(case: &Value) -> Request<Body> {
    use base64::Engine;
    let url = text(case, "url");
    let (path, query) =
        url.split_once('?').map_or((url, String::new()), |(path, query)| (path, format!("?{query}")));
    let secret = path.split('/').nth(5).unwrap_or_default();
    let endpoint = if text(case, "kind") == "dlr" { "status" } else { "inbound" };
    let uri = format!("/sms/g/{endpoint}/{secret}{query}");
    let mut request = Request::builder().method(text(case, "method")).uri(uri);
    for (name, value) in case["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    let body = match (case["body_b64"].as_str(), &case["body_gen"]) {
        (Some(encoded), _) => base64::prelude::BASE64_STANDARD.decode(encoded).unwrap(),
        (None, Value::Null) => text(case, "body").as_bytes().to_vec(),
        (None, made) => {
            let units = text(made, "unit").repeat(made["count"].as_u64().unwrap() as usize);
            [text(made, "prefix"), &units, text(made, "suffix")].concat().into_bytes()
        }
    };
    request.body(Body::from(body)).unwrap()
}

fn now(case: &Value) -> Timestamp {
    match &case["now"] {
        Value::Number(seconds) => Timestamp::from_second(seconds.as_i64().unwrap()).unwrap(),
        Value::String(text) => text.parse().unwrap(),
        _ => noon(),
    }
}

#[tokio::test]
async fn every_case_gets_its_answer_over_http() {
    let mut cases: Vec<Value> = CASES.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    cases.retain(|case| case["kind"] != "auth");
    // Steps of one group follow each other at one door.
    cases.sort_by_key(|case| (case["seq"]["group"].to_string(), case["seq"]["step"].as_u64()));
    let mut wrong = Vec::new();
    let mut open: Option<(Value, Door)> = None;
    for case in &cases {
        let group = case["seq"]["group"].clone();
        let door = match open.take().filter(|(of, _)| !group.is_null() && *of == group) {
            Some((_, door)) => door,
            None => Door::open(table(case)).await,
        };
        door.clock.set(now(case));
        let before = door.sink.texts().len();
        let (status, _, body) = door.send(request(case)).await;
        let expected = &case["expected"];
        let status = Value::from(status.as_u16());
        let allowed = match &expected["http_status"] {
            Value::Array(allowed) => allowed.contains(&status),
            only => *only == status,
        };
        // What is described in words is compared by the dry run's test.
        let answer = expected["response_body"].as_str().filter(|answer| !answer.contains(' '));
        let taken = &door.sink.texts()[before..];
        let stored = match expected["text"].as_str() {
            Some(text) => taken == [text],
            None => expected["result"] == "accept" || taken.is_empty(),
        };
        if !allowed || answer.is_some_and(|answer| answer != body) || !stored {
            wrong.push(format!("{}: {status} {body:?} stored {}", case["id"], taken.len()));
        }
        open = Some((group, door));
    }
    assert!(wrong.is_empty(), "{} of {} cases disagree:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn kannel_door() -> toml::Table {
    "[gateways.main]\nkind = \"kannel\"\npath_secret = \"s3cret\"\nbody_limit = 100".parse().unwrap()
}

#[tokio::test]
async fn an_unknown_gateway_or_a_wrong_secret_gets_nothing() {
    let door = Door::open(kannel_door()).await;
    let query = "from=%2B8613900000001&to=1&id=1&text=x";
    let get = |path: &str| Request::get(format!("{path}?{query}")).body(Body::empty()).unwrap();
    for path in ["/sms/other/inbound", "/sms/%FF/inbound", "/sms/main/status/%FF"] {
        let (status, kind, _) = door.send(get(path)).await;
        assert_eq!((status, kind.as_str()), (StatusCode::NOT_FOUND, "application/problem+json"), "{path}");
    }
    for path in ["/sms/main/inbound", "/sms/main/inbound/s3cre", "/sms/main/status/x"] {
        let (status, _, body) = door.send(get(path)).await;
        assert_eq!(
            (status, body.as_str()),
            (StatusCode::FORBIDDEN, ""),
            "{path}: a body would be sent as an SMS"
        );
    }
    assert!(door.sink.texts().is_empty());
    assert_eq!(door.send(get("/sms/main/inbound/s3cret")).await.0, StatusCode::OK);
    assert_eq!(door.sink.texts(), ["x"]);
}

#[tokio::test]
async fn a_body_over_the_gateways_limit_is_refused_and_never_cut() {
    let door = Door::open(kannel_door()).await;
    let post = |size: usize| {
        let body = Body::from(vec![b'x'; size]);
        Request::post("/sms/main/inbound/s3cret?from=%2B8613900000001&id=1&text=x").body(body).unwrap()
    };
    assert_eq!(door.send(post(101)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(door.sink.texts().is_empty());
    assert_eq!(door.send(post(100)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_door_that_cannot_store_asks_the_vendor_to_come_again() {
    let door = Door::open(kannel_door()).await;
    let get = || {
        Request::get("/sms/main/inbound/s3cret?from=%2B8613900000001&id=1&text=x")
            .body(Body::empty())
            .unwrap()
    };
    door.sink.refuse(true);
    assert_eq!(door.send(get()).await.0, StatusCode::SERVICE_UNAVAILABLE);
    door.sink.refuse(false);
    assert_eq!(door.send(get()).await.0, StatusCode::OK);
    assert_eq!(door.send(get()).await.0, StatusCode::OK, "a repetition is answered like the first");
    assert_eq!(door.sink.texts(), ["x"]);
}
