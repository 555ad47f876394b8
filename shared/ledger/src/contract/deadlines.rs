//! Deadlines, the clock's look at them, and the ladder.

use std::collections::HashSet;

use dengwen_model::{Deadline, DeadlineState};

use super::samples::{Maker, at};
use super::{TestDatabase, begin, commit, in_parallel, migrated, read};
use crate::{LadderStep, LedgerError};

/// A deadline comes back as it was stored, and changed as it was changed.
pub async fn deadlines_are_kept(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(41);
    let case = maker.case_id();
    let older = maker.deadline(case);
    let mut newer = Deadline { start: at(20), ..maker.deadline(case) };
    let others: Vec<_> = (0..40).map(|_| (maker.deadline(maker.case_id()), None)).collect();
    let mut work = begin(&ledger).await;
    assert!(work.insert_deadline(&newer, Some(at(300))).await.expect("inserted"));
    assert!(!work.insert_deadline(&newer, Some(at(1))).await.expect("there"));
    assert_eq!(work.insert_deadlines(&others).await.expect("inserted"), 40);
    let batch = [(older.clone(), None), (newer.clone(), None)];
    assert_eq!(work.insert_deadlines(&batch).await.expect("one was there"), 1);
    assert_eq!(work.insert_deadlines(&[]).await.expect("nothing to do"), 0);
    commit(work).await;

    let mut work = begin(&ledger).await;
    assert_eq!(work.deadlines_of_case(case).await.expect("read"), [older.clone(), newer.clone()]);
    newer.state = DeadlineState::Overdue { level: 2 };
    newer.extensions = 1;
    work.update_deadline(&newer, None).await.expect("updated");
    let unknown = work.update_deadline(&maker.deadline(case), None).await;
    assert!(matches!(unknown, Err(LedgerError::Conflict { table: "deadlines" })));
    commit(work).await;
    assert_eq!(read(&ledger).await.deadlines_of_case(case).await.expect("read"), [older, newer]);
}

/// All that run are found, page by page, and nothing else.
pub async fn running_deadlines_are_paged(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(43);
    let made = |state| Deadline { state, ..maker.deadline(maker.case_id()) };
    let running = [DeadlineState::Open, DeadlineState::Overdue { level: 3 }].map(made);
    let over = [DeadlineState::Met { at: at(9) }, DeadlineState::Cancelled].map(made);
    let mut work = begin(&ledger).await;
    let all: Vec<_> = running.iter().chain(&over).map(|deadline| (deadline.clone(), None)).collect();
    work.insert_deadlines(&all).await.expect("inserted");
    commit(work).await;
    let mut found = Vec::new();
    let mut work = read(&ledger).await;
    loop {
        let after = found.last().map(|deadline: &Deadline| deadline.id);
        let page = work.running_deadlines(after, 1).await.expect("read");
        assert!(page.len() <= 1);
        let Some(one) = page.into_iter().next() else { break };
        found.push(one);
    }
    let ids = |deadlines: &[Deadline]| deadlines.iter().map(|deadline| deadline.id).collect::<HashSet<_>>();
    assert_eq!(found.len(), 2, "each once");
    assert_eq!(ids(&found), ids(&running));
}

/// Those that run and whose last day is provisional are found, page by page, until they are counted again.
pub async fn provisional_deadlines_are_paged(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(48);
    let made = |provisional, state| Deadline { provisional, state, ..maker.deadline(maker.case_id()) };
    let mut wanted = vec![
        made(true, DeadlineState::Open),
        made(true, DeadlineState::Overdue { level: 2 }),
        made(true, DeadlineState::Open),
    ];
    let others = [
        made(false, DeadlineState::Open),
        made(true, DeadlineState::Met { at: at(9) }),
        made(true, DeadlineState::Cancelled),
    ];
    let mut work = begin(&ledger).await;
    let all: Vec<_> = wanted.iter().chain(&others).map(|deadline| (deadline.clone(), None)).collect();
    work.insert_deadlines(&all).await.expect("inserted");
    commit(work).await;

    wanted.sort_by_key(|deadline| deadline.id);
    let mut work = read(&ledger).await;
    assert_eq!(work.provisional_deadlines(None, 2).await.expect("read"), wanted[..2]);
    assert_eq!(work.provisional_deadlines(Some(wanted[1].id), 2).await.expect("read"), wanted[2..]);
    assert_eq!(work.provisional_deadlines(Some(wanted[2].id), 2).await.expect("read"), []);
    drop(work);

    let counted = Deadline { provisional: false, ..wanted.remove(1) };
    let mut work = begin(&ledger).await;
    work.update_deadline(&counted, None).await.expect("updated");
    commit(work).await;
    assert_eq!(read(&ledger).await.provisional_deadlines(None, 9).await.expect("read"), wanted);
}

/// The clock gets what is due, the most overdue first, and nothing that does not run.
pub async fn only_running_deadlines_are_stepped(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(42);
    let case = maker.case_id();
    let made = |state| Deadline { state, ..maker.deadline(case) };
    let soon = made(DeadlineState::Open);
    let late = made(DeadlineState::Overdue { level: 1 });
    let later = made(DeadlineState::Open);
    let met = made(DeadlineState::Met { at: at(9) });
    let cancelled = made(DeadlineState::Cancelled);
    let never = made(DeadlineState::Open);
    let mut work = begin(&ledger).await;
    let next = |seconds| Some(at(seconds));
    let all = [
        (soon.clone(), next(200)),
        (late.clone(), next(100)),
        (later.clone(), next(201)),
        (met, next(1)),
        (cancelled, next(1)),
        (never, None),
    ];
    work.insert_deadlines(&all).await.expect("inserted");
    assert_eq!(work.deadlines_to_step(at(99), 10).await.expect("none"), []);
    assert_eq!(work.deadlines_to_step(at(200), 10).await.expect("read"), [late.clone(), soon.clone()]);
    assert_eq!(work.deadlines_to_step(at(200), 1).await.expect("read"), std::slice::from_ref(&late));

    let met = Deadline { state: DeadlineState::Met { at: at(150) }, ..late };
    work.update_deadline(&met, next(50)).await.expect("updated");
    work.update_deadline(&later, next(150)).await.expect("updated");
    commit(work).await;
    let mut work = begin(&ledger).await;
    assert_eq!(work.deadlines_to_step(at(200), 10).await.expect("read"), [later, soon]);
}

/// A step of a deadline is recorded once, whoever comes first.
pub async fn a_step_is_recorded_once(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(43);
    let deadline = maker.deadline(maker.case_id());
    let steps = [maker.step(&deadline, 0), maker.step(&deadline, 1)];
    let recorded = {
        let step = steps[1].clone();
        in_parallel(database, 8, move |ledger, _| {
            let step = step.clone();
            async move {
                let mut work = begin(&ledger).await;
                let recorded = work.record_step(&step).await.expect("recorded or there");
                commit(work).await;
                recorded
            }
        })
        .await
    };
    assert_eq!(recorded.into_iter().filter(|recorded| *recorded).count(), 1);

    let mut work = begin(&ledger).await;
    assert!(work.record_step(&steps[0]).await.expect("recorded"));
    let other = maker.deadline(deadline.case);
    assert!(work.record_step(&maker.step(&other, 1)).await.expect("recorded"));
    commit(work).await;
    let mut work = read(&ledger).await;
    let stored = work.steps_of_case(deadline.case).await.expect("read");
    assert_eq!(stored.len(), 3);
    assert_eq!(stored[0], steps[0]);
    assert!(stored.contains(&steps[1]));
    assert_eq!(work.steps_of_case(maker.case_id()).await.expect("read"), []);
}

/// A deadline that was extended and passes again takes its steps again, each once; and the warnings of one
/// run are told apart.
pub async fn a_step_is_recorded_once_a_run(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(47);
    let first = maker.deadline(maker.case_id());
    let extended = Deadline { extensions: 1, ..first.clone() };
    let warning = |nth, deadline| LadderStep { nth, ..maker.step(deadline, 0) };
    let steps = [
        warning(0, &first),
        warning(1, &first),
        maker.step(&first, 1),
        warning(0, &extended),
        maker.step(&extended, 1),
        maker.step(&extended, 2),
    ];
    for once in [true, false] {
        let mut work = begin(&ledger).await;
        for step in &steps {
            assert_eq!(work.record_step(step).await.expect("recorded or there"), once, "{step:?}");
        }
        commit(work).await;
    }
    let mut stored = read(&ledger).await.steps_of_case(first.case).await.expect("read");
    stored.sort_by_key(|step| (step.extension, step.level, step.nth));
    assert_eq!(stored, steps);
}

/// However many clocks run, each due deadline is stepped by one of them.
pub async fn deadlines_are_stepped_once_by_many_clocks(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(44);
    let all: Vec<_> = (0..30).map(|n| (maker.deadline(maker.case_id()), Some(at(n)))).collect();
    let mut work = begin(&ledger).await;
    work.insert_deadlines(&all).await.expect("inserted");
    commit(work).await;
    let stepped = in_parallel(database, 6, |ledger, _| async move {
        let maker = Maker::new(45);
        let mut mine = Vec::new();
        // At most as often as there is something to step.
        for _ in 0..31 {
            let mut work = begin(&ledger).await;
            let due = work.deadlines_to_step(at(100), 4).await.expect("read");
            for deadline in &due {
                assert!(work.record_step(&maker.step(deadline, 1)).await.expect("recorded"));
                let overdue = Deadline { state: DeadlineState::Overdue { level: 1 }, ..deadline.clone() };
                work.update_deadline(&overdue, Some(at(1_000))).await.expect("updated");
            }
            commit(work).await;
            if due.is_empty() {
                break;
            }
            mine.extend(due.into_iter().map(|deadline| deadline.id));
        }
        mine
    })
    .await;
    let stepped: Vec<_> = stepped.into_iter().flatten().collect();
    assert_eq!(stepped.len(), 30);
    assert_eq!(stepped.iter().collect::<HashSet<_>>().len(), 30);
}
