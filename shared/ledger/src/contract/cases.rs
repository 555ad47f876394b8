//! Cases and their versions.

use dengwen_model::{AssignmentState, CaseStage, DeadlineState, Outcome, Priority};

use super::samples::{Maker, UNIT, at, code};
use super::{TestDatabase, begin, commit, in_parallel, migrated, read};
use crate::{CaseFilter, CaseRecord, LedgerError, OverdueOn};

/// A case comes back as it was stored, and changed as it was changed.
pub async fn cases_are_kept(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(21);
    let records: Vec<CaseRecord> = (1..=40).map(|n| maker.case(&format!("990000-2026-{n:06}"))).collect();
    let mut work = begin(&ledger).await;
    work.insert_case(&records[0]).await.expect("inserted");
    work.insert_cases(&records[1..]).await.expect("inserted");
    work.insert_cases(&[]).await.expect("nothing to do");
    commit(work).await;

    let mut work = begin(&ledger).await;
    let mut record = work.case(records[0].case.id).await.expect("read").expect("there");
    assert_eq!(record, records[0]);
    let assignment = maker.assignment(record.case.id).assignment;
    record.case.stage = record.case.stage.dispatch(code(UNIT), assignment.id).expect("legal");
    record.case.priority = Priority::MOST_URGENT;
    record.case.tips = 7;
    record.case.late_tips = 2;
    record.case.updated_at = at(50);
    record.file = maker.bytes(500);
    work.update_case(&record).await.expect("updated");
    work.update_cases(&records[1..3]).await.expect("updated");
    work.update_cases(&[]).await.expect("nothing to do");
    commit(work).await;

    let mut work = read(&ledger).await;
    record.case.version = 2;
    assert_eq!(work.case(record.case.id).await.expect("read"), Some(record));
    assert_eq!(work.case(maker.case_id()).await.expect("read"), None);
    let late = CaseFilter { late: true, limit: 10, ..CaseFilter::default() };
    let late: Vec<_> = work.cases(&late).await.expect("listed").into_iter().map(|r| r.case.id).collect();
    assert_eq!(late, [records[0].case.id]);
    let mut asked = vec![maker.case_id()];
    asked.extend(records[1..].iter().rev().map(|record| record.case.id));
    let found = work.cases_by_id(&asked).await.expect("read");
    let mut wanted = records[1..].to_vec();
    wanted[0].case.version = 2;
    wanted[1].case.version = 2;
    wanted.sort_by_key(|record| record.case.id);
    assert_eq!(found, wanted);
    let mut numbers = work.case_numbers(&asked).await.expect("read");
    numbers.sort_unstable();
    let wanted: Vec<_> = wanted.into_iter().map(|record| (record.case.id, record.case.number)).collect();
    assert_eq!(numbers, wanted);
    let counts = work.count_cases().await.expect("counted");
    assert_eq!(counts, [("dispatched".to_owned(), 1), ("opened".to_owned(), 39)]);
}

/// A change names the version it read; who comes second with the same one is told, and so is who changes
/// what is not there.
pub async fn a_stale_case_is_a_conflict(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(22);
    let (one, two) = (maker.case("990000-2026-000001"), maker.case("990000-2026-000002"));
    let mut work = begin(&ledger).await;
    work.insert_cases(&[one.clone(), two.clone()]).await.expect("inserted");
    commit(work).await;

    let stale = read(&ledger).await.case(one.case.id).await.expect("read").expect("there");
    let mut work = begin(&ledger).await;
    work.update_case(&one).await.expect("updated");
    commit(work).await;
    let mut work = begin(&ledger).await;
    let refused = work.update_cases(&[two.clone(), stale]).await;
    assert!(matches!(refused, Err(LedgerError::Conflict { table: "cases" })));
    drop(work);
    let mut work = begin(&ledger).await;
    let unknown = maker.case("990000-2026-000003");
    assert!(matches!(work.update_case(&unknown).await, Err(LedgerError::Conflict { table: "cases" })));
    drop(work);
    let mut work = begin(&ledger).await;
    let number_taken = maker.case("990000-2026-000002");
    assert!(matches!(work.insert_case(&number_taken).await, Err(LedgerError::Conflict { table: "cases" })));
    drop(work);
    assert_eq!(read(&ledger).await.case(two.case.id).await.expect("read"), Some(two));
}

/// Cases that nobody can get hold of are found: no unit yet, or no running assignment of it; not before their
/// time, and the longest first.
pub async fn cases_left_behind_are_found(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(24);
    let mut records: Vec<CaseRecord> = (1..=5).map(|n| maker.case(&format!("990000-2026-{n:06}"))).collect();
    let mut work = begin(&ledger).await;
    let (mut over, running) = (maker.assignment(records[2].case.id), maker.assignment(records[3].case.id));
    over.assignment.state = AssignmentState::Done;
    for (n, record) in (0i64..).zip(&mut records) {
        record.case.updated_at = at(100 - n);
    }
    for (record, held) in [(2, &over), (3, &running), (4, &maker.assignment(records[4].case.id))] {
        let stage = records[record].case.stage.clone();
        records[record].case.stage = stage.dispatch(code(UNIT), held.assignment.id).expect("legal");
    }
    work.insert_cases(&records).await.expect("inserted");
    for assignment in [&over, &running] {
        work.insert_assignment(assignment).await.expect("inserted");
    }
    commit(work).await;

    let mut work = read(&ledger).await;
    let id = |n: usize| records[n].case.id;
    let all = work.cases_left_behind(at(101), 10).await.expect("read");
    assert_eq!(all, [id(4), id(2), id(1), id(0)], "the fourth has a unit that can pull it");
    assert_eq!(work.cases_left_behind(at(101), 2).await.expect("read"), [id(4), id(2)]);
    assert_eq!(work.cases_left_behind(at(98), 10).await.expect("read"), [id(4)], "not changed before then");
}

/// A case that a writing unit of work read stays as it is until that one ends: nobody needs a second try.
pub async fn changes_of_a_case_do_not_get_lost(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(23);
    let record = maker.case("990000-2026-000001");
    let id = record.case.id;
    let mut work = begin(&ledger).await;
    work.insert_case(&record).await.expect("inserted");
    commit(work).await;
    in_parallel(database, 8, |ledger, n| async move {
        for _ in 0..5 {
            let mut work = begin(&ledger).await;
            let mut record = if n % 2 == 0 {
                work.case(id).await.expect("read").expect("there")
            } else {
                work.cases_by_id(&[id]).await.expect("read").remove(0)
            };
            record.case.tips += 1;
            work.update_case(&record).await.expect("nobody was faster");
            commit(work).await;
        }
    })
    .await;
    let after = read(&ledger).await.case(id).await.expect("read").expect("there");
    assert_eq!((after.case.tips, after.case.version), (41, 41));
}

/// Listing filters, orders and pages, also through cases opened in one instant.
pub async fn cases_are_listed_newest_first(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(24);
    let mut records: Vec<CaseRecord> =
        (0..9).map(|n| maker.case(&format!("990000-2026-{:06}", n + 1))).collect();
    for (n, record) in records.iter_mut().enumerate() {
        // Three in each instant.
        record.case.opened_at = at(n as i64 / 3);
    }
    records[4].case.received_by = code("990100");
    let stage = CaseStage::Verifying {
        unit: code(UNIT),
        assignment: maker.assignment(records[5].case.id).assignment.id,
        responsible: maker.officer(),
        rework: 1,
    };
    records[5].case.stage = stage;
    records[6].case.stage = CaseStage::Closed { outcome: Some(Outcome::O3) };
    records[7].case.late_tips = 1;
    let mut work = begin(&ledger).await;
    work.insert_cases(&records).await.expect("inserted");
    commit(work).await;

    let mut newest_first: Vec<_> = records.iter().map(|r| (r.case.opened_at, r.case.id)).collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let mut work = read(&ledger).await;
    let mut paged = Vec::new();
    let mut filter = CaseFilter { limit: 2, ..CaseFilter::default() };
    loop {
        let page = work.cases(&filter).await.expect("listed");
        let Some(last) = page.last() else { break };
        (filter.before, filter.before_case) = (Some(last.case.opened_at), Some(last.case.id));
        paged.extend(page.into_iter().map(|record| (record.case.opened_at, record.case.id)));
    }
    assert_eq!(paged, newest_first);

    let by = |filter: CaseFilter| CaseFilter { limit: 100, ..filter };
    let handled = by(CaseFilter { handled_by: Some(code(UNIT)), ..CaseFilter::default() });
    assert_eq!(work.cases(&handled).await.expect("listed"), [records[5].clone()]);
    let received = by(CaseFilter { received_by: Some(code("990100")), ..CaseFilter::default() });
    assert_eq!(work.cases(&received).await.expect("listed"), [records[4].clone()]);
    let closed = by(CaseFilter { stage: Some("closed"), ..CaseFilter::default() });
    assert_eq!(work.cases(&closed).await.expect("listed"), [records[6].clone()]);
    let late = by(CaseFilter { late: true, ..CaseFilter::default() });
    assert_eq!(work.cases(&late).await.expect("listed"), [records[7].clone()]);
    let before = by(CaseFilter { before: Some(at(1)), ..CaseFilter::default() });
    assert_eq!(work.cases(&before).await.expect("listed").len(), 3);
}

/// Cases are found by the end of their number, by leaf, urgency and what is overdue, and by the units they passed.
pub async fn cases_are_found(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(25);
    let numbers =
        ["990000-2026-000012", "990000-2026-000112", "990121-ZZB-2026-1000112", "990000-2025-000013"];
    let mut records: Vec<CaseRecord> = numbers.iter().map(|number| maker.case(number)).collect();
    for (n, record) in (0i64..).zip(&mut records) {
        record.case.opened_at = at(n);
        record.case.priority = Priority::LEAST_URGENT;
    }
    records[1].case.category = "B01".parse().expect("a leaf");
    records[2].case.priority = Priority::MOST_URGENT;
    records[3].case.received_by = code("990100");
    let mut gone = maker.assignment(records[0].case.id);
    (gone.assignment.unit, gone.assignment.state) = (code("990121-ZZB"), AssignmentState::Done);
    let held = maker.assignment(records[1].case.id).assignment.id;
    records[1].case.stage = CaseStage::Opened.dispatch(code("990122-ZZB"), held).expect("legal");
    let mut work = begin(&ledger).await;
    work.insert_cases(&records).await.expect("inserted");
    work.insert_assignment(&gone).await.expect("inserted");
    for (record, rule, due, state) in [
        (0, "DL-CHK", "2026-03-02", DeadlineState::Open),
        (1, "DL-CHK", "2026-03-03", DeadlineState::Open),
        (1, "DL-OBJ", "2026-03-02", DeadlineState::Overdue { level: 1 }),
        (2, "DL-CHK", "2026-03-02", DeadlineState::Cancelled),
        (3, "DL-FB", "2026-02-02", DeadlineState::Overdue { level: 2 }),
    ] {
        let mut limit = maker.deadline(records[record].case.id);
        (limit.rule, limit.due, limit.state) =
            (rule.parse().expect("a rule"), due.parse().expect("a day"), state);
        assert!(work.insert_deadline(&limit, None).await.expect("inserted"));
    }
    commit(work).await;

    let mut work = read(&ledger).await;
    let all = || CaseFilter { limit: 10, ..CaseFilter::default() };
    let end = |text: &str| CaseFilter { number_end: Some(text.to_owned()), ..all() };
    let within =
        |units: &[&str]| CaseFilter { within: units.iter().map(|unit| code(unit)).collect(), ..all() };
    let today = "2026-03-03".parse().expect("a day");
    let overdue = |except| CaseFilter { overdue: Some(OverdueOn { today, except }), ..all() };
    for (filter, found) in [
        (end("990000-2026-000012"), vec![0]),
        (end("12"), vec![2, 1, 0]),
        (end("000112"), vec![2, 1]),
        (end("zzb-2026-1000112"), vec![2]),
        (end("1000112"), vec![2]),
        (end("-2026-000112"), vec![1]),
        (end("990000"), vec![]),
        (CaseFilter { category: Some("B01".parse().expect("a leaf")), ..all() }, vec![1]),
        (CaseFilter { priority: Some(Priority::MOST_URGENT), ..all() }, vec![2]),
        (overdue(&["DL-OBJ"]), vec![3, 0]),
        (overdue(&[]), vec![3, 1, 0]),
        (CaseFilter { category: Some("B01".parse().expect("a leaf")), ..end("12") }, vec![1]),
        (within(&["990100"]), vec![3]),
        (within(&["990121-ZZB", "990122-ZZB"]), vec![1, 0]),
        (within(&["990199"]), vec![]),
    ] {
        let listed = work.cases(&filter).await.expect("listed");
        let wanted: Vec<_> = found.iter().map(|n: &usize| records[*n].case.id).collect();
        assert_eq!(listed.iter().map(|record| record.case.id).collect::<Vec<_>>(), wanted, "{filter:?}");
    }
}
