//! What the web door asks for whoever holds a receipt.

use dengwen_casework::{Desk, Receipts};
use dengwen_door::ReceiptDesk;
use dengwen_model::{CoarseState, MessageFrom};
use dengwen_seal::Receipt;
use serde_json::json;

use crate::bench::{Bench, COUNTY};
use crate::seed::Seed;

#[tokio::test]
async fn a_receipt_opens_state_and_messages_and_takes_one() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { tips: 2, ..Seed::default() }).await;
    let receipts = Receipts::new(Desk::new(bench.runtime.clone()));
    let key = &bench.runtime.keys().receipt;
    let (mine, others) = (key.hash(&seeded.receipts[0]), key.hash(&seeded.receipts[1]));
    let view = receipts.look(&mine).await.unwrap().unwrap();
    assert_eq!((view.state, view.messages.len()), (CoarseState::InProgress, 0));

    let officer = bench.officer();
    let ask = json!({"tip": seeded.tips[0].to_string(), "text": "请补充时间地点"});
    bench.post(&seeded.at_case("/ask"), &officer, ask).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-SUPPL").await, "open");
    bench.clock.advance_seconds(60);
    assert!(receipts.write(&mine, "去年冬天，电话13900000123").await.unwrap());
    Bench::check_state(bench.limit_of(&seeded, "DL-SUPPL").await, "met");

    let view = receipts.look(&mine).await.unwrap().unwrap();
    let from: Vec<_> = view.messages.iter().map(|message| message.from).collect();
    assert_eq!(from, [MessageFrom::Line, MessageFrom::Reporter]);
    assert_eq!(view.messages[1].text, "去年冬天，电话13900000123", "the reporter's own words, as written");
    let other = receipts.look(&others).await.unwrap().unwrap();
    assert_eq!(other.messages.len(), 0, "another reporter of the same matter sees nothing of it");
    assert!(other.updated_at < view.updated_at, "nor when it was");
    let case = bench.get(&seeded.at_case(""), &officer).await.ok();
    let shown = case["tips"].to_string();
    assert!(shown.contains("去年冬天") && !shown.contains("13900000123"), "the desk reads it masked");
}

#[tokio::test]
async fn an_unknown_receipt_opens_nothing() {
    let bench = Bench::new().await;
    let receipts = Receipts::new(Desk::new(bench.runtime.clone()));
    let unknown = bench.runtime.keys().receipt.hash(&Receipt::generate(bench.runtime.entropy()));
    assert!(receipts.look(&unknown).await.unwrap().is_none());
    assert!(!receipts.write(&unknown, "有人吗").await.unwrap());
}

#[tokio::test]
async fn only_a_door_of_ours_may_ask() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let hash = bench.runtime.keys().receipt.hash(&seeded.receipts[0]).to_string();
    let look = json!({"receipt_hash": hash});
    let secret = bench.runtime.keys().receipt.internal_secret();
    let almost = format!("{}0", &secret[..secret.len() - 1]);
    for token in ["", "x", &almost, &bench.leader()] {
        bench.post("/internal/v1/receipts", token, look.clone()).await.refused(401, "unauthorized");
        bench.post("/internal/v1/receipts/messages", token, look.clone()).await.refused(401, "unauthorized");
    }
    bench.post("/internal/v1/receipts", &secret, look).await.ok();
    for broken in [json!({}), json!({"receipt_hash": "AA"}), json!([]), json!({"receipt_hash": 5})] {
        bench.post("/internal/v1/receipts", &secret, broken).await.refused(400, "malformed");
    }
    for text in ["", " ", "\u{0}"] {
        let body = json!({"receipt_hash": hash, "text": text});
        bench.post("/internal/v1/receipts/messages", &secret, body).await.refused(422, "validation");
    }
}

#[tokio::test]
async fn what_officers_do_does_not_show_in_the_reporters_times() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let receipts = Receipts::new(Desk::new(bench.runtime.clone()));
    let mine = bench.runtime.keys().receipt.hash(&seeded.receipts[0]);
    let before = receipts.look(&mine).await.unwrap().unwrap();
    bench.days_later(1);
    let officer = bench.officer();
    bench.post(&format!("/api/v1/units/{COUNTY}/pull"), &officer, json!({})).await.ok();
    bench.post(&seeded.at_item("/accept"), &officer, json!({})).await.ok();
    assert_eq!(receipts.look(&mine).await.unwrap().unwrap(), before);
}
