//! One entry.

use axum::body::Body;
use axum::http::{Request, StatusCode};
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
async fn the_document_describes_what_is_registered() {
    let (rig, _) = desk().await;
    let request = Request::get("/api/v1/notes/openapi.json").body(Body::empty()).unwrap();
    let (status, document) = rig.ask(request).await;
    assert_eq!(status, StatusCode::OK);
    let body = &document["paths"][NOTES]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body["$ref"], "#/components/schemas/NoteIn");
    let names = document["components"]["schemas"].as_object().unwrap();
    for name in [
        "NoteIn",
        "Common",
        "SubjectIn",
        "ReporterIn",
        "Registered",
        "Imported",
        "TakenRow",
        "ProblemDocument",
    ] {
        assert!(names.contains_key(name), "{name}");
    }
    assert!(document["paths"]["/api/v1/notes/import"]["post"]["responses"]["201"].is_object());
}
