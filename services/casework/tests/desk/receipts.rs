//! What the web door asks for whoever holds a receipt.

use dengwen_casework::{Desk, LocalDesk, Mail};
use dengwen_door::{Files, ReceiptDesk};
use dengwen_ledger::MailboxRecord;
use dengwen_messages::{Envelope, Event, MessageReceived, TraceParent};
use dengwen_model::{CoarseState, MessageContent, MessageFrom, MessageId};
use dengwen_queue::Settlement;
use dengwen_seal::{Field, Receipt};
use dengwen_service::Handler;
use object_store::ObjectStoreExt;
use serde_json::json;

use crate::bench::{Bench, COUNTY};
use crate::seed::Seed;

#[tokio::test]
async fn a_receipt_opens_state_and_messages_and_takes_one() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { tips: 2, ..Seed::default() }).await;
    let receipts = LocalDesk::new(Desk::new(bench.runtime.clone()));
    let key = &bench.runtime.keys().receipt;
    let (mine, others) = (key.hash(&seeded.receipts[0]), key.hash(&seeded.receipts[1]));
    let view = receipts.look(&mine).await.unwrap().unwrap();
    assert_eq!((view.state, view.messages.len()), (CoarseState::InProgress, 0));

    let officer = bench.officer();
    let ask = json!({"tip": seeded.tips[0].to_string(), "text": "请补充时间地点"});
    bench.post(&seeded.at_case("/ask"), &officer, ask).await.ok();
    Bench::check_state(bench.limit_of(&seeded, "DL-SUPPL").await, "open");
    bench.clock.advance_seconds(60);
    assert!(
        receipts
            .write(&bench.message(&seeded.receipts[0], MessageContent::words("去年冬天，电话13900000123")))
            .await
            .unwrap()
    );
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
async fn a_tip_that_came_after_the_conclusion_is_received_until_somebody_answers_it() {
    let bench = Bench::new().await;
    let (seeded, supervisor) = (bench.concluded("O3").await, bench.supervisor());
    let tell =
        |text: &str| bench.post_owned(seeded.at_case("/feedback"), supervisor.clone(), json!({"text": text}));
    tell("不属实").await.ok();
    bench.clock.advance_seconds(60);
    let (tip, receipt) = bench.late_tip(&seeded).await;
    bench.run_limit(&seeded, "DL-LATE").await;
    let receipts = LocalDesk::new(Desk::new(bench.runtime.clone()));
    let state = async |receipt: &Receipt| {
        receipts.look(&bench.runtime.keys().receipt.hash(receipt)).await.unwrap().unwrap().state
    };
    assert_eq!(state(&seeded.receipts[0]).await, CoarseState::Concluded);
    assert_eq!(state(&receipt).await, CoarseState::Received, "nobody has looked at it");
    bench.post(&seeded.at_case("/close"), &supervisor, json!({})).await.refused(409, "open-points");

    // A question is no answer: the tip goes on waiting for one.
    let ask = json!({"tip": tip.to_string(), "text": "请补充时间地点"});
    bench.post(&seeded.at_case("/ask"), &supervisor, ask).await.ok();
    bench.clock.advance_seconds(60);
    assert_eq!(state(&receipt).await, CoarseState::Received);
    tell("结论不变").await.ok();
    assert_eq!(state(&receipt).await, CoarseState::Concluded);
    Bench::check_state(bench.limit_of(&seeded, "DL-LATE").await, "met");
    let listed = bench.get("/api/v1/cases?late=true", &supervisor).await.ok();
    assert_eq!(listed["cases"], json!([]), "it waits for nobody any more");
}

#[tokio::test]
async fn a_state_holds_since_the_case_was_last_opened() {
    let bench = Bench::new().await;
    let seeded = bench.concluded("O3").await;
    let receipts = LocalDesk::new(Desk::new(bench.runtime.clone()));
    let mine = bench.runtime.keys().receipt.hash(&seeded.receipts[0]);
    let concluded = receipts.look(&mine).await.unwrap().unwrap();
    assert_eq!(concluded.state, CoarseState::Concluded);
    bench.days_later(1);
    bench.post(&seeded.at_case("/reopen"), &bench.leader(), json!({"reason": "有新线索"})).await.ok();
    let reopened = receipts.look(&mine).await.unwrap().unwrap();
    assert_eq!(reopened.state, CoarseState::Received);
    assert_eq!(reopened.updated_at, bench.runtime.clock().now());
}

#[tokio::test]
async fn an_unknown_receipt_opens_nothing() {
    let bench = Bench::new().await;
    let receipts = LocalDesk::new(Desk::new(bench.runtime.clone()));
    let receipt = Receipt::generate(bench.runtime.entropy());
    let unknown = bench.runtime.keys().receipt.hash(&receipt);
    assert!(receipts.look(&unknown).await.unwrap().is_none());
    assert!(!receipts.write(&bench.message(&receipt, MessageContent::words("有人吗"))).await.unwrap());
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
    let message = bench.message(&seeded.receipts[0], MessageContent::words("补充"));
    let body = serde_json::to_value(&message).unwrap();
    for broken in [json!({}), json!({"receipt_hash": hash, "text": "补充"}), json!([])] {
        bench.post("/internal/v1/receipts/messages", &secret, broken).await.refused(400, "malformed");
    }
    bench.post("/internal/v1/receipts/messages", &secret, body).await.ok();
}

#[tokio::test]
async fn what_officers_do_does_not_show_in_the_reporters_times() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let receipts = LocalDesk::new(Desk::new(bench.runtime.clone()));
    let mine = bench.runtime.keys().receipt.hash(&seeded.receipts[0]);
    let before = receipts.look(&mine).await.unwrap().unwrap();
    bench.days_later(1);
    let officer = bench.officer();
    bench.post(&format!("/api/v1/units/{COUNTY}/pull"), &officer, json!({})).await.ok();
    bench.post(&seeded.at_item("/accept"), &officer, json!({})).await.ok();
    assert_eq!(receipts.look(&mine).await.unwrap().unwrap(), before);
}

#[tokio::test]
async fn a_message_that_comes_twice_is_one() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let receipts = LocalDesk::new(Desk::new(bench.runtime.clone()));
    let mail = Mail::new(Desk::new(bench.runtime.clone()));
    let message = bench.message(&seeded.receipts[0], MessageContent::words("补充"));
    // By the door's call whose answer got lost, then twice by the queue.
    assert!(receipts.write(&message).await.unwrap());
    let batch = [envelope(&bench, &message), envelope(&bench, &message)];
    assert_eq!(mail.handle(&batch).await.unwrap(), [Settlement::Done, Settlement::Done]);
    let case = bench.get(&seeded.at_case(""), &bench.officer()).await.ok();
    assert_eq!(case["tips"][0]["messages"].as_array().unwrap().len(), 1);
    let course = case["course"].as_array().unwrap();
    let wrote = course.iter().filter(|entry| entry["event"]["what"] == "reporter_wrote").count();
    assert_eq!(wrote, 1);
}

#[tokio::test]
async fn a_message_waits_for_its_tip_and_one_under_no_receipt_is_dropped_with_its_files() {
    let bench = Bench::new().await;
    let mail = Mail::new(Desk::new(bench.runtime.clone()));
    let files = Files::new(bench.runtime.objects().clone(), 1000);
    let file = files.keep("a.txt", b"notes", bench.runtime.entropy()).await.unwrap();
    let object = object_store::path::Path::from(file.object.as_str());
    let content = MessageContent { attachments: vec![file], ..MessageContent::words("补充") };
    let stray = bench.message(&Receipt::generate(bench.runtime.entropy()), content);
    let vouched = MessageReceived {
        receipt_known: true,
        ..bench.message(&Receipt::generate(bench.runtime.entropy()), MessageContent::words("补充"))
    };
    let batch = [envelope(&bench, &stray), envelope(&bench, &vouched)];
    let waits =
        |decisions: Vec<Settlement>| decisions.iter().all(|one| matches!(one, Settlement::Retry { .. }));
    assert!(waits(mail.handle(&batch).await.unwrap()), "its tip may be on its way");
    bench.days_later(6);
    assert!(waits(mail.handle(&batch).await.unwrap()));
    assert!(bench.runtime.objects().head(&object).await.is_ok());
    bench.days_later(2);
    let decisions = mail.handle(&batch).await.unwrap();
    assert_eq!(decisions[0], Settlement::Done);
    assert!(matches!(decisions[1], Settlement::Park { .. }), "what a door vouched for is never dropped");
    assert!(bench.runtime.objects().head(&object).await.is_err(), "the file is gone too");
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let audit = work.audit_of(&stray.message.to_string()).await.unwrap();
    assert_eq!(audit[0].entry.action, "receipt.unknown");
}

fn envelope(bench: &Bench, message: &MessageReceived) -> Envelope {
    let (clock, entropy) = (bench.runtime.clock(), bench.runtime.entropy());
    let event = Event::MessageReceived(Box::new(message.clone()));
    Envelope::new(event, "/door", TraceParent::new(entropy), clock, entropy)
}

#[tokio::test]
async fn a_message_kept_as_words_alone_is_still_read() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let (clock, entropy) = (bench.runtime.clock(), bench.runtime.entropy());
    let id = MessageId::new(clock, entropy);
    let row = id.as_uuid();
    let field = Field { table: "messages", column: "text", row: row.as_bytes() };
    let text = bench.runtime.keys().fields.seal(field, "\"从前的留言\"".as_bytes(), entropy).unwrap();
    let (tip, from, at) = (seeded.tips[0], MessageFrom::Reporter, clock.now());
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    work.insert_message(&MailboxRecord { id, tip, from, at, text }).await.unwrap();
    work.commit().await.unwrap();
    let case = bench.get(&seeded.at_case(""), &bench.officer()).await.ok();
    assert_eq!(case["tips"][0]["messages"][0]["text"], "从前的留言");
}
