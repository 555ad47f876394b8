//! Units of work: all or nothing, one state, and locks.

use dengwen_model::Role;

use super::samples::{DEPARTMENT, Maker, UNIT, at, chained, code, entry};
use super::{TestDatabase, begin, commit, in_parallel, migrated, read};
use crate::{LedgerError, MailboxRecord, Session, StaffRecord};

/// Nothing of a unit of work remains that was dropped, and what it held is free at once.
pub async fn a_dropped_unit_of_work_leaves_nothing(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(101);
    let case = maker.case("990000-2026-000001");
    let tip = maker.tip(case.case.id);
    for _ in 0..3 {
        let mut work = begin(&ledger).await;
        work.lock_keys(&[3]).await.expect("locked");
        work.next_case_number(&code(DEPARTMENT), 2026).await.expect("a number");
        work.register_tip(&tip).await.expect("registered");
        work.insert_case(&case).await.expect("inserted");
        work.insert_links(&[maker.link(&tip, &[1])]).await.expect("inserted");
        work.enqueue(&[maker.message("cases.opened")]).await.expect("queued");
        let head = work.lock_audit_head().await.expect("locked");
        work.append_audit(&[chained(head.as_ref(), entry("case.opened", "x"))]).await.expect("appended");
        drop(work);
    }
    let mut work = read(&ledger).await;
    assert_eq!(work.tip(tip.id).await.expect("read"), None);
    assert_eq!(work.case(case.case.id).await.expect("read"), None);
    assert_eq!(work.links_after(0, 9).await.expect("read"), []);
    assert_eq!(work.count_outbox().await.expect("counted"), 0);
    assert_eq!(work.audit_from(1, 9).await.expect("read"), []);
    drop(work);
    let mut work = begin(&ledger).await;
    let number = work.next_case_number(&code(DEPARTMENT), 2026).await.expect("a number");
    assert_eq!(number, "990000-2026-000001");
}

/// All reads of a reading unit of work are of one state, whatever is committed meanwhile.
pub async fn a_reading_unit_of_work_sees_one_state(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(102);
    let mut before = read(&ledger).await;
    assert_eq!(before.count_tips().await.expect("counted"), 0);
    let tip = maker.tip(maker.case_id());
    let mut work = begin(&ledger).await;
    work.register_tip(&tip).await.expect("registered");
    work.enqueue(&[maker.message("tips.registered")]).await.expect("queued");
    commit(work).await;
    assert_eq!(before.count_tips().await.expect("counted"), 0);
    assert_eq!(before.count_outbox().await.expect("counted"), 0);
    assert_eq!(before.tip(tip.id).await.expect("read"), None);
    commit(before).await;
    assert_eq!(read(&ledger).await.count_tips().await.expect("counted"), 1);
}

/// Every method that writes or locks is refused to a reading unit of work, which goes on reading.
pub async fn a_reading_unit_of_work_cannot_write(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(103);
    let case = maker.case("990000-2026-000001");
    let id = case.case.id;
    let tip = maker.tip(id);
    let assignment = maker.assignment(id);
    let deadline = maker.deadline(id);
    let officer = maker.officer();
    let staff = StaffRecord {
        id: officer,
        name: "a".to_owned(),
        role: Role::Admin,
        unit: None,
        password_hash: String::new(),
        must_change: false,
        disabled: false,
    };
    let session = Session { token_hash: vec![1], user: officer, expires_at: at(1) };
    let mail = MailboxRecord {
        id: maker.message_id(),
        tip: tip.id,
        from: dengwen_model::MessageFrom::Line,
        at: at(1),
        text: vec![],
    };
    let mut work = read(&ledger).await;
    macro_rules! refused {
        ($($call:expr),* $(,)?) => { $(
            assert!(matches!($call.await, Err(LedgerError::ReadOnly)), stringify!($call));
        )* };
    }
    refused!(
        work.lock_keys(&[1]),
        work.register_tip(&tip),
        work.register_tips(&[]),
        work.move_tip(tip.id, id),
        work.next_case_number(&code(DEPARTMENT), 2026),
        work.next_case_numbers(&code(DEPARTMENT), 2026, 2),
        work.insert_case(&case),
        work.insert_cases(&[]),
        work.update_case(&case),
        work.update_cases(&[]),
        work.insert_assignment(&assignment),
        work.update_assignment(&assignment),
        work.lease_assignments(&code(UNIT), officer, 1, at(1), at(2)),
        work.insert_deadline(&deadline, None),
        work.insert_deadlines(&[]),
        work.update_deadline(&deadline, None),
        work.deadlines_to_step(at(1), 1),
        work.record_step(&maker.step(&deadline, 1)),
        work.enqueue(&[]),
        work.take_outbox(1),
        work.forget_outbox(&[1]),
        work.lock_audit_head(),
        work.append_audit(&[]),
        work.insert_message(&mail),
        work.insert_staff(&staff),
        work.update_staff(&staff),
        work.withdraw_token(officer, at(1), at(2)),
        work.insert_session(&session),
        work.end_other_sessions(officer, &[1]),
        work.delete_session(&[1]),
        work.forget_sessions(at(1)),
        work.replace_units(&[]),
        work.insert_links(&[]),
        work.move_link(tip.id, id),
    );
    assert_eq!(work.case(id).await.expect("read"), None);
    assert_eq!(work.cases_by_id(&[id]).await.expect("read"), []);
    assert_eq!(work.deadlines_of_case(id).await.expect("read"), []);
    assert_eq!(work.assignment(assignment.assignment.id).await.expect("read"), None);
    commit(work).await;
}

/// Who locked a key looks and writes before anyone else who locks the same key looks; other keys beside
/// it, in another order in each, lock nobody out for good.
pub async fn keys_are_locked_until_the_end(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    in_parallel(database, 8, |ledger, n| async move {
        let maker = Maker::new(1_000 + n as u64);
        let mut keys: Vec<i64> = (0..8).map(|key| key - 4).collect();
        keys.rotate_left(n);
        for _ in 0..4 {
            let mut work = begin(&ledger).await;
            work.lock_keys(&keys).await.expect("locked");
            work.lock_keys(&[]).await.expect("nothing to lock");
            let seen = work.links_after(0, 1_000).await.expect("read").len();
            let entry = maker.link(&maker.tip(maker.case_id()), &[seen as i64]);
            work.insert_links(&[entry]).await.expect("inserted");
            commit(work).await;
        }
    })
    .await;
    let entries = read(&ledger).await.links_after(0, 1_000).await.expect("read");
    let seen: Vec<i64> = entries.into_iter().flat_map(|entry| entry.keys).collect();
    assert_eq!(seen, (0..32).collect::<Vec<_>>());
}
