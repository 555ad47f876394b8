//! What `verify` finds, and that it finds nothing in a sound ledger.

use std::sync::Arc;

use dengwen_model::{DeadlineState, UserId};

use super::samples::{DEPARTMENT, Maker, UNIT, at, chained, code, entry};
use super::{TestDatabase, begin, commit, migrated, read};
use crate::{
    BrokenPromise, CaseFilter, LadderStep, Ledger, LinkEntry, NewTip, SealedFile, Session, UnitRecord,
    Withdrawal,
};

/// A case with two tips that a unit works on, one that is closed, and one just opened.
async fn sound(ledger: &Arc<dyn Ledger>) -> Vec<NewTip> {
    let maker = Maker::new(121);
    let mut work = begin(ledger).await;
    let numbers = work.next_case_numbers(&code(DEPARTMENT), 2026, 3).await.expect("numbers");
    let [mut open, mut closed, mut young] = [0, 1, 2].map(|n| maker.case(&numbers[n]));
    let assignment = maker.assignment(open.case.id);
    open.case.tips = 2;
    open.case.stage = open
        .case
        .stage
        .dispatch(assignment.assignment.unit.clone(), assignment.assignment.id)
        .expect("legal");
    closed.case.stage = dengwen_model::CaseStage::Kept { reason: "no matter".to_owned() };
    (young.case.opened_at, young.case.updated_at) = (at(2_000), at(2_000));
    let tips = [&open, &open, &closed, &young].map(|record| maker.tip(record.case.id));
    work.register_tips(&tips).await.expect("registered");
    work.insert_assignment(&assignment).await.expect("inserted");
    let limit = maker.deadline(open.case.id);
    work.insert_deadline(&limit, Some(at(5_000))).await.expect("inserted");
    for (level, nth) in [(0, 0), (0, 1), (1, 0), (2, 0)] {
        let step = LadderStep { nth, ..maker.step(&limit, level) };
        assert!(work.record_step(&step).await.expect("recorded"));
    }
    let links: Vec<LinkEntry> = tips.iter().map(|tip| maker.link(tip, &[1])).collect();
    work.insert_links(&links).await.expect("inserted");
    work.insert_cases(&[open, closed, young]).await.expect("inserted");
    let unit = UnitRecord { code: code(UNIT), body: serde_json::json!({}) };
    work.replace_units(&[unit]).await.expect("replaced");
    let first = chained(None, entry("tip.registered", "tip_1"));
    let second = chained(Some(&first), entry("case.opened", "case_1"));
    work.append_audit(&[first, second]).await.expect("appended");
    commit(work).await;
    tips.into()
}

async fn findings(ledger: &Arc<dyn Ledger>) -> Vec<BrokenPromise> {
    read(ledger).await.broken_promises(at(1_000), 100).await.expect("checked")
}

/// Nothing is found in a sound ledger, nor in an empty one; what is still within its grace is none.
pub async fn a_sound_ledger_breaks_no_promise(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    assert_eq!(findings(&ledger).await, []);
    sound(&ledger).await;
    assert_eq!(findings(&ledger).await, []);
    let mut work = read(&ledger).await;
    let strict = work.broken_promises(at(9_000), 100).await.expect("checked");
    let names: Vec<&str> = strict.iter().map(|finding| finding.promise).collect();
    assert_eq!(names, ["case-without-assignment", "case-without-deadline", "deadline-step-not-taken"]);
}

/// At most as many findings as asked for.
pub async fn findings_are_bounded(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(122);
    let mut work = begin(&ledger).await;
    for n in 0..20 {
        let tip = maker.tip(maker.case_id());
        work.register_tip(&tip).await.expect("registered");
        work.insert_assignment(&maker.assignment(maker.case_id())).await.expect("inserted");
        work.enqueue(&[maker.message(&format!("cases.{n}"))]).await.expect("queued");
    }
    commit(work).await;
    let mut work = read(&ledger).await;
    for max in [0, 1, 7, 39, 60] {
        let found = work.broken_promises(at(1_000), max).await.expect("checked");
        assert_eq!(found.len(), max as usize);
    }
    assert_eq!(work.broken_promises(at(1_000), 1_000).await.expect("checked").len(), 60);
}

/// One breakage of each kind, what mends it, and what is found.
const BREAKAGES: &[(&str, &str, &[&str])] = &[
    (
        "UPDATE tips SET case_id = id WHERE number = '990000-2026-WEB-000001'",
        "UPDATE tips SET case_id = (SELECT case_id FROM links WHERE links.tip_id = tips.id)",
        &["tip-without-case", "case-miscounts-its-tips", "link-to-another-case"],
    ),
    (
        "UPDATE cases SET tips = tips + 1 WHERE number = '990000-2026-000002'",
        "UPDATE cases SET tips = tips - 1 WHERE number = '990000-2026-000002'",
        &["case-miscounts-its-tips", "case-column-changed"],
    ),
    (
        "UPDATE assignments SET case_id = id",
        "UPDATE assignments SET case_id = (SELECT id FROM cases WHERE number = '990000-2026-000001')",
        &["case-without-assignment", "assignment-without-case", "assignment-column-changed"],
    ),
    (
        "UPDATE assignments SET unit = '990122-ZZB'",
        "UPDATE assignments SET unit = '990121-ZZB'",
        &["assignment-of-another-unit", "assignment-column-changed"],
    ),
    (
        "UPDATE deadlines SET state = 'met'",
        "UPDATE deadlines SET state = 'open'",
        &["case-without-deadline", "deadline-column-changed"],
    ),
    (
        "UPDATE deadlines SET next_step_at = next_step_at - 4001000000",
        "UPDATE deadlines SET next_step_at = next_step_at + 4001000000",
        &["deadline-step-not-taken"],
    ),
    (
        "UPDATE ladder_steps SET case_id = deadline_id WHERE level = 2",
        "UPDATE ladder_steps SET case_id = (SELECT case_id FROM deadlines)",
        &["ladder-step-of-no-deadline"],
    ),
    (
        "UPDATE ladder_steps SET taken_at = due_at - 1 WHERE level = 1",
        "UPDATE ladder_steps SET taken_at = due_at",
        &["ladder-step-too-early"],
    ),
    (
        "UPDATE ladder_steps SET level = 3 WHERE level = 2",
        "UPDATE ladder_steps SET level = 2 WHERE level = 3",
        &["ladder-step-left-out"],
    ),
    (
        "UPDATE ladder_steps SET nth = 2 WHERE nth = 1",
        "UPDATE ladder_steps SET nth = 1 WHERE nth = 2",
        &["ladder-step-left-out"],
    ),
    (
        "UPDATE counters SET last = last + 1 WHERE series = 'tip/990000-2026-WEB'",
        "UPDATE counters SET last = last - 1 WHERE series = 'tip/990000-2026-WEB'",
        &["tip-number-missing"],
    ),
    (
        "UPDATE counters SET last = last + 1 WHERE series = 'case/990000-2026'",
        "UPDATE counters SET last = last - 1 WHERE series = 'case/990000-2026'",
        &["case-number-missing"],
    ),
    (
        "DELETE FROM audit WHERE seq = 2",
        "INSERT INTO audit (seq, at, actor, role, action, object, reason, prev, hash) \
         SELECT 2, at, actor, role, action, object, reason, hash, prev FROM audit WHERE seq = 1",
        &["audit-cut-off"],
    ),
    (
        "UPDATE links SET case_id = tip_id WHERE seq = 3",
        "UPDATE links SET case_id = (SELECT case_id FROM tips WHERE tips.id = links.tip_id)",
        &["link-to-another-case"],
    ),
    (
        "UPDATE links SET tip_id = case_id WHERE seq = 3",
        "UPDATE links SET tip_id = (SELECT id FROM tips WHERE tips.case_id = links.case_id) WHERE seq = 3",
        &["link-to-another-case", "link-index-incomplete"],
    ),
    (
        "INSERT INTO outbox (id, queued_at, topic, payload, traceparent) \
         SELECT id, 1, 'cases.opened', receipt_hash, '' FROM tips WHERE number = '990000-2026-WEB-000004'",
        "DELETE FROM outbox",
        &["message-not-published"],
    ),
    (
        "DROP INDEX tips_number; \
         UPDATE tips SET number = '990000-2026-WEB-000003' WHERE number = '990000-2026-WEB-000004'",
        "UPDATE tips SET number = '990000-2026-WEB-000004' WHERE id = (SELECT tip_id FROM links WHERE seq = 4)",
        &["tip-number-given-twice"],
    ),
    (
        "DROP INDEX cases_number; \
         UPDATE cases SET number = '990000-2026-000002' WHERE number = '990000-2026-000003'",
        "UPDATE cases SET number = '990000-2026-000003' WHERE id = (SELECT case_id FROM links WHERE seq = 4)",
        &["case-number-given-twice", "case-column-changed"],
    ),
    (
        "DELETE FROM units",
        "INSERT INTO units (code, body) VALUES ('990121-ZZB', '{}')",
        &["units-register-empty"],
    ),
    (
        "DELETE FROM link_keys WHERE seq = 2",
        "INSERT INTO link_keys (key, seq) VALUES (1, 2)",
        &["link-keys-missing"],
    ),
];

/// The columns that repeat what stands in a body: the table, how one is changed and mended, and what is found.
const CHANGED_COLUMNS: &[(&str, &str, &str, &[&str])] = &[
    ("cases", "opened_at = opened_at - 1", "opened_at = opened_at + 1", &["case-column-changed"]),
    ("cases", "updated_at = updated_at - 1", "updated_at = updated_at + 1", &["case-column-changed"]),
    ("cases", "received_by = '990121-ZZB'", "received_by = '990000'", &["case-column-changed"]),
    ("cases", "handled_by = NULL", "handled_by = '990121-ZZB'", &["case-column-changed"]),
    ("cases", "stage = 'closed'", "stage = 'dispatched'", &["case-column-changed"]),
    ("cases", "category = 'X13'", "category = 'A02'", &["case-column-changed"]),
    ("cases", "priority = priority - 1", "priority = priority + 1", &["case-column-changed"]),
    ("cases", "late_tips = late_tips + 1", "late_tips = late_tips - 1", &["case-column-changed"]),
    ("cases", "version = version + 1", "version = version - 1", &["case-column-changed"]),
    (
        "assignments",
        "unit = '990122-ZZB'",
        "unit = '990121-ZZB'",
        &["assignment-of-another-unit", "assignment-column-changed"],
    ),
    ("assignments", "state = 'accepted'", "state = 'waiting'", &["assignment-column-changed"]),
    ("assignments", "priority = priority - 1", "priority = priority + 1", &["assignment-column-changed"]),
    (
        "assignments",
        "assigned_at = assigned_at + 1",
        "assigned_at = assigned_at - 1",
        &["assignment-column-changed"],
    ),
    ("assignments", "officer = id", "officer = NULL", &["assignment-column-changed"]),
    ("assignments", "lease_until = 1", "lease_until = NULL", &["assignment-column-changed"]),
    ("assignments", "version = version + 1", "version = version - 1", &["assignment-column-changed"]),
    ("deadlines", "started_at = started_at + 1", "started_at = started_at - 1", &["deadline-column-changed"]),
    ("deadlines", "state = 'overdue'", "state = 'open'", &["deadline-column-changed"]),
];

/// A column that was changed behind the ledger's back, so that a row is found, leased or counted as something else
/// than it is, is told with its name; the file of each case is read however its row is.
pub async fn a_column_that_its_body_denies_is_found(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    sound(&ledger).await;
    for (table, change, mend, promises) in CHANGED_COLUMNS {
        let row = if *table == "cases" { " WHERE number = '990000-2026-000001'" } else { "" };
        database.plant(&format!("UPDATE {table} SET {change}{row}")).await;
        let found = findings(&ledger).await;
        let column = change.split(' ').next().unwrap_or_default();
        let told: Vec<_> = found.iter().map(|finding| finding.promise).collect();
        assert_eq!(told, *promises, "after {change} of {table}");
        assert!(found[found.len() - 1].object.ends_with(&format!(" {column}")), "{found:?}");
        database.plant(&format!("UPDATE {table} SET {mend}{row}")).await;
        assert_eq!(findings(&ledger).await, [], "after {mend} of {table}");
    }
}

/// A row that cannot be read is told, and hides neither its own file nor the others.
pub async fn a_case_file_is_read_as_it_lies_there(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    sound(&ledger).await;
    let mut whole =
        read(&ledger).await.cases(&CaseFilter { limit: 10, ..CaseFilter::default() }).await.expect("read");
    whole.sort_by_key(|record| record.case.id);
    database.plant("UPDATE cases SET body = '{}' WHERE number = '990000-2026-000002'").await;
    let told: Vec<String> = findings(&ledger).await.into_iter().map(|found| found.object).collect();
    assert_eq!(told, ["990000-2026-000002 body"]);
    let mut work = read(&ledger).await;
    let mut files = work.case_files(None, 2).await.expect("read");
    assert_eq!(files.len(), 2);
    files.extend(work.case_files(Some(files[1].case), 2).await.expect("read"));
    let expected: Vec<SealedFile> = whole
        .into_iter()
        .map(|record| SealedFile { case: record.case.id, number: record.case.number, file: record.file })
        .collect();
    assert_eq!(files, expected);
}

/// Each kind of breakage, planted behind the ledger's back, is found, and only it.
pub async fn each_broken_promise_is_found(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let tips = sound(&ledger).await;
    for (breakage, mend, wanted) in BREAKAGES {
        database.plant(breakage).await;
        let found: Vec<&str> = findings(&ledger).await.iter().map(|finding| finding.promise).collect();
        assert_eq!(&found, wanted, "after {breakage}");
        database.plant(mend).await;
        assert_eq!(findings(&ledger).await, [], "after {mend}");
    }
    let never_planted: Vec<&str> = crate::driver::PROMISES
        .iter()
        .map(|promise| promise.name)
        .filter(|name| !BREAKAGES.iter().any(|(_, _, wanted)| wanted.contains(name)))
        .collect();
    assert_eq!(never_planted, [""; 0]);

    database.plant("UPDATE links SET case_id = tip_id WHERE seq = 3").await;
    database.plant("UPDATE deadlines SET next_step_at = 5").await;
    let found = findings(&ledger).await;
    assert!(found[0].object.starts_with("ddl_"), "{found:?}");
    assert_eq!(found[1].object, tips[2].id.to_string());
}

/// What only `verify` reads is there whole: limits that run, steps page by page, sessions and withdrawals.
pub async fn what_only_verify_reads_is_listed(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(123);
    let mut work = begin(&ledger).await;
    let case = maker.case_id();
    let (open, mut met) = (maker.deadline(case), maker.deadline(case));
    met.state = DeadlineState::Met { at: at(9) };
    work.insert_deadlines(&[(open.clone(), Some(at(7))), (met.clone(), None)]).await.expect("inserted");
    let mut steps: Vec<LadderStep> = [(0, 0), (0, 1), (1, 0)]
        .into_iter()
        .flat_map(|(level, nth)| [&open, &met].map(|limit| LadderStep { nth, ..maker.step(limit, level) }))
        .chain([LadderStep { extension: 1, ..maker.step(&open, 1) }])
        .collect();
    for step in &steps {
        assert!(work.record_step(step).await.expect("recorded"));
    }
    let user = UserId::from_uuid(case.as_uuid());
    let session = Session { token_hash: vec![1, 2], user, expires_at: at(50) };
    work.insert_session(&session).await.expect("inserted");
    work.withdraw_token(user, at(1), at(60)).await.expect("withdrawn");
    commit(work).await;

    let mut work = read(&ledger).await;
    let running = work.running_limits(None, 10).await.expect("read");
    assert_eq!(running.len(), 1);
    assert_eq!((running[0].limit.as_ref(), running[0].next_look), (Some(&open), Some(at(7))));
    assert_eq!(work.running_limits(Some(open.id), 10).await.expect("read"), []);
    steps.sort_by_key(|step| (step.deadline, step.extension, step.level, step.nth));
    let (mut read_steps, mut last) = (Vec::new(), None);
    loop {
        let page = work.recorded_steps(last.as_ref(), 3).await.expect("read");
        let Some(end) = page.last() else { break };
        last = Some(end.clone());
        read_steps.extend(page);
    }
    assert_eq!(read_steps, steps);
    assert_eq!(work.all_sessions().await.expect("read"), [session]);
    let withdrawn = Withdrawal { token: user, expires_at: Some(at(60)) };
    assert_eq!(work.withdrawals().await.expect("read"), [withdrawn]);
    drop(work);
    database.plant("UPDATE deadlines SET body = '{}' WHERE state = 'open'").await;
    let running = read(&ledger).await.running_limits(None, 10).await.expect("read");
    assert_eq!((running[0].id, running[0].limit.as_ref()), (open.id, None));
}
