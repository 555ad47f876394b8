//! The link index.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dengwen_model::{CaseStage, IllegalTransition, Outcome, TipId};

use super::samples::{Maker, at};
use super::{TestDatabase, begin, commit, in_parallel, migrated, read};
use crate::{LinkEntry, UnitOfWork};

async fn found(work: &mut Box<dyn UnitOfWork>, keys: &[i64], per_key: u32) -> Vec<TipId> {
    let entries = work.links_by_keys(keys, per_key).await.expect("looked up");
    entries.into_iter().map(|entry| entry.tip).collect()
}

/// Each entry that shares a key is found once, the newest first, so many for each key.
pub async fn entries_are_found_by_their_keys(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(91);
    let link = |keys: &[i64]| maker.link(&maker.tip(maker.case_id()), keys);
    let mut entries = vec![
        link(&[5, i64::MIN, 77]),
        link(&[5, i64::MAX]),
        link(&[5, 5, -1]),
        link(&[]),
        link(&[i64::MAX, -1]),
    ];
    entries.extend((0..200).map(|n| link(&[1_000 + n, 2_000])));
    let mut work = begin(&ledger).await;
    assert_eq!(work.last_link().await.expect("read"), 0);
    work.insert_links(&[]).await.expect("nothing to do");
    work.insert_links(&entries[..2]).await.expect("inserted");
    work.insert_links(&entries[2..]).await.expect("inserted");
    commit(work).await;

    let mut work = read(&ledger).await;
    let tip = |n: usize| entries[n].tip;
    assert_eq!(found(&mut work, &[5], 9).await, [tip(2), tip(1), tip(0)]);
    assert_eq!(found(&mut work, &[5], 2).await, [tip(2), tip(1)]);
    assert_eq!(found(&mut work, &[i64::MAX, -1, 5, 5], 2).await, [tip(4), tip(2), tip(1)]);
    assert_eq!(found(&mut work, &[i64::MIN], 1).await, [tip(0)]);
    assert_eq!(found(&mut work, &[6], 9).await, []);
    assert_eq!(found(&mut work, &[], 9).await, []);
    assert_eq!(found(&mut work, &[2_000], 3).await, [tip(204), tip(203), tip(202)]);
    assert_eq!(work.last_link().await.expect("read"), 205);

    let mut whole = Vec::new();
    for _ in 0..4 {
        whole.extend(work.links_after(whole.len() as i64, 90).await.expect("read"));
    }
    for (n, entry) in entries.iter_mut().enumerate() {
        entry.seq = n as i64 + 1;
    }
    assert_eq!(whole, entries);
}

/// Cases with a tip under a key are found while they are not over, each once, the newest first.
pub async fn open_cases_are_found_by_their_keys(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(93);
    let mut work = begin(&ledger).await;
    let mut open = Vec::new();
    for (n, stage) in every_stage(&maker).into_iter().enumerate() {
        let mut record = maker.case(&format!("990000-2026-{n:06}"));
        record.case.opened_at = at(n as i64);
        record.case.stage = stage;
        let links =
            [&[11_i64, 12][..], &[11], &[13]].map(|keys| maker.link(&maker.tip(record.case.id), keys));
        work.insert_case(&record).await.expect("inserted");
        work.insert_links(&links).await.expect("inserted");
        if !record.case.stage.is_final() {
            open.push(record);
        }
    }
    let elsewhere = maker.case("990000-2026-000099");
    work.insert_case(&elsewhere).await.expect("inserted");
    work.insert_links(&[maker.link(&maker.tip(elsewhere.case.id), &[i64::MIN])]).await.expect("inserted");
    commit(work).await;

    open.reverse();
    let mut work = read(&ledger).await;
    assert_eq!(work.open_cases_by_keys(&[11], 50).await.expect("read"), open);
    assert_eq!(work.open_cases_by_keys(&[12, 13, 11, 11], 50).await.expect("read"), open);
    assert_eq!(work.open_cases_by_keys(&[12], 2).await.expect("read"), open[..2]);
    assert_eq!(work.open_cases_by_keys(&[i64::MIN, 14], 50).await.expect("read"), [elsewhere]);
    assert_eq!(work.open_cases_by_keys(&[14], 50).await.expect("read"), []);
    assert_eq!(work.open_cases_by_keys(&[], 50).await.expect("read"), []);
}

/// A stage of each kind.
fn every_stage(maker: &Maker) -> Vec<CaseStage> {
    let (unit, responsible) = (super::samples::code(super::samples::UNIT), maker.officer());
    let (assignment, outcome) = (maker.assignment(maker.case_id()).assignment.id, Outcome::O3);
    let dispatched = CaseStage::Dispatched { unit, assignment };
    let step = |stage: Result<CaseStage, IllegalTransition>| stage.expect("a legal step");
    let verifying = step(dispatched.clone().accept(responsible));
    let reported = step(verifying.clone().report());
    let concluded = step(reported.clone().conclude(outcome));
    let fed_back = step(concluded.clone().feed_back());
    vec![
        CaseStage::Opened,
        step(dispatched.clone().object(None)),
        step(dispatched.clone().refer(super::samples::code("R_12388"))),
        step(dispatched.clone().pass_up(None)),
        step(dispatched.clone().keep("empty".to_owned())),
        step(fed_back.clone().close()),
        dispatched,
        verifying,
        reported,
        concluded,
        fed_back,
    ]
}

/// A moved entry is found under its keys with its new case, and whoever follows the index sees it again.
pub async fn a_moved_entry_counts_as_new(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(92);
    let (here, there) = (maker.case_id(), maker.case_id());
    let entries = [maker.link(&maker.tip(here), &[1, 2, 2]), maker.link(&maker.tip(here), &[1])];
    let mut work = begin(&ledger).await;
    work.insert_links(&entries).await.expect("inserted");
    work.move_link(entries[0].tip, there).await.expect("moved");
    work.move_link(maker.tip(here).id, there).await.expect("a tip without an entry");
    commit(work).await;

    let mut work = read(&ledger).await;
    let moved = LinkEntry { case: there, seq: 3, ..entries[0].clone() };
    let kept = LinkEntry { seq: 2, ..entries[1].clone() };
    assert_eq!(work.links_after(0, 9).await.expect("read"), [kept.clone(), moved.clone()]);
    assert_eq!(work.links_after(2, 9).await.expect("read"), std::slice::from_ref(&moved));
    assert_eq!(work.links_by_keys(&[1], 9).await.expect("read"), [moved.clone(), kept]);
    assert_eq!(work.links_by_keys(&[2], 9).await.expect("read"), [moved]);
}

/// Who reads on after the last entry it saw, while several write and some give up, sees every entry.
pub async fn no_entry_is_missed_by_a_follower(database: &dyn TestDatabase) {
    const WRITERS: usize = 5;
    const ROUNDS: usize = 12;
    migrated(database).await.close().await;
    let writing = Arc::new(AtomicUsize::new(WRITERS));
    let seen = in_parallel(database, WRITERS + 1, |ledger, n| {
        let writing = Arc::clone(&writing);
        async move {
            if n == WRITERS {
                return follow(&ledger, &writing).await;
            }
            let maker = Maker::new(900 + n as u64);
            let mut mine = Vec::new();
            for round in 0..ROUNDS {
                let case = maker.case_id();
                let entries = [maker.link(&maker.tip(case), &[n as i64]), maker.link(&maker.tip(case), &[7])];
                let mut work = begin(&ledger).await;
                work.insert_links(&entries).await.expect("inserted");
                if (n + round) % 4 != 0 {
                    commit(work).await;
                    mine.extend(entries.map(|entry| entry.tip));
                }
            }
            writing.fetch_sub(1, Ordering::SeqCst);
            mine
        }
    })
    .await;
    let (seen, written) = seen.split_last().expect("the follower's");
    let mut written: Vec<TipId> = written.concat();
    written.sort_unstable();
    let mut seen = seen.clone();
    seen.sort_unstable();
    assert_eq!(seen, written);
}

async fn follow(ledger: &Arc<dyn crate::Ledger>, writing: &AtomicUsize) -> Vec<TipId> {
    let mut seen = Vec::new();
    let mut last = 0;
    loop {
        let over = writing.load(Ordering::SeqCst) == 0;
        let page = read(ledger).await.links_after(last, 3).await.expect("read");
        if let Some(entry) = page.last() {
            last = entry.seq;
        } else if over {
            return seen;
        }
        seen.extend(page.into_iter().map(|entry| entry.tip));
    }
}
