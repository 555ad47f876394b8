//! Assignments and their leases.

use std::collections::HashSet;

use dengwen_model::{AssignmentState, Lease, Priority};

use super::samples::{Maker, UNIT, at, code};
use super::{TestDatabase, begin, commit, in_parallel, migrated, read};
use crate::{AssignmentRecord, LedgerError};

/// An assignment comes back as it was stored, and changed as it was changed.
pub async fn assignments_are_kept(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(31);
    let case = maker.case_id();
    let officer = maker.officer();
    let mut first = maker.assignment(case);
    let mut second = AssignmentRecord { due_at: None, ..maker.assignment(case) };
    second.assignment.assigned_at = at(11);
    let mut work = begin(&ledger).await;
    assert!(work.insert_assignment(&second).await.expect("inserted"));
    assert!(work.insert_assignment(&first).await.expect("inserted"));
    assert!(!work.insert_assignment(&first).await.expect("there"));
    commit(work).await;

    let mut work = begin(&ledger).await;
    assert_eq!(work.assignment(first.assignment.id).await.expect("read"), Some(first.clone()));
    assert_eq!(work.assignment(maker.assignment(case).assignment.id).await.expect("read"), None);
    first.assignment.state = AssignmentState::Accepted { officer, at: at(20) };
    first.due_at = None;
    work.update_assignment(&first).await.expect("updated");
    let stale = work.update_assignment(&first).await;
    assert!(matches!(stale, Err(LedgerError::Conflict { table: "assignments" })));
    first.assignment.version += 1;
    commit(work).await;

    let mut work = read(&ledger).await;
    let of_case = work.assignments_of_case(case).await.expect("read");
    assert_eq!(of_case, [first.clone(), second]);
    assert_eq!(work.assignments_held_by(officer, at(30)).await.expect("read"), [first]);
    assert_eq!(work.assignments_held_by(maker.officer(), at(30)).await.expect("read"), []);
}

/// Most urgent, then the nearest limit, then the oldest; nothing of another unit, nothing that is over.
pub async fn the_most_urgent_is_leased_first(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(32);
    let officer = maker.officer();
    let made = |priority: Priority, due_at: Option<i64>, assigned_at: i64| {
        let mut record = maker.assignment(maker.case_id());
        record.assignment.priority = priority;
        record.assignment.assigned_at = at(assigned_at);
        record.due_at = due_at.map(at);
        record
    };
    let mut wanted = [
        made(Priority::MOST_URGENT, None, 4),
        made(Priority::LEAST_URGENT, Some(500), 3),
        made(Priority::LEAST_URGENT, Some(500), 5),
        made(Priority::LEAST_URGENT, Some(900), 1),
        made(Priority::LEAST_URGENT, None, 0),
    ];
    let mut elsewhere = made(Priority::MOST_URGENT, Some(1), 0);
    elsewhere.assignment.unit = code("990122-ZZB");
    let mut over = made(Priority::MOST_URGENT, Some(1), 0);
    over.assignment.state = AssignmentState::Done;
    let mut work = begin(&ledger).await;
    for record in wanted.iter().rev().chain([&elsewhere, &over]) {
        work.insert_assignment(record).await.expect("inserted");
    }
    commit(work).await;

    let mut work = begin(&ledger).await;
    let unit = code(UNIT);
    let mut leased = work.lease_assignments(&unit, officer, 2, at(50), at(100)).await.expect("leased");
    leased.extend(work.lease_assignments(&unit, officer, 9, at(50), at(100)).await.expect("leased"));
    commit(work).await;
    for record in &mut wanted {
        record.assignment.state = AssignmentState::Leased(Lease { officer, until: at(100) });
        record.assignment.version = 2;
    }
    assert_eq!(leased, wanted);
    let mut work = read(&ledger).await;
    assert_eq!(work.assignment(wanted[0].assignment.id).await.expect("read"), Some(wanted[0].clone()));
    assert_eq!(work.assignments_held_by(officer, at(99)).await.expect("read"), wanted);
}

/// A lease that lapsed puts its item back; its officer does not hold it any more.
pub async fn a_lease_lapses(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(33);
    let (slow, quick) = (maker.officer(), maker.officer());
    let record = maker.assignment(maker.case_id());
    let unit = code(UNIT);
    let mut work = begin(&ledger).await;
    work.insert_assignment(&record).await.expect("inserted");
    assert_eq!(work.lease_assignments(&unit, slow, 5, at(50), at(100)).await.expect("leased").len(), 1);
    assert_eq!(work.lease_assignments(&unit, quick, 5, at(99), at(200)).await.expect("none"), []);
    commit(work).await;

    let mut work = begin(&ledger).await;
    let again = work.lease_assignments(&unit, quick, 5, at(100), at(200)).await.expect("leased");
    assert_eq!(again.len(), 1);
    assert!(again[0].assignment.state.is_held_by(quick, at(150)));
    assert_eq!(again[0].assignment.version, 3);
    commit(work).await;
    let mut work = read(&ledger).await;
    assert_eq!(work.assignments_held_by(slow, at(60)).await.expect("read"), []);
    assert_eq!(work.assignments_held_by(quick, at(150)).await.expect("read"), again);
    assert_eq!(work.assignments_held_by(quick, at(200)).await.expect("read"), []);
}

/// Officers who pull at the same time never get the same item, and leave none.
pub async fn an_assignment_is_leased_to_one_officer(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(34);
    let mut work = begin(&ledger).await;
    for _ in 0..40 {
        work.insert_assignment(&maker.assignment(maker.case_id())).await.expect("inserted");
    }
    commit(work).await;
    let pulled = in_parallel(database, 8, |ledger, n| async move {
        let officer = Maker::new(300 + n as u64).officer();
        let mut mine = Vec::new();
        // At most as often as there is something to pull.
        for _ in 0..41 {
            let mut work = begin(&ledger).await;
            let leased =
                work.lease_assignments(&code(UNIT), officer, 3, at(50), at(100)).await.expect("leased");
            commit(work).await;
            if leased.is_empty() {
                break;
            }
            assert!(leased.iter().all(|record| record.assignment.state.is_held_by(officer, at(60))));
            mine.extend(leased.into_iter().map(|record| record.assignment.id));
        }
        mine
    })
    .await;
    let all: Vec<_> = pulled.into_iter().flatten().collect();
    assert_eq!(all.len(), 40);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 40);
}
