//! Long messages: parts in any order, twice, late, never; references used again; messages joined.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;

use dengwen_sms::assembly::Waits;
use dengwen_sms::intake::{Received, Row};
use dengwen_sms::store::MemoryStore;
use jiff::Timestamp;
use proptest::prelude::*;
use support::{Collector, intake, kannel, message, minutes, noon, part, ucs2};

struct Line {
    sink: Arc<Collector>,
    store: Arc<MemoryStore>,
    intake: dengwen_sms::intake::Intake,
}

impl Line {
    fn new(waits: Waits) -> Self {
        let (sink, store) = (Arc::new(Collector::default()), Arc::new(MemoryStore::default()));
        Self { intake: intake(store.clone(), &sink, waits), sink, store }
    }

    async fn send(&self, request: &dengwen_sms::gateway::Request, now: Timestamp) -> Received {
        self.intake.receive(&kannel(), request, now).await
    }
}

fn second() -> i64 {
    noon().as_second()
}

fn kind(received: &Received) -> &'static str {
    match &received.rows[..] {
        [Row::Taken(..)] => "taken",
        [Row::Waiting(..)] => "waiting",
        [Row::Repeated(_)] => "repeated",
        [Row::Joining(_)] => "joining",
        _ => "other",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_and_any_repetition_make_one_message(
        text in "[一-龥😀a-z]{4,40}",
        order in Just((0..24usize).collect::<Vec<_>>()).prop_shuffle(),
        total in 2u8..=6,
    ) {
        // Cut anywhere, also within a surrogate pair.
        let bytes = ucs2(&text);
        let size = bytes.len().div_ceil(usize::from(total));
        let size = size + size % 2;
        let parts: Vec<&[u8]> = bytes.chunks(size).collect();
        let total = u8::try_from(parts.len()).unwrap();
        prop_assume!(total > 1);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let line = Line::new(Waits::default());
            for index in order {
                let seq = index % parts.len();
                let request = part(&format!("p{seq}"), 7, total, u8::try_from(seq).unwrap() + 1, parts[seq], second());
                line.send(&request, noon()).await;
            }
            assert_eq!(line.sink.texts(), [text]);
            assert_eq!(line.store.waiting(), 0);
        });
    }
}

#[tokio::test]
async fn a_part_that_comes_twice_is_answered_as_taken_and_counted_once() {
    let line = Line::new(Waits::default());
    let first = part("a", 1, 2, 1, &ucs2("上"), second());
    assert_eq!(kind(&line.send(&first, noon()).await), "waiting");
    let again = line.send(&first, noon()).await;
    assert_eq!((kind(&again), again.answer.status), ("repeated", 200));
    // The same part under another id, as a gateway sends it that lost its memory.
    assert_eq!(kind(&line.send(&part("b", 1, 2, 1, &ucs2("上"), second()), noon()).await), "repeated");
    assert_eq!(kind(&line.send(&part("c", 1, 2, 2, &ucs2("下"), second()), noon()).await), "taken");
    assert_eq!(line.sink.texts(), ["上下"]);
}

#[tokio::test]
async fn what_came_is_taken_as_it_stands_and_completed_later() {
    let line = Line::new(Waits::default());
    line.send(&part("b", 1, 3, 2, &ucs2("中"), second()), noon()).await;
    assert_eq!(line.intake.sweep(noon() + minutes(9)).await, Ok(0));
    assert_eq!(line.intake.sweep(noon() + minutes(10)).await, Ok(1));
    assert_eq!(line.sink.texts(), ["[1/3 missing] 中 [3/3 missing]"]);
    assert!(line.sink.taken.lock().unwrap()[0].0.is_incomplete());
    // The vendor repeats the others hours later, with the first time of sending.
    let later = noon() + minutes(300);
    assert_eq!(kind(&line.send(&part("c", 1, 3, 3, &ucs2("下"), second()), later).await), "waiting");
    assert_eq!(kind(&line.send(&part("a", 1, 3, 1, &ucs2("上"), second()), later).await), "taken");
    assert_eq!(line.sink.texts()[1..], ["上中下"]);
    assert!(!line.sink.taken.lock().unwrap()[1].0.is_incomplete());
    assert_eq!(line.store.waiting(), 0);
}

#[tokio::test]
async fn a_lone_part_is_forgotten_after_it_was_taken_and_nobody_completed_it() {
    let line = Line::new(Waits::default());
    line.send(&part("b", 1, 2, 2, &ucs2("下"), second()), noon()).await;
    line.intake.sweep(noon() + minutes(10)).await.unwrap();
    line.intake.sweep(noon() + minutes(10 + 24 * 60)).await.unwrap();
    assert_eq!(line.sink.texts(), ["[1/2 missing] 下"], "taken once");
    assert_eq!(line.store.waiting(), 0);
}

#[tokio::test]
async fn a_reference_used_again_begins_another_message() {
    let line = Line::new(Waits::default());
    line.send(&part("a", 1, 2, 1, &ucs2("旧一"), second()), noon()).await;
    // The same handset an hour later, after 256 long messages.
    let later = noon() + minutes(60);
    let sent = second() + 3600;
    assert_eq!(kind(&line.send(&part("b", 1, 2, 2, &ucs2("新二"), sent), later).await), "waiting");
    assert_eq!(line.sink.texts(), ["旧一 [2/2 missing]"], "the old one as it stands");
    assert_eq!(kind(&line.send(&part("c", 1, 2, 1, &ucs2("新一"), sent), later).await), "taken");
    assert_eq!(line.sink.texts()[1..], ["新一新二"]);
    // And after completion.
    assert_eq!(kind(&line.send(&part("d", 1, 2, 1, &ucs2("又一"), sent), later).await), "waiting");
}

#[tokio::test]
async fn another_text_in_the_same_place_is_another_message() {
    let line = Line::new(Waits::default());
    line.send(&part("a", 1, 2, 1, &ucs2("甲"), second()), noon()).await;
    line.send(&part("b", 1, 2, 1, &ucs2("乙"), second()), noon()).await;
    assert_eq!(line.sink.texts(), ["甲 [2/2 missing]"]);
    line.send(&part("c", 1, 2, 2, &ucs2("丙"), second()), noon()).await;
    assert_eq!(line.sink.texts()[1..], ["乙丙"]);
}

#[tokio::test]
async fn a_door_that_cannot_take_says_so_and_loses_nothing() {
    let line = Line::new(Waits::default());
    line.sink.refuse(true);
    let refused = line.send(&message("1", "+8613900000001", "举报"), noon()).await;
    assert_eq!((refused.answer.status, refused.rows.len()), (503, 0));
    assert_eq!(line.send(&part("a", 1, 2, 1, &ucs2("上"), second()), noon()).await.answer.status, 200);
    assert_eq!(line.send(&part("b", 1, 2, 2, &ucs2("下"), second()), noon()).await.answer.status, 503);
    line.sink.refuse(false);
    assert_eq!(kind(&line.send(&message("1", "+8613900000001", "举报"), noon()).await), "taken");
    // The vendor need not even repeat the last part: it is kept, and swept up.
    line.intake.sweep(noon()).await.unwrap();
    assert_eq!(line.sink.texts(), ["举报", "上下"]);
}

#[tokio::test]
async fn two_deliveries_at_the_same_moment_make_one_message() {
    let line = Arc::new(Line::new(Waits::default()));
    let all = (0..32).map(|_| {
        let line = line.clone();
        tokio::spawn(async move { kind(&line.send(&message("1", "+8613900000001", "举报"), noon()).await) })
    });
    let kinds: Vec<_> = futures::future::join_all(all).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "taken").count(), 1);
    assert_eq!(kinds.iter().filter(|kind| **kind == "repeated").count(), 31);
}

#[tokio::test]
async fn messages_of_one_number_are_joined_where_the_operator_wants_that() {
    let waits = Waits { join: minutes(3), ..Waits::default() };
    let line = Line::new(waits);
    assert_eq!(kind(&line.send(&message("1", "+8613900000001", "第一条"), noon()).await), "joining");
    assert_eq!(kind(&line.send(&message("2", "+8613900000002", "别人的"), noon()).await), "joining");
    assert_eq!(
        kind(&line.send(&message("3", "+8613900000001", "第二条"), noon() + minutes(2)).await),
        "joining"
    );
    // A long message among them, and an opt-out word, which is none of the tip's business.
    line.send(&part("4", 1, 2, 1, &ucs2("第三条上"), second()), noon() + minutes(4)).await;
    line.send(&part("5", 1, 2, 2, &ucs2("第三条下"), second()), noon() + minutes(4)).await;
    assert_eq!(kind(&line.send(&message("6", "+8613900000001", "TD"), noon() + minutes(4)).await), "taken");
    line.intake.sweep(noon() + minutes(6)).await.unwrap();
    line.intake.sweep(noon() + minutes(7)).await.unwrap();
    assert_eq!(line.sink.texts(), ["TD", "别人的", "第一条\n第二条\n第三条上第三条下"]);
    assert_eq!(line.sink.taken.lock().unwrap()[2].0.count(), 3);
    assert_eq!(line.store.waiting(), 0);
}

#[tokio::test]
async fn joining_does_not_put_a_tip_off_for_ever() {
    let waits = Waits { join: minutes(3), join_at_most: minutes(6), ..Waits::default() };
    let line = Line::new(waits);
    for index in 0..5 {
        line.send(
            &message(&index.to_string(), "+8613900000001", &index.to_string()),
            noon() + minutes(index * 2),
        )
        .await;
    }
    assert_eq!(line.sink.texts(), ["0\n1\n2"], "after six minutes a new one begins");
}
