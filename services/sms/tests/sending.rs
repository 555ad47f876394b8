//! Each vendor's sending interface, played by a local server that looks at what it gets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;
#[path = "support/vendor.rs"]
mod webhooks;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use dengwen_model::{Clock, ManualClock, SystemEntropy};
use dengwen_sms::gateway::{DeliveryStatus, Registry, Report};
use dengwen_sms::reply::{QueuedReply, Sender};
use dengwen_sms::routes::{Webhooks, router};
use dengwen_sms::settings::{self, Gateways};
use dengwen_sms::store::{Change, DurableStore, Effects, Store};
use http::{Request, StatusCode};
use support::{Collector, durable, intake, minutes, noon};
use tokio::sync::Notify;
use tower::ServiceExt;

/// What the vendor got, and what it answers; `None` breaks the connection off.
#[derive(Default)]
struct Played {
    got: Vec<String>,
    answers: VecDeque<Option<(u16, String)>>,
}

type Shared = Arc<Mutex<Played>>;

struct Stage {
    vendor: Shared,
    store: DurableStore,
    sender: Sender,
    gateways: Arc<Gateways>,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

async fn play(State(vendor): State<Shared>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let mut got = format!("{} {}\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        got.push_str(&format!("{name}: {}\n", value.to_str().unwrap_or("?")));
    }
    got.push('\n');
    got.push_str(std::str::from_utf8(&body).unwrap());
    let answer = {
        let mut vendor = vendor.lock().unwrap();
        vendor.got.push(got);
        vendor.answers.pop_front().expect("a call that was not foreseen")
    };
    match answer {
        Some((status, body)) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        // Promises more than it sends.
        None => {
            let part = futures::stream::iter([Ok("{"), Err(std::io::Error::other("gone"))]);
            Body::from_stream(part).into_response()
        }
    }
}

/// A vendor that gives these answers in turn, and its address.
async fn vendor(answers: &[Option<(u16, &str)>]) -> (Shared, String) {
    let vendor: Shared = Arc::default();
    vendor.lock().unwrap().answers =
        answers.iter().map(|answer| answer.map(|(status, body)| (status, body.to_owned()))).collect();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(play).with_state(vendor.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (vendor, address)
}

impl Stage {
    async fn open(kind: &str, settings: &str, answers: &[Option<(u16, &str)>]) -> Self {
        let (vendor, address) = vendor(answers).await;
        Self::with_vendor(kind, &settings.replace("VENDOR", &address), vendor).await
    }

    async fn with_vendor(kind: &str, settings: &str, vendor: Shared) -> Self {
        Self::with_rate(kind, &format!("send_per_second = 1000\n{settings}"), vendor).await
    }

    async fn with_rate(kind: &str, settings: &str, vendor: Shared) -> Self {
        let text =
            format!("public_url = \"https://t.example\"\n[gateways.main]\nkind = \"{kind}\"\n{settings}");
        let (_, gateways) = settings::read(&text.parse().unwrap(), &Registry::default()).unwrap();
        let gateways: Arc<Gateways> = Arc::new(gateways);
        assert!(gateways.get("main").unwrap().replies().is_enabled(), "{kind} is set up for sending");
        let folder = tempfile::tempdir().unwrap();
        let store = durable(folder.path()).await;
        let clock = Arc::new(ManualClock::at(noon()));
        let entropy = Arc::new(SystemEntropy);
        let sender = Sender::new(store.clone(), gateways.clone(), clock.clone(), entropy).unwrap();
        Self { vendor, store, sender, gateways, clock, _folder: folder }
    }

    async fn queue(&self, key: &str) {
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

    async fn after(&self, wait: i64) -> usize {
        self.clock.advance_seconds(wait * 60);
        self.sender.round().await.unwrap()
    }

    fn calls(&self) -> usize {
        self.vendor.lock().unwrap().got.len()
    }

    /// Calls our webhook for delivery reports; what it answers.
    async fn report(&self, call: &webhooks::Call) -> StatusCode {
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

    async fn status(&self, key: &str) -> Option<DeliveryStatus> {
        self.store.sent_reply(&self.store.reference(key)).await.unwrap().map(|sent| sent.status)
    }
}

const TWILIO: &str =
    "auth_token = \"t\"\naccount_sid = \"AC1\"\nfrom = \"+15550000001\"\napi_url = \"VENDOR\"";
const ANDROID: &str = "signing_key = \"k\"\nusername = \"u\"\npassword = \"p\"\napi_url = \"VENDOR/v1\"";

/// Kind, settings, the vendor's documented success, and what its documentation wants to see in the request.
type Documented = (&'static str, &'static str, (u16, &'static str), &'static [&'static str]);
const VENDORS: &[Documented] = &[
    (
        "twilio",
        TWILIO,
        (201, r#"{"sid":"SM1","status":"queued"}"#),
        &[
            "POST /2010-04-01/Accounts/AC1/Messages.json",
            "authorization: Basic QUMxOnQ=",
            "To=%2B8613900000001",
            "From=%2B15550000001",
            "Body=%E5%B7%B2%E6%94%B6%E5%88%B0+1234",
            "StatusCallback=https%3A%2F%2Ft.example%2Fsms%2Fmain%2Fstatus%3Fref%3D",
        ],
    ),
    (
        "vonage",
        "signature_secret = \"s\"\napi_key = \"ak\"\napi_secret = \"as\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (200, r#"{"message-count":"1","messages":[{"status":"0","message-id":"0A1"}]}"#),
        &[
            "POST /sms/json",
            "api_key=ak&api_secret=as",
            "to=8613900000001",
            "type=unicode",
            "client-ref=",
            "callback=",
        ],
    ),
    (
        "vonage-messages",
        "signature_secret = \"s\"\napi_key = \"ak\"\napi_secret = \"as\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (202, r#"{"message_uuid":"u-1"}"#),
        &[
            "POST /v1/messages",
            "authorization: Basic YWs6YXM=",
            r#""channel":"sms""#,
            r#""to":"8613900000001""#,
        ],
    ),
    (
        "plivo",
        "auth_token = \"t\"\nauth_id = \"MA1\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (202, r#"{"message_uuid":["pu-1"],"api_id":"x"}"#),
        &[
            "POST /v1/Account/MA1/Message/",
            "authorization: Basic TUExOnQ=",
            r#""dst":"8613900000001""#,
            r#""method":"POST""#,
        ],
    ),
    (
        "messagebird",
        "signing_key = \"k\"\naccess_key = \"acc\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (201, r#"{"id":"mb-1"}"#),
        &[
            "POST /messages",
            "authorization: AccessKey acc",
            r#""recipients":["8613900000001"]"#,
            r#""datacoding":"unicode""#,
        ],
    ),
    (
        "bird",
        "signing_key = \"k\"\naccess_key = \"acc\"\nworkspace_id = \"w\"\nchannel_id = \"c\"\napi_url = \"VENDOR\"",
        (202, r#"{"id":"bird-1"}"#),
        &[
            "POST /workspaces/w/channels/c/messages",
            "authorization: AccessKey acc",
            r#""identifierValue":"+8613900000001""#,
        ],
    ),
    (
        "infobip",
        "path_secret = \"s\"\napi_key = \"key\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (200, r#"{"messages":[{"messageId":"ib-1","status":{"groupId":1,"name":"PENDING_ACCEPTED"}}]}"#),
        &[
            "POST /sms/3/messages",
            "authorization: App key",
            r#""sender":"12380""#,
            r#""to":"8613900000001""#,
            "/sms/main/status/s?ref=",
        ],
    ),
    (
        "aliyun",
        "path_secret = \"s\"\naccess_key_id = \"id\"\naccess_key_secret = \"sec\"\nsign_name = \"登闻\"\ntemplate_code = \"SMS_1\"\napi_url = \"VENDOR\"",
        (200, r#"{"Code":"OK","BizId":"9^0","RequestId":"r","Message":"OK"}"#),
        &[
            "POST /?OutId=",
            "PhoneNumbers=13900000001",
            "TemplateCode=SMS_1",
            "TemplateParam=%7B%22p1%22%3A%221234%22%2C%22p2%22%3A%225678%22",
            "x-acs-action: SendSms",
            "authorization: ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-action;",
        ],
    ),
    (
        "tencent",
        "path_secret = \"s\"\nsecret_id = \"id\"\nsecret_key = \"sec\"\nsdk_app_id = \"14\"\nsign_name = \"登闻\"\ntemplate_id = \"7\"\napi_url = \"VENDOR\"",
        (
            200,
            r#"{"Response":{"SendStatusSet":[{"SerialNo":"5:1","Code":"Ok","Message":"send success"}],"RequestId":"r"}}"#,
        ),
        &[
            "POST /",
            "x-tc-action: SendSms",
            r#""PhoneNumberSet":["+8613900000001"]"#,
            r#""TemplateParamSet":["1234","5678","9012","3456","7890"]"#,
            "authorization: TC3-HMAC-SHA256 Credential=id/2026-03-01/",
        ],
    ),
    (
        "huawei",
        "push_ak = \"a\"\npush_sk = \"b\"\napp_key = \"ak\"\napp_secret = \"as\"\nfrom = \"1069\"\ntemplate_id = \"7\"\napi_url = \"VENDOR\"",
        (200, r#"{"code":"000000","result":[{"smsMsgId":"hw-1","status":"000000"}]}"#),
        &[
            "POST /sms/batchSendSms/v1",
            "to=%2B8613900000001",
            "templateParas=%5B%221234%22%2C%225678%22",
            "authorization: SDK-HMAC-SHA256 Access=ak, SignedHeaders=content-type;host;x-sdk-date, Signature=",
        ],
    ),
    (
        "kannel",
        "path_secret = \"s\"\nusername = \"u\"\npassword = \"p\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (202, "0: Accepted for delivery"),
        &[
            "GET /cgi-bin/sendsms?username=u&password=p",
            "to=%2B8613900000001",
            "coding=2",
            "charset=UTF-8",
            "dlr-mask=31",
        ],
    ),
    (
        "jasmin",
        "path_secret = \"s\"\nusername = \"u\"\npassword = \"p\"\nfrom = \"12380\"\napi_url = \"VENDOR\"",
        (200, "Success \"07033084-5cfd-4812-90a4-e4d24ffb6e3d\""),
        &[
            "POST /send",
            "to=8613900000001",
            "coding=8",
            "hex-content=5df26536523000200031",
            "dlr=yes",
            "dlr-method=POST",
        ],
    ),
    (
        "android-sms-gateway",
        ANDROID,
        (202, r#"{"id":"a-1","state":"Pending"}"#),
        &[
            "POST /v1/messages",
            "authorization: Basic dTpw",
            r#""phoneNumbers":["+8613900000001"]"#,
            r#""text":"已收到 1234""#,
        ],
    ),
    (
        "standard-webhooks",
        "signing_secret = \"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\nsend_secret = \"whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\"\nsend_url = \"VENDOR/out\"",
        (200, r#"{"id":"sw-1"}"#),
        &[
            "POST /out",
            "webhook-id: ",
            "webhook-timestamp: 1772366400",
            "webhook-signature: v1,",
            r#""to":"+8613900000001""#,
        ],
    ),
];

#[tokio::test]
async fn every_vendor_gets_what_its_documentation_wants() {
    assert_eq!(VENDORS.len(), dengwen_sms::gateway::KINDS.len(), "a vendor is missing here");
    for (kind, settings, success, wanted) in VENDORS {
        let stage = Stage::open(kind, settings, &[Some(*success)]).await;
        stage.queue("k").await;
        assert_eq!(stage.after(0).await, 1, "{kind}");
        let got = stage.vendor.lock().unwrap().got[0].clone();
        for part in *wanted {
            assert!(got.contains(part), "{kind}: {part} is not in\n{got}");
        }
        assert_eq!(stage.status("k").await, Some(DeliveryStatus::Queued), "{kind}");
        stage.queue("k").await;
        assert_eq!(stage.after(60 * 25).await, 0, "{kind}: never twice for one key");
        assert_eq!(stage.calls(), 1, "{kind}");
    }
}

/// The ids that the vendors gave in their documented answers above; Kannel gives none.
const IDS: &[(&str, &str)] = &[
    ("twilio", "SM1"),
    ("vonage", "0A1"),
    ("vonage-messages", "u-1"),
    ("plivo", "pu-1"),
    ("messagebird", "mb-1"),
    ("bird", "bird-1"),
    ("infobip", "ib-1"),
    ("aliyun", "9^0"),
    ("tencent", "5:1"),
    ("huawei", "hw-1"),
    ("kannel", ""),
    ("jasmin", "07033084-5cfd-4812-90a4-e4d24ffb6e3d"),
    ("android-sms-gateway", "a-1"),
    ("standard-webhooks", "sw-1"),
];

#[tokio::test]
async fn every_vendors_delivery_report_is_kept() {
    assert_eq!(IDS.len(), VENDORS.len());
    for (kind, settings, success, _) in VENDORS {
        let stage = Stage::open(kind, settings, &[Some(*success)]).await;
        stage.queue("k").await;
        stage.after(0).await;
        let vendor = webhooks::Vendor::of(kind);
        let (_, id) = IDS.iter().find(|(of, _)| of == kind).unwrap();
        let reference = stage.store.reference("k");
        let url = stage.gateways.get("main").unwrap().status_callback(&reference).unwrap();
        // Where the address is set at the vendor's desk and not with each reply, it names no reply.
        let url = match *kind {
            "aliyun" | "tencent" | "bird" => url.split('?').next().unwrap(),
            _ => url.as_str(),
        };
        let mut call = (vendor.delivered)(url, id, &reference);
        (vendor.sign)(&mut call, stage.clock.now());
        assert_eq!(stage.report(&call).await, StatusCode::OK, "{kind}");
        let sent = stage.store.sent_reply(&reference).await.unwrap().unwrap();
        assert_eq!((sent.status, sent.to), (DeliveryStatus::Delivered, None), "{kind}");
        // A report about nothing of ours is answered like any other.
        let mut other = (vendor.delivered)(url.split('?').next().unwrap(), "unheard-of", "unheard-of");
        (vendor.sign)(&mut other, stage.clock.now());
        assert_eq!(stage.report(&other).await, StatusCode::OK, "{kind}");
    }
}

#[tokio::test]
async fn a_vendor_that_breaks_off_gets_a_reply_again_only_where_it_tells_replies_apart() {
    for (kind, settings, success, _) in VENDORS {
        for broken in [None, Some((500, ""))] {
            let stage = Stage::open(kind, settings, &[broken, Some(*success)]).await;
            let again = stage.gateways.get("main").unwrap().vendor().knows_references();
            stage.queue("k").await;
            stage.after(0).await;
            assert_eq!(stage.calls(), 1, "{kind}");
            for _ in 0..60 {
                stage.after(30).await;
            }
            assert_eq!(stage.calls(), if again { 2 } else { 1 }, "{kind} {broken:?}");
        }
    }
}

#[tokio::test]
async fn huawei_can_be_sent_to_with_a_digest_instead_of_a_signature() {
    let (kind, settings, success, _) = VENDORS.iter().find(|vendor| vendor.0 == "huawei").unwrap();
    let stage = Stage::open(kind, &format!("{settings}\nsend_auth = \"wsse\""), &[Some(*success)]).await;
    stage.queue("k").await;
    stage.after(0).await;
    let got = stage.vendor.lock().unwrap().got[0].clone();
    let line = |name: &str| got.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    assert_eq!(line("authorization: "), r#"WSSE realm="SDP",profile="UsernameToken",type="Appkey""#);
    let token = line("x-wsse: UsernameToken ");
    let field = |name: &str| {
        let fields = token.split(',').map(|field| field.split_once('=').unwrap());
        fields.clone().find(|(known, _)| *known == name).unwrap().1.trim_matches('"').to_owned()
    };
    assert_eq!((field("Username").as_str(), field("Created").as_str()), ("ak", "2026-03-01T12:00:00Z"));
    let digest = format!("{}{}as", field("Nonce"), field("Created"));
    let digest = dengwen_sms::wire::mac::sha256_hex(digest.as_bytes());
    assert_eq!(field("PasswordDigest"), dengwen_sms::wire::mac::to_base64(digest.as_bytes()));
    assert!(field("Nonce").len() >= 32, "never twice");
}

#[tokio::test]
async fn every_vendors_throttling_is_waited_out() {
    for (kind, settings, success, _) in VENDORS {
        let stage = Stage::open(kind, settings, &[Some((429, "")), Some(*success)]).await;
        stage.queue("k").await;
        stage.after(0).await;
        assert_eq!(stage.after(0).await, 0, "{kind}: not at once");
        stage.after(1).await;
        assert_eq!((stage.calls(), stage.status("k").await), (2, Some(DeliveryStatus::Queued)), "{kind}");
    }
}

#[tokio::test]
async fn a_refusal_for_good_is_not_sent_again() {
    for (kind, settings, _, _) in VENDORS {
        let stage = Stage::open(kind, settings, &[Some((403, "{}"))]).await;
        stage.queue("k").await;
        stage.after(0).await;
        assert_eq!(stage.after(60).await, 0, "{kind}");
        assert_eq!((stage.calls(), stage.status("k").await), (1, None), "{kind}");
    }
}

#[tokio::test]
async fn errors_in_a_successful_answer_are_read() {
    let later = [
        ("vonage", r#"{"messages":[{"status":"1"}]}"#),
        ("aliyun", r#"{"Code":"Throttling.User"}"#),
        ("tencent", r#"{"Response":{"Error":{"Code":"RequestLimitExceeded"}}}"#),
        ("huawei", r#"{"code":"E000620"}"#),
    ];
    let never = [
        ("vonage", r#"{"messages":[{"status":"14"}]}"#),
        ("aliyun", r#"{"Code":"isv.SMS_TEMPLATE_ILLEGAL"}"#),
        (
            "tencent",
            r#"{"Response":{"SendStatusSet":[{"Code":"FailedOperation.SignatureIncorrectOrUnapproved"}]}}"#,
        ),
        ("huawei", r#"{"code":"E000510","result":[{"status":"E200015"}]}"#),
        ("infobip", r#"{"messages":[{"status":{"groupId":5,"name":"REJECTED_NETWORK"}}]}"#),
    ];
    for (answers, again) in [(&later[..], 1), (&never[..], 0)] {
        for (kind, answer) in answers {
            let (_, settings, success, _) = VENDORS.iter().find(|vendor| vendor.0 == *kind).unwrap();
            let stage = Stage::open(kind, settings, &[Some((200, answer)), Some(*success)]).await;
            stage.queue("k").await;
            stage.after(0).await;
            assert_eq!(stage.after(60).await, again, "{kind} {answer}");
        }
    }
}

#[tokio::test]
async fn a_person_whom_the_vendor_will_not_reach_is_left_alone() {
    let refusal = Some((400, r#"{"code":21610,"message":"unsubscribed","status":400}"#));
    let stage = Stage::open("twilio", TWILIO, &[refusal]).await;
    stage.queue("k").await;
    stage.after(0).await;
    assert!(stage.store.opted_out("+8613900000001").await.unwrap());
}

#[tokio::test]
async fn a_reply_whose_fate_is_unknown_waits_for_a_report_and_is_never_sent_twice() {
    for answer in [None, Some((500, "")), Some((504, ""))] {
        let stage = Stage::open("twilio", TWILIO, &[answer, answer]).await;
        stage.queue("given up").await;
        stage.queue("settled").await;
        stage.after(0).await;
        let mut report = Report::new(Some("SM2"), DeliveryStatus::Delivered);
        report.reference = Some(stage.store.reference("settled"));
        stage.store.keep_report("main", &report, stage.clock.now()).await.unwrap().unwrap();
        assert_eq!(stage.after(31).await, 2);
        assert_eq!(stage.after(60).await, 0);
        assert_eq!(stage.calls(), 2, "each once");
        assert_eq!(stage.status("settled").await, Some(DeliveryStatus::Delivered));
    }
}

#[tokio::test]
async fn a_vendor_that_knows_our_reference_gets_it_again() {
    let stage = Stage::open("android-sms-gateway", ANDROID, &[None, Some((409, "{}"))]).await;
    stage.queue("k").await;
    stage.after(0).await;
    assert_eq!(stage.after(1).await, 1);
    let got = stage.vendor.lock().unwrap().got.clone();
    let reference = stage.store.reference("k");
    assert!(got.len() == 2 && got.iter().all(|call| call.contains(&reference)));
    assert_eq!(stage.status("k").await, Some(DeliveryStatus::Queued), "409: the first attempt arrived");
}

#[tokio::test]
async fn a_vendor_that_is_away_is_tried_ever_more_patiently_and_then_given_up() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let settings = TWILIO.replace("VENDOR", &format!("http://{free}"));
    let stage = Stage::with_vendor("twilio", &settings, Arc::default()).await;
    stage.queue("k").await;
    let mut worked = 0;
    for _ in 0..26 * 60 {
        worked += stage.after(1).await;
    }
    assert!((10..60).contains(&worked), "{worked} tries in a day");
    assert!(stage.store.due_replies(noon() + minutes(60 * 24 * 30), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn failures_in_a_row_open_the_breaker_for_the_whole_gateway() {
    let stage = Stage::open("android-sms-gateway", ANDROID, &[Some((500, "")); 5]).await;
    for index in 0..8 {
        stage.queue(&index.to_string()).await;
    }
    stage.after(0).await;
    assert_eq!(stage.calls(), 5, "the other three wait");
}

#[tokio::test]
async fn a_vendor_gets_no_more_a_second_than_it_takes() {
    let (vendor, address) = vendor(&[Some((201, "{}")); 3]).await;
    let settings = format!("send_per_second = 1\n{}", TWILIO.replace("VENDOR", &address));
    let stage = Stage::with_rate("twilio", &settings, vendor).await;
    for index in 0..3 {
        stage.queue(&index.to_string()).await;
    }
    stage.after(0).await;
    assert_eq!(stage.calls(), 1, "the others wait for their second");
}
