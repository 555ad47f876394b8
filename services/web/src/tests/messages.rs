//! What is written under a receipt.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use dengwen_door::Limits;
use futures::StreamExt;
use object_store::ObjectStore;

use super::{Rig, multipart, opened, rig};

#[tokio::test]
async fn a_message_of_nothing_or_of_control_characters_is_refused() {
    let rig = rig(Limits::off()).await;
    let authorization = Rig::authorization(&rig.tip(r#"{"text":"某局长卖官"}"#).await);
    for text in [r"  \n ", r"\u200b\ufeff", r"\u0007x"] {
        let body = format!(r#"{{"text":"{text}"}}"#);
        let headers = [("authorization", authorization.as_str())];
        let answer = rig.post("/api/v1/tips/mine/messages", "application/json", &headers, body).await;
        assert_eq!(answer.status.as_u16(), 422, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_message_brings_files_with_the_bounds_of_a_report() {
    let rig = rig(Limits::off()).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    let (mine, _) = (Rig::authorization(&tip), rig.register(&tip));
    let file = ("file", Some("a.txt"), "记录".as_bytes());
    for text in [("text", None, "补充".as_bytes()), ("message", None, r#"{"text":"补充"}"#.as_bytes())] {
        let (media, body) = multipart(&[text, file]);
        assert_eq!(rig.add(&mine, &[], &media, body).await.status, StatusCode::CREATED);
    }
    let (media, body) = multipart(&[file, file]);
    assert_eq!(rig.add(&mine, &[], &media, body).await.status, StatusCode::CREATED, "files alone");
    let seen = rig.mine(&mine).await.json();
    let files: Vec<_> = seen["messages"].as_array().unwrap().iter().map(|m| m["files"].clone()).collect();
    assert_eq!(files, [1, 1, 2]);
    assert_eq!(rig.files.list(None).count().await, 4);
    let program = ("file", Some("a.exe"), &b"MZ\x90\0\x03\0\0\0"[..]);
    let large = ("file", Some("b.txt"), &[b'x'; 1001][..]);
    let words = ("text", None, "补充".as_bytes());
    for (parts, status) in [
        (vec![words, program], 422),
        (vec![words, large], 413),
        (vec![words, file, file, file], 422),
        (vec![("text", None, &b"  "[..])], 422),
        (vec![("text", None, &b"\xff"[..])], 422),
    ] {
        let (media, body) = multipart(&parts);
        let refused = rig.add(&mine, &[], &media, body).await;
        assert_eq!(refused.status.as_u16(), status, "{}", refused.body);
    }
    assert_eq!(rig.add(&mine, &[], "text/plain", "补充").await.status.as_u16(), 415);
    let (media, body) = multipart(&[words, file]);
    let wrong = rig.add("Receipt 99999999999999999999", &[], &media, body).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND, "refused at once while anybody can tell");
    assert_eq!(rig.files.list(None).count().await, 4, "and nothing of what was refused is kept");
}

#[tokio::test]
async fn a_message_is_safe_while_casework_is_away_or_busy() {
    let rig = rig(Limits::off()).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    let mine = Rig::authorization(&tip);
    // The tip is with the door itself: its receipt is known although casework is away.
    rig.desk.away.store(true, Ordering::Relaxed);
    let (media, body) = multipart(&[("text", None, "补充".as_bytes()), ("file", Some("a.txt"), b"x")]);
    assert_eq!(rig.add(&mine, &[], &media, body).await.status, StatusCode::CREATED);
    let spooled = rig.spooled().await;
    let content = opened(&rig.keys, &spooled);
    assert_eq!((content.text.as_str(), content.attachments.len()), ("补充", 1));
    assert!(spooled.receipt_known);
    // Registered, and gone from the door: nobody can tell now, so the desk has to find out.
    rig.taken(1).await;
    let json = "application/json";
    let key = [("idempotency-key", "m-1")];
    for _ in 0..2 {
        assert_eq!(rig.add(&mine, &key, json, r#"{"text":"再补充"}"#).await.status, StatusCode::CREATED);
    }
    let hash = rig.register(&tip);
    let spooled = rig.spooled().await;
    assert_eq!((spooled.receipt_hash.as_str(), spooled.receipt_known), (hash.to_string().as_str(), false));
    assert_eq!(rig.waiting().await, 0, "sent twice under one key it is one message");
    // The desk reads, and cannot write.
    rig.desk.away.store(false, Ordering::Relaxed);
    rig.desk.busy.store(true, Ordering::Relaxed);
    assert_eq!(rig.add(&mine, &[], json, r#"{"text":"三补充"}"#).await.status, StatusCode::CREATED);
    assert!(rig.spooled().await.receipt_known);
    assert_eq!(rig.add("Receipt 99999999999999999999", &[], json, r#"{"text":"x"}"#).await.status, 404);
}

#[tokio::test]
async fn a_receipt_has_its_daily_number_of_messages_and_an_unproved_one_costs_a_report() {
    let rig = rig(Limits::new(2, 1000)).await;
    let tip = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    let (mine, _) = (Rig::authorization(&tip), rig.register(&tip));
    let add = async |receipt: &str| {
        rig.add(receipt, &[], "application/json", r#"{"text":"x"}"#).await.status.as_u16()
    };
    for _ in 0..20 {
        assert_eq!(add(&mine).await, 201);
    }
    assert_eq!(add(&mine).await, 429);
    rig.taken(1).await;
    rig.desk.away.store(true, Ordering::Relaxed);
    assert_eq!(add("Receipt 99999999999999999999").await, 201, "nobody can tell that it is wrong");
    assert_eq!(add("Receipt 99999999999999999998").await, 429, "two a day, with the report");
}

#[tokio::test]
async fn a_receipt_opens_the_mailbox_or_says_that_the_tip_is_safe() {
    let rig = rig(Limits::off()).await;
    let answer = rig.tip(r#"{"text":"某局长卖官"}"#).await;
    let authorization = Rig::authorization(&answer);
    rig.desk.away.store(true, Ordering::Relaxed);
    let under_way = rig.mine(&authorization).await;
    assert_eq!((under_way.status, &under_way.json()["state"]), (StatusCode::OK, &"received".into()));
    rig.taken(1).await;
    assert_eq!(
        rig.mine(&authorization).await.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "away, and not here any more"
    );
    rig.desk.away.store(false, Ordering::Relaxed);
    assert_eq!(rig.mine(&authorization).await.status, StatusCode::NOT_FOUND);
    let receipt = answer.json()["receipt"].as_str().unwrap().parse().unwrap();
    let hash = rig.keys.door().unwrap().receipt.hash(&receipt);
    *rig.desk.known.lock().unwrap() = Some((hash, Vec::new()));
    assert_eq!(rig.mine(&authorization).await.json()["state"], "in_progress");
    let sent = rig
        .post(
            "/api/v1/tips/mine/messages",
            "application/json",
            &[("authorization", &authorization)],
            r#"{"text":"补充"}"#,
        )
        .await;
    assert_eq!(sent.status, StatusCode::CREATED);
    assert_eq!(rig.mine(&authorization).await.json()["messages"][0]["text"], "补充");
    for wrong in ["Receipt 1", "Bearer x", "Receipt 99999999999999999999"] {
        assert!(matches!(rig.mine(wrong).await.status.as_u16(), 401 | 404), "{wrong}");
    }
}
