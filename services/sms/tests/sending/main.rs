//! Each vendor's sending interface, played by a local server that looks at what it gets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod documented;
mod stage;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/vendor.rs"]
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use dengwen_http::ClientLimits;
use dengwen_model::Clock;
use dengwen_sms::gateway::{DeliveryStatus, Report};
use dengwen_sms::store::Store;
use documented::{ANDROID, IDS, TWILIO, VENDORS};
use http::StatusCode;
use stage::{Act, Stage, vendor};
use support::{minutes, noon};

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
async fn a_vendor_that_never_answers_is_given_up_in_time_and_gets_a_reply_again_only_where_it_tells_replies_apart()
 {
    let hangs = VENDORS.iter().flat_map(|vendor| [(vendor, Act::Hangs), (vendor, Act::HangsWithin)]);
    let each = hangs.map(|((kind, settings, success, _), act)| async move {
        let mut stage = Stage::open(kind, settings, &[act, Act::from(Some(*success))]).await;
        let again = stage.gateways.get("main").unwrap().vendor().knows_references();
        stage.wait_at_most(Duration::from_secs(1));
        stage.queue("k").await;
        assert_eq!(stage.after(0).await, 1, "{kind}");
        assert_eq!(stage.calls(), 1, "{kind}: nobody knows whether it was sent");
        stage.wait_at_most(ClientLimits::OUTSIDE.total);
        for _ in 0..60 {
            stage.after(30).await;
        }
        assert_eq!(stage.calls(), if again { 2 } else { 1 }, "{kind}");
    });
    futures::future::join_all(each).await;
}

#[tokio::test]
async fn whoever_is_told_when_to_come_again_comes_then() {
    for (kind, settings, success, _) in VENDORS {
        for (code, after, minutes) in
            [(429, "300", 5), (429, "Sun, 01 Mar 2026 12:20:00 GMT", 20), (429, "999999", 60)]
        {
            let stage =
                Stage::open(kind, settings, &[Act::Waits(code, after), Act::from(Some(*success))]).await;
            stage.queue("k").await;
            stage.after(0).await;
            stage.after(minutes - 1).await;
            assert_eq!(stage.calls(), 1, "{kind}: not before {after}");
            stage.after(1).await;
            let status = stage.status("k").await;
            assert_eq!((stage.calls(), status), (2, Some(DeliveryStatus::Queued)), "{kind}: after {after}");
        }
    }
}

#[tokio::test]
async fn a_vendor_that_asks_for_patience_is_left_alone_by_every_reply() {
    let (kind, settings, success, _) = VENDORS[0];
    let sent = || Act::from(Some(success));
    let stage = Stage::open(kind, settings, &[Act::Waits(429, "1800"), sent(), sent()]).await;
    for key in ["a", "b"] {
        stage.queue(key).await;
    }
    stage.after(0).await;
    stage.after(29).await;
    assert_eq!(stage.calls(), 1, "half an hour it said, and not of one reply");
    stage.after(1).await;
    assert_eq!(stage.calls(), 3);
}

#[tokio::test]
async fn a_vendor_that_asks_for_patience_has_not_failed() {
    let failures = vec![Act::from(Some((500, ""))); 4];
    let then = |act: Act| failures.iter().cloned().chain([act]);
    let acts: Vec<_> = then(Act::Waits(429, "60")).chain(then(Act::from(Some((202, "{}"))))).collect();
    let stage = Stage::open("android-sms-gateway", ANDROID, &acts).await;
    for index in 0..5 {
        stage.queue(&index.to_string()).await;
    }
    stage.after(0).await;
    assert_eq!(stage.calls(), 5);
    stage.after(2).await;
    assert_eq!(stage.calls(), 10, "four failures, an answer, four failures: the breaker stays closed");
}

#[tokio::test]
async fn a_reply_of_which_some_parts_are_on_their_way_is_not_sent_again() {
    let (kind, settings, ..) = VENDORS.iter().find(|vendor| vendor.0 == "vonage").unwrap();
    let partly = r#"{"messages":[{"status":"0","message-id":"m1"},{"status":"1"}]}"#;
    let stage = Stage::open(kind, settings, &[Some((200, partly))]).await;
    stage.queue("k").await;
    stage.after(0).await;
    for _ in 0..5 {
        stage.after(60).await;
    }
    assert_eq!(stage.calls(), 1);
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
            let stage = Stage::open(kind, settings, &[Some((200, *answer)), Some(*success)]).await;
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
