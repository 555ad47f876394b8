//! Files that come with a report.

use axum::http::StatusCode;
use dengwen_door::Limits;
use futures::StreamExt;
use object_store::ObjectStore;

use super::{multipart, rig};

#[tokio::test]
async fn files_come_along_sealed_and_a_unit_with_a_file_is_enough() {
    let rig = rig(Limits::off()).await;
    let tip = br#"{"subject":{"org":"\u67d0\u5c40"}}"#;
    let (media, body) = multipart(&[("tip", None, tip), ("file", Some("a.txt"), "记录".as_bytes())]);
    let answer = rig.post("/api/v1/tips", &media, &[], body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let taken = rig.taken(1).await;
    assert_eq!(taken[0].attachments.len(), 1);
    assert_eq!(taken[0].attachments[0].media_type, "text/plain");
    for (name, bytes, status) in [("a.exe", &b"MZ\x90\0\x03\0\0\0"[..], 422), ("big.txt", &[b'x'; 1001], 413)]
    {
        let (media, body) = multipart(&[("tip", None, br#"{"text":"x"}"#), ("file", Some(name), bytes)]);
        assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status.as_u16(), status, "{name}");
    }
    let file = ("file", Some("a.txt"), &b"x"[..]);
    let (media, body) = multipart(&[("tip", None, br#"{"text":"x"}"#), file, file, file]);
    assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status.as_u16(), 422, "too many files");
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn a_form_that_breaks_off_is_no_form_and_one_beyond_the_bound_is_too_large() {
    let rig = rig(Limits::off()).await;
    let tip = ("tip", None, &br#"{"text":"x"}"#[..]);
    let (media, mut body) = multipart(&[tip]);
    body.truncate(body.len() - b"--b0undary--\r\n".len());
    assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status, StatusCode::BAD_REQUEST);
    let (media, body) = multipart(&[tip, ("file", Some("a.txt"), &vec![b'x'; 2 << 20])]);
    assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn a_refused_file_costs_no_tip_and_leaves_no_file() {
    let rig = rig(Limits::new(1, 100)).await;
    let program = ("file", Some("a.exe"), &b"MZ\x90\0\x03\0\0\0"[..]);
    let note = ("file", Some("a.txt"), &b"x"[..]);
    let tip = ("tip", None, &br#"{"text":"x"}"#[..]);
    let (media, body) = multipart(&[tip, note, program]);
    assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status.as_u16(), 422);
    assert!(rig.files.list(None).next().await.is_none(), "the note before it is not kept either");
    let (media, body) = multipart(&[tip, note]);
    assert_eq!(rig.post("/api/v1/tips", &media, &[], body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_part_that_nobody_would_look_at_is_refused() {
    let rig = rig(Limits::off()).await;
    let tip = ("tip", None, &br#"{"text":"x"}"#[..]);
    for (more, code) in [(tip, "duplicate_field"), (("zz", None, &b"1"[..]), "unknown_field")] {
        let (media, body) = multipart(&[tip, more]);
        let answer = rig.post("/api/v1/tips", &media, &[], body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["errors"][0]["code"].as_str()), (422, Some(code)));
    }
    assert_eq!(rig.waiting().await, 0);
}
