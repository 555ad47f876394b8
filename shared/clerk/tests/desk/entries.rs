//! One entry.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use dengwen_model::{Clock, Role};
use dengwen_testkit::DeskRig;

use crate::{NOTES, desk};

#[tokio::test]
async fn an_entry_is_answered_with_the_receipt_to_be_read_out() {
    let (rig, token) = desk().await;
    let (status, answer) = rig.post(NOTES, &token, r#"{"text":"反映某局长卖官"}"#).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(answer["receipt"].as_str().unwrap().len(), 24);
    assert_eq!(answer["tip_ids"][0], answer["tip_id"]);
    assert_eq!(rig.next_tip().await.text, "反映某局长卖官");
}

#[tokio::test]
async fn codes_are_chosen_from_lists_and_a_wrong_one_is_told() {
    let (rig, token) = desk().await;
    let subject = |field: &str, code: &str| format!(r#"{{"text":"x","subject":{{"{field}":"{code}"}}}}"#);
    let taken = ["0141"].map(|code| subject("rank_code", code)).into_iter().chain(
        ["110105", "330106001", "990121", "990121101", "  990100 "].map(|code| subject("region_code", code)),
    );
    for body in taken {
        assert_eq!(rig.post(NOTES, &token, body.clone()).await.0, StatusCode::CREATED, "{body}");
    }
    for (field, code) in [
        ("rank_code", "77"),
        ("region_code", "12x34"),
        ("region_code", "12345x"),
        ("region_code", "160000"),
        ("region_code", "110199"),
        ("region_code", "990199"),
        ("region_code", "999999"),
    ] {
        let answer = rig.post(NOTES, &token, subject(field, code)).await;
        assert_eq!(DeskRig::wrong(&answer), [format!("subject.{field}")], "{code}");
        assert!(!answer.1.to_string().contains(code), "what was sent is not repeated");
    }
    // A place in words is never wrong.
    let words = r#"{"text":"x","subject":{"region":"某省某县"}}"#;
    assert_eq!(rig.post(NOTES, &token, words).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_repeated_key_gets_the_first_answer_and_another_entry_none() {
    let (rig, token) = desk().await;
    let keyed = |text: &str| {
        Request::post(NOTES)
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", "k-1")
            .body(Body::from(format!(r#"{{"text":"{text}"}}"#)))
            .unwrap()
    };
    let (_, first) = rig.ask(keyed("甲")).await;
    assert_eq!(rig.ask(keyed("甲")).await.1, first);
    assert_eq!(rig.ask(keyed("乙")).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(rig.waiting().await, 1);
}

#[tokio::test]
async fn the_key_of_one_clerk_is_not_the_key_of_another() {
    let (rig, token) = desk().await;
    let other = rig.token(Role::Intake);
    let keyed = async |token: &str, text: &str| {
        let request = Request::post(NOTES)
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", "9b2f6c1d-4e7a-4f83-b1c0-5d6e8a7f2394")
            .body(Body::from(format!(r#"{{"text":"{text}"}}"#)))
            .unwrap();
        rig.ask(request).await
    };
    let (_, first) = keyed(&token, "甲").await;
    let (status, theirs) = keyed(&other, "甲").await;
    assert_eq!(status, StatusCode::CREATED);
    assert_ne!(theirs["receipt"], first["receipt"]);
    assert_eq!(keyed(&other, "乙").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(keyed(&rig.token_of(&token), "甲").await.1, first, "the same clerk, signed in again");
    assert_eq!(rig.waiting().await, 2);
}

#[tokio::test]
async fn every_fault_of_an_entry_is_told_under_its_own_name() {
    let (rig, token) = desk().await;
    let body = r#"{"text":7,"received_at":"nonsense","bogus":1,"subject":{"bogus":1,"name":2},
        "reporter":{"email":"no"},"waiting":["no-id"],"external_id":["x"]}"#;
    let mut wrong = DeskRig::wrong(&rig.post(NOTES, &token, body).await);
    wrong.sort();
    assert_eq!(
        wrong,
        [
            "bogus",
            "external_id",
            "received_at",
            "reporter.email",
            "subject.bogus",
            "subject.name",
            "text",
            "waiting[0]"
        ]
    );
    for body in ["[]", "3", "null", r#""text""#] {
        assert_eq!(DeskRig::wrong(&rig.post(NOTES, &token, body).await), [""], "{body}");
    }
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn a_time_to_come_is_a_slip_of_the_pen_and_clocks_differ_a_little() {
    let (rig, token) = desk().await;
    let at = |seconds: i64| {
        let at = rig.clock.now().checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        format!(r#"{{"text":"x","received_at":"{at}"}}"#)
    };
    assert_eq!(DeskRig::wrong(&rig.post(NOTES, &token, at(301)).await), ["received_at"]);
    let (status, answer) = rig.post(NOTES, &token, at(300)).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(answer["received_at"], rig.clock.now().to_string(), "never later than now");
}

#[tokio::test]
async fn the_document_describes_what_is_registered() {
    let (rig, _) = desk().await;
    let request = Request::get("/api/v1/notes/openapi.json").body(Body::empty()).unwrap();
    let (status, document) = rig.ask(request).await;
    assert_eq!(status, StatusCode::OK);
    let body = &document["paths"][NOTES]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body["$ref"], "#/components/schemas/NoteIn");
    let names = document["components"]["schemas"].as_object().unwrap();
    for name in ["NoteIn", "SubjectIn", "ReporterIn", "Registered", "Imported", "TakenRow", "ProblemDocument"]
    {
        assert!(names.contains_key(name), "{name}");
    }
    let note = &names["NoteIn"];
    assert!(note["properties"]["text"].is_object() && note["properties"]["reporter"].is_object());
    assert_eq!(note["additionalProperties"], false);
    assert!(document["paths"]["/api/v1/notes/import"]["post"]["responses"]["201"].is_object());
}
