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
