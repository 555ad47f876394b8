//! Registration exactly once, and finding a tip again.

use std::sync::Arc;

use super::samples::Maker;
use super::{TestDatabase, begin, commit, in_parallel, migrated, read};
use crate::Registration::{AlreadyThere, Registered};
use crate::{NewTip, Registration};

/// The same tip, or another with the same external key, is registered once.
pub async fn a_tip_is_registered_once(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(1);
    let tip = maker.tip(maker.case_id());
    let again = NewTip { external_key: tip.external_key.clone(), ..maker.tip(tip.case) };
    let anonymous = NewTip { external_key: None, ..maker.tip(tip.case) };
    let anonymous_too = NewTip { external_key: None, ..maker.tip(tip.case) };

    let mut work = begin(&ledger).await;
    assert_eq!(work.register_tip(&tip).await.expect("registered"), Registered);
    assert_eq!(work.register_tip(&tip).await.expect("there"), AlreadyThere { tip: tip.id });
    commit(work).await;

    let mut work = begin(&ledger).await;
    let changed = NewTip { reading: vec![1], ..tip.clone() };
    assert_eq!(work.register_tip(&changed).await.expect("there"), AlreadyThere { tip: tip.id });
    assert_eq!(work.register_tip(&again).await.expect("there"), AlreadyThere { tip: tip.id });
    assert_eq!(work.register_tip(&anonymous).await.expect("registered"), Registered);
    assert_eq!(work.register_tip(&anonymous_too).await.expect("registered"), Registered);
    commit(work).await;

    let mut work = read(&ledger).await;
    assert_eq!(work.count_tips().await.expect("counted"), 3);
    let record = work.tip(tip.id).await.expect("read").expect("there");
    assert_eq!(record.tip, tip);
    assert_eq!(record.number, "990000-2026-WEB-000001");
    let asked = [
        (again.id, again.external_key.clone()),
        (anonymous.id, None),
        (again.id, None),
        (tip.id, Some(vec![9; 32])),
    ];
    let known = work.registered(&asked).await.expect("looked up");
    assert_eq!(known, [Some(tip.id), Some(anonymous.id), None, Some(tip.id)]);
}

/// In a batch each tip is new, there, or the same as one before it in the batch.
pub async fn a_batch_of_tips_is_registered_once(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(2);
    let case = maker.case_id();
    let first = maker.tip(case);
    let mut work = begin(&ledger).await;
    work.register_tip(&first).await.expect("registered");
    assert_eq!(work.register_tips(&[]).await.expect("nothing to do"), []);
    commit(work).await;

    // More than one statement's worth.
    let mut batch: Vec<NewTip> = (0..200).map(|_| maker.tip(case)).collect();
    let twin = NewTip { external_key: batch[3].external_key.clone(), ..maker.tip(case) };
    batch.insert(0, first.clone());
    batch.insert(100, twin);
    batch.push(batch[50].clone());
    let mut work = begin(&ledger).await;
    let outcomes = work.register_tips(&batch).await.expect("registered");
    commit(work).await;

    let there: Vec<(usize, Registration)> =
        outcomes.iter().copied().enumerate().filter(|(_, outcome)| *outcome != Registered).collect();
    let twin_of = batch[4].id;
    assert_eq!(
        there,
        [
            (0, AlreadyThere { tip: first.id }),
            (100, AlreadyThere { tip: twin_of }),
            (202, AlreadyThere { tip: batch[50].id }),
        ]
    );
    let mut work = read(&ledger).await;
    let stored = work.tips_of_case(case).await.expect("read");
    assert_eq!(stored.len(), 201);
    let mut numbers: Vec<_> = stored.into_iter().map(|record| record.number).collect();
    numbers.sort();
    let wanted: Vec<_> = (1..=201).map(|n| format!("990000-2026-WEB-{n:06}")).collect();
    assert_eq!(numbers, wanted);
    let asked = [batch[201].id, maker.tip(case).id, first.id];
    let mut wanted = [first.id, batch[201].id];
    wanted.sort();
    let by_id = work.tips_by_id(&asked).await.expect("read");
    assert_eq!(by_id.iter().map(|record| record.tip.id).collect::<Vec<_>>(), wanted);
    assert!(by_id.iter().any(|record| record.tip == batch[201]));
    assert_eq!(work.tips_by_id(&[]).await.expect("nothing to do"), []);
    let last = work.tip(batch[201].id).await.expect("read").expect("there");
    assert_eq!((last.tip, last.number), (batch[201].clone(), "990000-2026-WEB-000201".to_owned()));
}

/// Tips are counted by channel within a period: its beginning is in it, its end is not.
pub async fn tips_are_counted_by_channel(database: &dyn TestDatabase) {
    use super::samples::at;
    use dengwen_model::Channel::{Letter, Sms, Web};

    let ledger = migrated(database).await;
    let maker = Maker::new(5);
    let case = maker.case_id();
    let made = [(Web, 10), (Web, 19), (Sms, 10), (Letter, 9), (Web, 20)];
    let tips = made.map(|(channel, seconds)| NewTip { channel, received_at: at(seconds), ..maker.tip(case) });
    let mut work = begin(&ledger).await;
    work.register_tips(&tips).await.expect("registered");
    commit(work).await;
    let mut work = read(&ledger).await;
    assert_eq!(work.count_tips_by_channel(at(10), at(20)).await.expect("counted"), [(Sms, 1), (Web, 2)]);
    assert_eq!(work.count_tips_by_channel(at(30), at(40)).await.expect("counted"), []);
}

/// Of many that register one matter at the same time, under one id or under one external key, one does.
pub async fn a_tip_is_registered_once_in_parallel(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(3);
    let tip = maker.tip(maker.case_id());
    let tips: Arc<Vec<NewTip>> = Arc::new(
        (0..12)
            .map(|n| match n % 3 {
                0 => tip.clone(),
                _ => NewTip { external_key: tip.external_key.clone(), ..maker.tip(tip.case) },
            })
            .collect(),
    );
    let outcomes = in_parallel(database, 12, |ledger, n| {
        let tips = Arc::clone(&tips);
        async move {
            let mut work = begin(&ledger).await;
            let outcome = work.register_tip(&tips[n]).await.expect("registered or there");
            commit(work).await;
            outcome
        }
    })
    .await;

    let stored = read(&ledger).await.tips_of_case(tip.case).await.expect("read");
    assert_eq!(stored.len(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Registered).count(), 1);
    let winner = stored[0].tip.id;
    assert!(outcomes.iter().all(|o| matches!(o, Registered) || *o == AlreadyThere { tip: winner }));
}

/// A tip is found by its receipt and with its case, and can change its case and nothing else.
pub async fn a_tip_is_found_and_moved(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(4);
    let (here, there) = (maker.case_id(), maker.case_id());
    let older = maker.tip(here);
    let newer = NewTip { registered_at: super::samples::at(9), ..maker.tip(here) };
    let mut work = begin(&ledger).await;
    work.register_tips(&[newer.clone(), older.clone()]).await.expect("registered");
    commit(work).await;

    let mut work = begin(&ledger).await;
    let found = work.tip_by_receipt(&newer.receipt_hash).await.expect("read").expect("there");
    assert_eq!(found.tip, newer);
    assert_eq!(work.tip_by_receipt(&[0; 32]).await.expect("read"), None);
    let ids: Vec<_> =
        work.tips_of_case(here).await.expect("read").into_iter().map(|record| record.tip.id).collect();
    assert_eq!(ids, [older.id, newer.id]);

    work.move_tip(newer.id, there).await.expect("moved");
    let unknown = maker.tip(here).id;
    assert!(matches!(work.move_tip(unknown, there).await, Err(crate::LedgerError::Conflict { .. })));
    commit(work).await;
    let mut work = read(&ledger).await;
    let moved = work.tip(newer.id).await.expect("read").expect("there");
    assert_eq!(moved.tip, NewTip { case: there, ..newer });
    assert_eq!(work.tips_of_case(there).await.expect("read").len(), 1);
    assert_eq!(work.tip(unknown).await.expect("read"), None);
}

/// The tips of a case are paged oldest first, also through those registered in one instant; a tip of another case
/// begins no page.
pub async fn the_tips_of_a_case_are_paged(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(5);
    let (here, there) = (maker.case_id(), maker.case_id());
    let mut tips: Vec<NewTip> = (0..9).map(|_| maker.tip(here)).collect();
    for (n, tip) in tips.iter_mut().enumerate() {
        // Three in each instant.
        tip.registered_at = super::samples::at(n as i64 / 3);
    }
    let foreign = maker.tip(there);
    let mut work = begin(&ledger).await;
    work.register_tips(&tips).await.expect("registered");
    work.register_tip(&foreign).await.expect("registered");
    commit(work).await;

    let mut work = read(&ledger).await;
    let whole = work.tips_of_case(here).await.expect("read");
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = work.tips_of_case_after(here, after, 2).await.expect("read");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.tip.id);
        paged.extend(page);
    }
    assert_eq!(paged, whole);
    assert_eq!(work.tips_of_case_after(here, Some(foreign.id), 9).await.expect("read"), []);
}

/// A register holds the tips of one channel that were registered in its days, each once, page by page.
pub async fn registers_are_read_by_channel_and_day(database: &dyn TestDatabase) {
    use super::samples::at;
    let ledger = migrated(database).await;
    let maker = Maker::new(6);
    let case = maker.case_id();
    let mut tips: Vec<NewTip> = (0..8).map(|_| maker.tip(case)).collect();
    for (n, tip) in tips.iter_mut().enumerate() {
        // Two in each instant.
        tip.registered_at = at(n as i64 / 2);
    }
    tips[3].channel = dengwen_model::Channel::Phone;
    let mut work = begin(&ledger).await;
    work.register_tips(&tips).await.expect("registered");
    commit(work).await;

    let mut work = read(&ledger).await;
    let web = dengwen_model::Channel::Web;
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = work.tips_registered(web, at(1), at(3), after, 2).await.expect("read");
        let Some(last) = page.last() else { break };
        after = Some(last.tip.id);
        paged.extend(page.into_iter().map(|record| record.tip));
    }
    let mut wanted = vec![tips[2].clone(), tips[4].clone(), tips[5].clone()];
    wanted.sort_by_key(|tip| (tip.registered_at, tip.id));
    assert_eq!(paged, wanted, "from the first instant on, before the last, and no call");
}
