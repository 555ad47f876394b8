//! The outbox: what is taken is taken once, and back if it was not committed.

use std::collections::HashSet;

use dengwen_model::MessageId;

use super::samples::Maker;
use super::{TestDatabase, begin, commit, in_parallel, migrated, read};
use crate::OutboxRecord;

/// Messages come out as they went in, the oldest first.
pub async fn messages_are_taken_in_order(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(51);
    let messages: Vec<OutboxRecord> = (0..200).map(|n| maker.message(&format!("cases.{n}"))).collect();
    let mut work = begin(&ledger).await;
    work.enqueue(&[]).await.expect("nothing to do");
    work.enqueue(&messages[..150]).await.expect("queued");
    commit(work).await;
    let mut work = begin(&ledger).await;
    work.enqueue(&messages[150..]).await.expect("queued");
    commit(work).await;
    assert_eq!(read(&ledger).await.count_outbox().await.expect("counted"), 200);

    let mut taken = Vec::new();
    for max in [1, 120, 1_000] {
        let mut work = begin(&ledger).await;
        taken.extend(work.take_outbox(max).await.expect("taken"));
        commit(work).await;
    }
    assert_eq!(taken, messages);
    let mut work = begin(&ledger).await;
    assert_eq!(work.take_outbox(10).await.expect("empty"), []);
    assert_eq!(work.count_outbox().await.expect("counted"), 0);
}

/// What a relay took and did not commit is there again: given up, or dropped, as by a crash.
pub async fn messages_come_back(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(52);
    let messages: Vec<OutboxRecord> = (0..3).map(|_| maker.message("replies.web-1")).collect();
    let mut work = begin(&ledger).await;
    work.enqueue(&messages).await.expect("queued");
    commit(work).await;

    let mut work = begin(&ledger).await;
    assert_eq!(work.take_outbox(2).await.expect("taken"), messages[..2]);
    assert_eq!(work.take_outbox(2).await.expect("taken"), messages[2..]);
    work.roll_back().await.expect("given up");
    let mut work = begin(&ledger).await;
    assert_eq!(work.take_outbox(9).await.expect("taken"), messages);
    drop(work);
    // The locks of what was dropped are free a moment later; until then its messages are passed over.
    let mut back = Vec::new();
    for _ in 0..10_000 {
        let mut work = begin(&ledger).await;
        back = work.take_outbox(9).await.expect("taken");
        work.roll_back().await.expect("given up");
        if !back.is_empty() {
            break;
        }
    }
    assert_eq!(back, messages);
}

/// Relays that run at the same time, and now and then fail, take each message out once.
pub async fn messages_are_taken_once_by_many_relays(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(53);
    let messages: Vec<OutboxRecord> = (0..120).map(|_| maker.message("cases.opened")).collect();
    let mut work = begin(&ledger).await;
    work.enqueue(&messages).await.expect("queued");
    commit(work).await;

    let taken = in_parallel(database, 4, |ledger, n| async move {
        let mut mine: Vec<MessageId> = Vec::new();
        // At most as often as there is something to take.
        for round in n..n + 121 {
            let mut work = begin(&ledger).await;
            let taken = work.take_outbox(7).await.expect("taken");
            if taken.is_empty() {
                break;
            }
            if round % 3 != 0 {
                commit(work).await;
                mine.extend(taken.into_iter().map(|message| message.id));
            } else {
                // Given up for good before the next round: what is merely dropped stays locked for a
                // moment, and a relay that then sees nothing would leave it behind.
                work.roll_back().await.expect("given up");
            }
        }
        mine
    })
    .await;
    let taken: Vec<_> = taken.into_iter().flatten().collect();
    assert_eq!(taken.len(), 120);
    assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 120);
    assert_eq!(read(&ledger).await.count_outbox().await.expect("counted"), 0);
}

/// Messages can be looked at without a lock and removed afterwards, those and no others.
pub async fn messages_are_looked_at_and_forgotten(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(54);
    let messages: Vec<OutboxRecord> = (0..5).map(|_| maker.message("cases.opened")).collect();
    let mut work = begin(&ledger).await;
    work.enqueue(&messages).await.expect("queued");
    commit(work).await;

    let mut reading = read(&ledger).await;
    let (places, seen): (Vec<i64>, Vec<OutboxRecord>) =
        reading.peek_outbox(3).await.expect("read").into_iter().unzip();
    assert_eq!(seen, messages[..3]);
    let mut work = begin(&ledger).await;
    work.forget_outbox(&places[..2]).await.expect("removed");
    commit(work).await;
    let mut work = begin(&ledger).await;
    work.forget_outbox(&places[1..2]).await.expect("gone already");
    work.forget_outbox(&[]).await.expect("nothing to do");
    assert_eq!(work.take_outbox(9).await.expect("taken"), messages[2..]);
}
