//! Bad input, vendor by vendor: malformed, unsigned, late, oversize, wrongly encoded. Each gets the vendor's own
//! error answer, leaves nothing behind, and is counted by its reason.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;
#[path = "support/vendor.rs"]
mod vendor;

use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use dengwen_model::ManualClock;
use dengwen_sms::assembly::Waits;
use dengwen_sms::gateway::{KINDS, Registry};
use dengwen_sms::routes::{Webhooks, router};
use dengwen_sms::settings;
use jiff::SignedDuration;
use metrics_exporter_prometheus::PrometheusBuilder;
use support::{Collector, durable, intake, minutes, noon};
use tokio::sync::Notify;
use tower::ServiceExt;
use vendor::{Call, TEXT, VENDORS, Vendor};

#[derive(Debug, Clone, Copy)]
enum Trouble {
    Malformed,
    Unsigned,
    Late,
    Oversize,
    WronglyEncoded,
}

use Trouble::{Late, Malformed, Oversize, Unsigned, WronglyEncoded};

/// What each trouble is called and answered with. `Late` is `None` where a vendor's signature tells no time: what
/// is repeated there is known by its id, however late.
type Row = (&'static str, [(u16, &'static str); 2], Option<(u16, &'static str)>, (u16, &'static str));

/// Kind; malformed and unsigned; late; wrongly encoded.
const EXPECTED: &[Row] = &[
    ("twilio", [(400, "missing_field"), (401, "missing_signature")], None, (400, "bad_encoding")),
    (
        "vonage",
        [(400, "missing_field"), (401, "missing_signature")],
        Some((401, "stale_timestamp")),
        (400, "bad_encoding"),
    ),
    // It is asked to come again, signed: after an internal error this vendor may push without a signature.
    (
        "vonage-messages",
        [(400, "bad_json"), (503, "missing_signature")],
        Some((401, "stale_timestamp")),
        (400, "bad_encoding"),
    ),
    ("plivo", [(400, "missing_field"), (401, "missing_signature")], None, (400, "bad_encoding")),
    (
        "messagebird",
        [(400, "missing_field"), (401, "missing_signature")],
        Some((401, "expired")),
        (400, "bad_encoding"),
    ),
    (
        "bird",
        [(400, "bad_json"), (401, "missing_signature")],
        Some((401, "stale_timestamp")),
        (400, "bad_encoding"),
    ),
    ("infobip", [(400, "bad_json"), (401, "missing_signature")], None, (400, "bad_encoding")),
    ("aliyun", [(400, "bad_json"), (403, "unknown_channel")], None, (400, "bad_encoding")),
    ("tencent", [(400, "bad_json"), (403, "unknown_channel")], None, (400, "bad_encoding")),
    (
        "huawei",
        [(400, "missing_field"), (401, "missing_signature")],
        Some((401, "stale_timestamp")),
        (400, "bad_encoding"),
    ),
    ("kannel", [(400, "missing_field"), (403, "unknown_channel")], None, (400, "bad_encoding")),
    ("jasmin", [(400, "missing_field"), (403, "unknown_channel")], None, (400, "bad_encoding")),
    (
        "android-sms-gateway",
        [(400, "bad_json"), (401, "missing_signature")],
        Some((401, "stale_timestamp")),
        (400, "bad_encoding"),
    ),
    (
        "standard-webhooks",
        [(400, "bad_json"), (401, "missing_header")],
        Some((401, "stale_timestamp")),
        (400, "bad_encoding"),
    ),
];

struct Door {
    router: Router,
    sink: Arc<Collector>,
    _folder: tempfile::TempDir,
}

impl Door {
    async fn open(vendor: &Vendor) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = durable(folder.path()).await;
        let (_, gateways) = settings::read(&vendor.table(), &Registry::default()).unwrap();
        let sink = Arc::new(Collector::default());
        let webhooks = Webhooks {
            gateways: Arc::new(gateways),
            intake: intake(Arc::new(store.clone()), &sink, Waits::default()),
            store,
            clock: Arc::new(ManualClock::at(noon())),
            wake: Arc::new(Notify::new()),
        };
        Self { router: router(webhooks), sink, _folder: folder }
    }

    async fn send(&self, call: &Call) -> (u16, String, String) {
        let response = self.router.clone().oneshot(call.request()).await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, kind, String::from_utf8(body.to_vec()).unwrap())
    }
}

/// A message in order, signed now.
fn sound(vendor: &Vendor) -> Call {
    let mut call = (vendor.message)(&vendor.inbound());
    (vendor.sign)(&mut call, noon());
    call
}

/// The same with this trouble, and otherwise as right as can be: signed, where that can be.
fn spoilt(vendor: &Vendor, trouble: Trouble) -> Call {
    let mut call = (vendor.message)(&vendor.inbound());
    let is_json = call.body.first().is_some_and(|byte| matches!(byte, b'{' | b'['));
    let mut at = noon();
    match trouble {
        // Between two characters: half a character is another trouble.
        Malformed if is_json => {
            let half = call.body.len() / 2;
            let whole = (0..=half).rev().find(|at| call.body[*at] & 0xc0 != 0x80).unwrap();
            call.body.truncate(whole);
        }
        Malformed if call.body.is_empty() => call.url = format!("{}?x=1", vendor.inbound()),
        Malformed => call.body = b"x=1".to_vec(),
        Unsigned => {
            call.url = call.url.replacen("/inbound/s", "/inbound/x", 1);
            return call;
        }
        Late => at -= SignedDuration::from_hours(26),
        Oversize => {
            let limit = KINDS.iter().find(|kind| kind.name == vendor.kind).unwrap().body_limit;
            call.body.resize(limit + 1, b' ');
        }
        // The id of a form, and the words of JSON, which is UTF-8 or nothing.
        WronglyEncoded if is_json => {
            let place = call.body.windows(TEXT.len()).position(|window| window == TEXT.as_bytes()).unwrap();
            call.body.splice(place..place + TEXT.len(), *b"\xcf\xd8\xb3\xa4");
        }
        WronglyEncoded if call.body.is_empty() => call.url = call.url.replacen("id=9", "id=%CF%D8", 1),
        WronglyEncoded => {
            let form = String::from_utf8(call.body).unwrap();
            call.body = form.replacen("=9&", "=%CF%D8&", 1).replacen("=SM9&", "=%CF%D8&", 1).into_bytes();
        }
    }
    (vendor.sign)(&mut call, at);
    call
}

/// The vendor's own way of saying no.
fn is_the_vendors_answer(kind: &str, content_type: &str, body: &str, reason: &str) -> bool {
    match kind {
        "kannel" => body.is_empty(),
        "aliyun" => body.starts_with(r#"{"code":1,"#) && content_type == "application/json",
        "tencent" => body.contains(r#""result":1"#) && content_type == "application/json",
        "jasmin" => body.starts_with(reason) && content_type == "text/plain",
        _ => content_type == "application/problem+json",
    }
}

/// Sends one request to a new door, and then a sound one: what the first was answered, and how it was counted.
fn refused(vendor: &Vendor, trouble: Trouble) -> ((u16, String, String), String) {
    let recorder = PrometheusBuilder::new().with_recommended_naming(true).build_recorder();
    let counted = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let door = Door::open(vendor).await;
            let answer = door.send(&spoilt(vendor, trouble)).await;
            assert!(door.sink.texts().is_empty(), "{} {trouble:?}: taken", vendor.kind);
            // Nothing is remembered of it: the same message in order is new.
            let (status, _, body) = door.send(&sound(vendor)).await;
            assert_eq!(status, 200, "{} {trouble:?}: {body}", vendor.kind);
            assert_eq!(door.sink.texts(), [TEXT], "{} {trouble:?}", vendor.kind);
            answer
        })
    });
    (answer, counted.render())
}

#[test]
fn each_vendors_bad_input_gets_its_answer_is_counted_and_leaves_nothing() {
    let kinds: Vec<_> = EXPECTED.iter().map(|row| row.0).collect();
    assert_eq!(kinds.len(), KINDS.len());
    for (kind, [malformed, unsigned], late, encoded) in EXPECTED {
        let vendor = Vendor::of(kind);
        let all = [
            (Malformed, Some(*malformed)),
            (Unsigned, Some(*unsigned)),
            (Late, *late),
            (Oversize, Some((413, "body_too_large"))),
            (WronglyEncoded, Some(*encoded)),
        ];
        for (trouble, expected) in all {
            let Some((status, reason)) = expected else { continue };
            let ((got, content_type, body), counted) = refused(vendor, trouble);
            assert_eq!(got, status, "{kind} {trouble:?}: {body}");
            assert!(
                is_the_vendors_answer(kind, &content_type, &body, reason),
                "{kind} {trouble:?}: {content_type} {body}"
            );
            let line = format!(
                "dengwen_sms_requests_total{{gateway=\"main\",outcome=\"refused\",reason=\"{reason}\"}} 1"
            );
            assert!(counted.contains(&line), "{kind} {trouble:?}: no {line} in\n{counted}");
        }
    }
}

#[tokio::test]
async fn a_request_replayed_at_any_time_makes_nothing() {
    for vendor in VENDORS {
        let door = Door::open(vendor).await;
        let call = sound(vendor);
        for _ in 0..3 {
            assert_eq!(door.send(&call).await.0, 200, "{}", vendor.kind);
        }
        assert_eq!(door.sink.texts(), [TEXT], "{}", vendor.kind);
    }
}

#[tokio::test]
async fn a_caller_who_is_not_on_the_list_is_refused_whatever_they_sign() {
    for vendor in VENDORS {
        let folder = tempfile::tempdir().unwrap();
        let store = durable(folder.path()).await;
        let mut table = vendor.table();
        let main = table["gateways"]["main"].as_table_mut().unwrap();
        main.insert("allow_from".into(), toml::Value::Array(vec!["203.0.113.0/24".into()]));
        let (_, gateways) = settings::read(&table, &Registry::default()).unwrap();
        let sink = Arc::new(Collector::default());
        let webhooks = Webhooks {
            gateways: Arc::new(gateways),
            intake: intake(Arc::new(store.clone()), &sink, Waits::default()),
            store,
            clock: Arc::new(ManualClock::at(noon())),
            wake: Arc::new(Notify::new()),
        };
        let router = router(webhooks);
        let from = |address: &str| {
            let mut request = sound(vendor).request();
            request.extensions_mut().insert(dengwen_http::ClientAddress(address.parse().unwrap()));
            router.clone().oneshot(request)
        };
        assert_eq!(from("198.51.100.9").await.unwrap().status(), 403, "{}", vendor.kind);
        assert!(sink.texts().is_empty(), "{}", vendor.kind);
        assert_eq!(from("203.0.113.9").await.unwrap().status(), 200, "{}", vendor.kind);
        assert_eq!(sink.texts(), [TEXT], "{}", vendor.kind);
    }
}

#[test]
fn a_batch_with_a_bad_row_takes_the_others_and_counts_it() {
    for (kind, list) in [("aliyun", None), ("infobip", Some("results"))] {
        let vendor = Vendor::of(kind);
        let recorder = PrometheusBuilder::new().with_recommended_naming(true).build_recorder();
        let counted = recorder.handle();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        metrics::with_local_recorder(&recorder, || {
            runtime.block_on(async {
                let door = Door::open(vendor).await;
                let mut call = (vendor.message)(&vendor.inbound());
                let mut body: serde_json::Value = serde_json::from_slice(&call.body).unwrap();
                let rows = match list {
                    Some(name) => body[name].as_array_mut(),
                    None => body.as_array_mut(),
                };
                let rows = rows.unwrap();
                let bad = serde_json::json!({"messageId": "1", "sequence_id": "1"});
                rows.insert(0, bad);
                rows.push(serde_json::Value::Null);
                call.body = body.to_string().into_bytes();
                (vendor.sign)(&mut call, noon());
                assert_eq!(door.send(&call).await.0, 200, "{kind}: it need not come again");
                assert_eq!(door.sink.texts(), [TEXT], "{kind}");
            });
        });
        let counted = counted.render();
        for line in [r#"outcome="taken",reason=""} 1"#, r#"outcome="quarantined",reason="missing_field"} 1"#]
        {
            assert!(counted.contains(line), "{kind}: no {line} in\n{counted}");
        }
        assert!(counted.contains(r#"outcome="quarantined",reason="bad_json"} 1"#), "{kind}: {counted}");
    }
}

#[test]
fn a_window_is_as_wide_as_its_vendor_needs() {
    // What is signed anew at each attempt may be five minutes old; what is repeated for a day with its first time
    // may be a day old.
    for (kind, fresh, stale) in [
        ("bird", 5, 6),
        ("android-sms-gateway", 5, 6),
        ("standard-webhooks", 5, 6),
        ("huawei", 15, 16),
        ("vonage", 24 * 60, 25 * 60),
        ("vonage-messages", 24 * 60, 25 * 60),
    ] {
        let vendor = Vendor::of(kind);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let door = Door::open(vendor).await;
            let signed = |age: i64| {
                let mut call = (vendor.message)(&vendor.inbound());
                (vendor.sign)(&mut call, noon() - minutes(age));
                call
            };
            assert_eq!(door.send(&signed(stale)).await.0, 401, "{kind}: {stale} minutes old");
            assert_eq!(door.send(&signed(-20)).await.0, 401, "{kind}: from the future");
            assert_eq!(door.send(&signed(fresh)).await.0, 200, "{kind}: {fresh} minutes old");
        });
    }
}
