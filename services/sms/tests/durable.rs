//! The store on disk: nothing lost at a restart, nothing readable in the file.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;

use dengwen_sms::assembly::Waits;
use dengwen_sms::gateway::{DeliveryStatus, Report};
use dengwen_sms::reply::QueuedReply;
use dengwen_sms::store::{Change, Effects, Store};
use support::{Collector, durable, intake, kannel, message, minutes, noon, part, ucs2};

#[tokio::test]
async fn messages_and_parts_survive_a_restart_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Arc::new(Collector::default());
    let second = noon().as_second();
    // Every message in two parts; the second parts come first, and after each batch the door starts anew.
    for (batch, seq) in [(0, 2), (1, 2), (0, 1), (1, 1), (0, 2), (1, 1)] {
        let store = durable(folder.path()).await;
        let intake = intake(Arc::new(store), &sink, Waits::default());
        let sends = (batch * 20..batch * 20 + 20u8).map(|reference| {
            let text = ucs2(&format!("{reference}之{seq} "));
            let request = part(&format!("{reference}-{seq}"), reference, 2, seq, &text, second);
            let intake = intake.clone();
            async move { intake.receive(&kannel(), &request, noon()).await.answer.status }
        });
        assert!(futures::future::join_all(sends).await.iter().all(|status| *status == 200));
    }
    let mut texts = sink.texts();
    texts.sort_unstable();
    let mut wanted: Vec<_> = (0..40).map(|reference| format!("{reference}之1 {reference}之2 ")).collect();
    wanted.sort_unstable();
    assert_eq!(texts, wanted, "each once, whole");
}

#[tokio::test]
async fn the_file_tells_neither_words_nor_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let store = durable(folder.path()).await;
    let sink = Arc::new(Collector::default());
    let intake = intake(Arc::new(store.clone()), &sink, Waits { join: minutes(5), ..Waits::default() });
    let said = "m4rked-words";
    intake.receive(&kannel(), &message("m4rked-id", "+8613912345678", said), noon()).await;
    intake.receive(&kannel(), &part("m4rked-id2", 1, 2, 1, said.as_bytes(), 0), noon()).await;
    let reply = QueuedReply::new("k".into(), "main", "+8613912345678", said.into(), "ref".into(), noon());
    let effects = Effects {
        reply: Some(reply),
        opted_out: Some(("+8613912345678".into(), true)),
        ..Effects::default()
    };
    store.commit(Change { effects, ..Change::default() }).await.unwrap();
    assert!(store.opted_out("+8613912345678").await.unwrap());
    let mut looked = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for word in ["m4rked", "13912345678", "13900000001"] {
            assert!(
                !bytes.windows(word.len()).any(|window| window == word.as_bytes()),
                "{word} is in a file"
            );
        }
        looked += bytes.len();
    }
    assert!(looked > 4096, "there was something to look at");
}

fn reply(key: &str, reference: &str) -> QueuedReply {
    QueuedReply::new(key.into(), "main", "+8613900000001", "已收到".into(), reference.into(), noon())
}

async fn queue(store: &dengwen_sms::store::DurableStore, reply: QueuedReply) {
    let effects = Effects { reply: Some(reply), ..Effects::default() };
    store.commit(Change { effects, ..Change::default() }).await.unwrap();
}

#[tokio::test]
async fn a_key_never_makes_a_second_reply_not_even_after_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = durable(folder.path()).await;
    queue(&store, reply("k", "r1")).await;
    queue(&store, reply("k", "r2")).await;
    let due = store.due_replies(noon(), 10).await.unwrap();
    assert_eq!(due.iter().map(|reply| reply.reference.as_str()).collect::<Vec<_>>(), ["r1"]);
    store.reply_sent(&due[0], Some("v1"), noon()).await.unwrap();
    queue(&store, reply("k", "r3")).await;
    assert!(store.due_replies(noon() + minutes(60), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn reports_come_in_any_order_and_none_takes_a_final_one_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = durable(folder.path()).await;
    store.reply_sent(&reply("k", "r1"), Some("v1"), noon()).await.unwrap();
    let by_id = |status| Report::new(Some("v1"), status);
    let delivered =
        store.keep_report("main", &by_id(DeliveryStatus::Delivered), noon()).await.unwrap().unwrap();
    assert_eq!(
        (delivered.status, delivered.to),
        (DeliveryStatus::Delivered, None),
        "the number is not kept on"
    );
    let late = store.keep_report("main", &by_id(DeliveryStatus::Sent), noon()).await.unwrap().unwrap();
    assert_eq!(late.status, DeliveryStatus::Delivered);
    assert_eq!(store.keep_report("other", &by_id(DeliveryStatus::Failed), noon()).await.unwrap(), None);
    assert_eq!(
        store.keep_report("main", &Report::new(Some("v9"), DeliveryStatus::Sent), noon()).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_report_may_say_that_a_person_wants_no_replies() {
    let folder = tempfile::tempdir().unwrap();
    let store = durable(folder.path()).await;
    store.reply_sent(&reply("k", "r1"), None, noon()).await.unwrap();
    let mut report = Report::new(None, DeliveryStatus::Failed);
    report.reference = Some("r1".into());
    report.opted_out = true;
    store.keep_report("main", &report, noon()).await.unwrap();
    assert!(store.opted_out("+8613900000001").await.unwrap());
}

#[tokio::test]
async fn what_was_kept_long_enough_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let store = durable(folder.path()).await;
    store.reply_sent(&reply("k", "r1"), Some("v1"), noon()).await.unwrap();
    store.forget_old(noon() + minutes(60 * 24 * 89)).await.unwrap();
    assert!(store.sent_reply("r1").await.unwrap().is_some());
    store.forget_old(noon() + minutes(60 * 24 * 91)).await.unwrap();
    assert_eq!(store.sent_reply("r1").await.unwrap(), None);
}

#[tokio::test]
async fn an_entry_that_does_not_open_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let table = dengwen_queue::KeyedStore::open(&folder.path().join("sms.db")).await.unwrap();
    let damaged = dengwen_queue::Write::Put {
        space: "replies",
        key: [1; 32],
        value: b"not sealed".to_vec(),
        due: Some(noon() - minutes(1)),
    };
    table.commit(vec![damaged]).await.unwrap();
    let store = durable(folder.path()).await;
    queue(&store, reply("k", "r1")).await;
    assert_eq!(store.due_replies(noon(), 1).await.unwrap(), [], "the damaged one was first");
    assert_eq!(store.due_replies(noon(), 1).await.unwrap().len(), 1);
}
