//! Looks that are asked for.

use dengwen_model::CaseStage;

use super::samples::{Maker, UNIT, at, code};
use super::{TestDatabase, begin, commit, migrated, read};

/// A look is due from its instant on until it was made; asked for again, the earlier one stands.
pub async fn looks_are_asked_for_and_made(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(95);
    let cases = [(); 4].map(|()| maker.case_id());
    let mut work = begin(&ledger).await;
    work.ask_looks(&[], at(1)).await.expect("nothing to do");
    work.ask_looks(&[cases[2], cases[0], cases[2]], at(20)).await.expect("asked");
    work.ask_looks(&cases[1..], at(10)).await.expect("asked");
    work.ask_looks(&cases[..2], at(30)).await.expect("asked later");
    commit(work).await;

    let mut work = read(&ledger).await;
    assert_eq!(work.looks_due(at(9), 9).await.expect("read"), []);
    let mut soon = cases[1..].to_vec();
    soon.sort_unstable();
    assert_eq!(work.looks_due(at(10), 9).await.expect("read"), soon);
    assert_eq!(work.looks_due(at(10), 2).await.expect("read"), soon[..2]);
    assert_eq!(work.looks_due(at(30), 9).await.expect("read"), [soon, vec![cases[0]]].concat());
    drop(work);

    let mut work = begin(&ledger).await;
    work.looked_at(&[cases[1], cases[2], maker.case_id()]).await.expect("made");
    work.looked_at(&[]).await.expect("nothing to do");
    commit(work).await;
    assert_eq!(read(&ledger).await.looks_due(at(30), 9).await.expect("read"), [cases[3], cases[0]]);
}

/// A unit has what it was handed and nobody took from it or ended.
pub async fn cases_are_found_by_the_units_that_have_them(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(96);
    let mut records: Vec<_> = (1..=4).map(|n| maker.case(&format!("990000-2026-{n:06}"))).collect();
    let mut hand = |n: usize, unit: &str| {
        let assignment = maker.assignment(records[n].case.id).assignment.id;
        records[n].case.stage = CaseStage::Dispatched { unit: code(unit), assignment };
        records[n].case.id
    };
    let (first, second, elsewhere) = (hand(0, UNIT), hand(1, UNIT), hand(2, "990000-ZZB"));
    let mut work = begin(&ledger).await;
    work.insert_cases(&records).await.expect("inserted");
    commit(work).await;
    let mut held = vec![first, second];
    held.sort_unstable();
    let mut work = read(&ledger).await;
    assert_eq!(work.cases_held_by(&[code(UNIT)]).await.expect("read"), held);
    held.push(elsewhere);
    held.sort_unstable();
    assert_eq!(work.cases_held_by(&[code("990000-ZZB"), code(UNIT)]).await.expect("read"), held);
    assert_eq!(work.cases_held_by(&[]).await.expect("read"), []);
}
