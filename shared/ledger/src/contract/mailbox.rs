//! The reporter's mailbox.

use dengwen_model::MessageFrom;

use super::samples::{Maker, at};
use super::{TestDatabase, begin, commit, migrated, read};
use crate::MailboxRecord;

/// Messages come back oldest first, each once, with nothing of another tip.
pub async fn messages_of_the_mailbox_are_kept(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(71);
    let (tip, other) = (maker.tip(maker.case_id()).id, maker.tip(maker.case_id()).id);
    let made = |tip, from, seconds| MailboxRecord {
        id: maker.message_id(),
        tip,
        from,
        at: at(seconds),
        text: maker.bytes(60),
    };
    let question = made(tip, MessageFrom::Line, 30);
    let answer = made(tip, MessageFrom::Reporter, 40);
    let mut work = begin(&ledger).await;
    for record in [&answer, &question, &made(other, MessageFrom::Line, 35)] {
        assert!(work.insert_message(record).await.expect("inserted"));
    }
    let again = MailboxRecord { at: at(99), ..answer.clone() };
    assert!(!work.insert_message(&again).await.expect("there"));
    commit(work).await;
    let mut work = read(&ledger).await;
    let asked = [answer.id, maker.message_id(), question.id];
    let mut of_both = [question.clone(), answer.clone()];
    assert_eq!(work.messages_of(tip).await.expect("read"), of_both);
    of_both.sort_by_key(|record| record.id);
    assert_eq!(work.messages_by_id(&asked).await.expect("read"), of_both);
    assert_eq!(work.messages_by_id(&[]).await.expect("nothing to do"), []);
    assert_eq!(work.count_messages().await.expect("counted"), 3);
}

/// The messages of a tip are paged from the newest back; a message of another tip ends no page.
pub async fn messages_of_the_mailbox_are_paged(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(72);
    let (tip, other) = (maker.tip(maker.case_id()).id, maker.tip(maker.case_id()).id);
    let made = |tip, seconds| MailboxRecord {
        id: maker.message_id(),
        tip,
        from: MessageFrom::Reporter,
        at: at(seconds),
        text: maker.bytes(20),
    };
    let mut work = begin(&ledger).await;
    // Two in each instant.
    for n in 0..6 {
        assert!(work.insert_message(&made(tip, n / 2)).await.expect("inserted"));
    }
    let foreign = made(other, 9);
    assert!(work.insert_message(&foreign).await.expect("inserted"));
    commit(work).await;

    let mut work = read(&ledger).await;
    let whole = work.messages_of(tip).await.expect("read");
    let (mut paged, mut before) = (Vec::new(), None);
    loop {
        let page = work.messages_before(tip, before, 4).await.expect("read");
        let Some(first) = page.first() else { break };
        before = Some(first.id);
        paged.splice(0..0, page);
    }
    assert_eq!(paged, whole);
    assert_eq!(work.messages_before(tip, Some(foreign.id), 4).await.expect("read"), []);
}
