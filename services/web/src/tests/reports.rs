//! Reports by the interface: taken whole, or refused with every field and nothing kept.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::StatusCode;
use dengwen_door::Limits;
use dengwen_queue::Queue;

use super::{Rig, rig};
use crate::uploads::Uploads;

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
        (format!(r#"{{"text":"{secret}","form_kind":1}}"#), 422, "form_kind"),
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
async fn types_names_and_rules_are_told_in_one_answer() {
    let rig = rig(Limits::off()).await;
    let body = r#"{"form_kind":"bogus","when":3,"nonsense":1,"text":"某\u0000","text":"某",
        "subject":{"name":[],"rank_code":"77"},"reporter":{"email":"no"}}"#;
    let answer = rig.tip(body).await.json();
    let told: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| format!("{} {}", e["field"].as_str().unwrap(), e["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            "form_kind unknown_value",
            "nonsense unknown_field",
            "reporter.email email",
            "subject.name wrong_type",
            "subject.rank_code unknown",
            "text nul",
            "when wrong_type",
        ]
    );
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn one_answer_names_every_field_that_is_wrong() {
    let rig = rig(Limits::off()).await;
    let answer =
        rig.tip(r#"{"text":" ","reporter":{"email":"no"},"subject":{"rank_code":"77"}}"#).await.json();
    let fields: Vec<_> =
        answer["errors"].as_array().unwrap().iter().filter_map(|e| e["field"].as_str()).collect();
    assert_eq!(fields, ["reporter.email", "subject.rank_code", "text"]);
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

/// A reporter's day is not used up by a line that could not take what they sent.
#[tokio::test]
async fn a_failure_of_ours_is_not_counted_against_the_reporter() {
    let rig = rig(Limits::new(2, 100)).await;
    let key = [("idempotency-key", "9b2f6c1d-4e7a-4f83-b1c0-5d6e8a7f2394")];
    let json = "application/json";
    let words = r#"{"text":"某"}"#;
    rig.full.store(true, Ordering::Relaxed);
    for _ in 0..5 {
        assert_eq!(rig.tip(words).await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(rig.post("/api/v1/tips", json, &key, words).await.status.as_u16(), 503);
        let by_hand = rig.post("/", "application/x-www-form-urlencoded", &[], "text=x").await;
        assert_eq!(by_hand.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    rig.full.store(false, Ordering::Relaxed);
    for _ in 0..2 {
        assert_eq!(rig.tip(words).await.status, StatusCode::CREATED);
    }
    assert_eq!(rig.tip(words).await.status, StatusCode::TOO_MANY_REQUESTS, "what was taken counts");
}

#[tokio::test]
async fn a_message_that_we_could_not_take_is_not_counted() {
    let rig = rig(Limits::new(2, 1000)).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    let mine = Rig::authorization(&tip);
    rig.register(&tip);
    rig.desk.busy.store(true, Ordering::Relaxed);
    let add = async || rig.add(&mine, &[], "application/json", r#"{"text":"x"}"#).await.status.as_u16();
    rig.full.store(true, Ordering::Relaxed);
    for _ in 0..30 {
        assert_eq!(add().await, 503);
    }
    rig.full.store(false, Ordering::Relaxed);
    for _ in 0..20 {
        assert_eq!(add().await, 201);
    }
    assert_eq!(add().await, 429);
}

#[tokio::test]
async fn a_list_is_no_subject_and_no_reporter() {
    let rig = rig(Limits::off()).await;
    for (body, field) in [
        (r#"{"text":"某","subject":["甲",null,null,null,null,null,null,null]}"#, "subject"),
        (r#"{"text":"某","reporter":["甲",null,null,null,null,null]}"#, "reporter"),
        (r#"{"text":"某","reporter":[]}"#, "reporter"),
    ] {
        let refused = rig.tip(body).await;
        assert_eq!(refused.status.as_u16(), 422, "{}", refused.body);
        let errors = &refused.json()["errors"];
        assert_eq!((&errors[0]["field"], &errors[0]["code"]), (&field.into(), &"wrong_type".into()));
        let (media, body) = super::multipart(&[("tip", None, body.as_bytes())]);
        assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status.as_u16(), 422);
    }
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn an_empty_optional_text_is_as_good_as_none() {
    let rig = rig(Limits::off()).await;
    let body = r#"{"text":"某","when":"","where":" ","reporter":{"name":"","phone":"","email":"","address":""},
        "subject":{"name":"","org":"","title":"","rank_code":"","region_code":"","region":""}}"#;
    let taken = rig.tip(body).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.body);
    let tips = rig.taken(1).await;
    assert_eq!(tips[0].identity, dengwen_model::IdentityKind::Anonymous);
    assert_eq!((&tips[0].when, &tips[0].place), (&None, &None));
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
async fn what_is_chosen_from_a_list_is_of_the_list_and_a_telephone_can_be_one() {
    let rig = rig(Limits::off()).await;
    let wrong = rig
        .tip(r#"{"text":"x","subject":{"gender":"zzz","political_status":"99"},"reporter":{"phone":"<b>无</b>"}}"#)
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let problem = wrong.json();
    let errors = problem["errors"].as_array().unwrap();
    let fields: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["reporter.phone", "subject.gender", "subject.political_status"]);
    assert!(!wrong.body.contains("zzz") && !wrong.body.contains("<b>"), "{}", wrong.body);
    for (gender, status, phone) in [
        ("男", "中共党员", "0990-6000123 转 8012"),
        ("2", "01", "微信 wx_abc"),
        ("不详", "群众", "+86 139 0000 0123"),
    ] {
        let body = serde_json::json!({
            "text": "x",
            "subject": {"gender": gender, "political_status": status},
            "reporter": {"phone": phone},
        });
        let answer = rig.tip(&body.to_string()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }
}
