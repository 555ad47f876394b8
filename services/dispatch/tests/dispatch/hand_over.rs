//! What of a case and of other cases decides where it goes, and which limits are set.

use std::sync::atomic::{AtomicU32, Ordering};

use dengwen_ledger::CaseRecord;
use dengwen_model::{
    Case, CaseFile, CaseStage, CourseEntry, CourseEvent, DeadlineState, IdentityKind, Outcome, Priority,
    RECUSED, REOPENED,
};
use dengwen_service::Runtime;

use crate::rig::{Rig, case, dispatch, instant, limits, store, subject};

const TEACHER: (&str, &str, &str) = ("某甲", "清岚县教育局", "副局长");

async fn one(runtime: &Runtime, change: impl FnOnce(&mut Case)) -> (Case, CaseFile) {
    static COUNT: AtomicU32 = AtomicU32::new(100);
    let (name, org, title) = TEACHER;
    let number = format!("990000-2026-{:06}", COUNT.fetch_add(1, Ordering::Relaxed));
    let (mut case, file) = case(runtime, &number, subject(name, org, title, "990121"));
    change(&mut case);
    store(runtime, &case, &file).await;
    dispatch(runtime, case.id).await
}

fn unit(case: &Case) -> &str {
    case.stage.held_by().map(|(unit, _)| unit.as_str()).unwrap()
}

fn path(file: &CaseFile) -> String {
    let path = file.course.iter().rev().find_map(|entry| match &entry.event {
        CourseEvent::Dispatched { path } => Some(path.join("\n")),
        _ => None,
    });
    path.unwrap()
}

fn recusals(file: &CaseFile) -> Vec<&str> {
    let reasons = file.course.iter().filter_map(|entry| match &entry.event {
        CourseEvent::Noted { what, reason } if what == RECUSED => reason.as_deref(),
        _ => None,
    });
    reasons.collect()
}

#[tokio::test]
async fn a_wish_not_to_be_handed_down_is_honoured_or_recorded() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (plain, file) = one(&runtime, |_| {}).await;
    assert_eq!((unit(&plain), path(&file).contains("C6")), ("990121-ZZB", false));
    let (urgent, file) = one(&runtime, |case| {
        case.asks_not_down = true;
        case.priority = Priority::try_from(1).unwrap();
    })
    .await;
    assert_eq!((unit(&urgent), path(&file).contains("990121-ZZB C6")), ("990100-ZZB", true));
    let (about_head, _) = one(&runtime, |case| {
        case.asks_not_down = true;
        case.must_investigate = vec!["M3".to_owned()];
    })
    .await;
    assert_eq!(unit(&about_head), "990100-ZZB");
    let (recorded, file) = one(&runtime, |case| case.asks_not_down = true).await;
    assert_eq!((unit(&recorded), path(&file).contains("- C6")), ("990121-ZZB", true));
}

#[tokio::test]
async fn a_reporter_whom_the_facts_give_away_is_kept_from_their_own_division() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (case, file) = one(&runtime, |case| case.reporter_identifiable = true).await;
    assert_eq!((unit(&case), path(&file).contains("990121-ZZB C8")), ("990100-ZZB", true));
}

#[tokio::test]
async fn a_named_reporter_is_owed_a_notice_of_acceptance() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    for (identity, owed) in
        [(IdentityKind::Named, true), (IdentityKind::ContactOnly, false), (IdentityKind::Anonymous, false)]
    {
        let (case, _) = one(&runtime, |case| case.identity = identity).await;
        let set = limits(&runtime, case.id).await;
        assert_eq!(set.iter().any(|limit| limit.rule.as_str() == "DL-ACCNAMED"), owed, "{identity:?}");
    }
}

#[tokio::test]
async fn limits_count_from_the_tip_s_own_day() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let received = instant("2026-02-25T01:00:00Z");
    let (case, _) = one(&runtime, |case| case.received_at = Some(received)).await;
    let set = limits(&runtime, case.id).await;
    let start = |rule: &str| set.iter().find(|limit| limit.rule.as_str() == rule).unwrap().start;
    assert_eq!((start("DL-DEC"), start("DL-SCR")), (received, case.opened_at));
}

#[tokio::test]
async fn an_open_case_against_one_of_the_unit_s_own_keeps_that_person_out() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let accused = subject("佘雅娴", "中共永嵩县委组织部", "副部长", "990221");
    let (other, file) = case(&runtime, "990000-2026-000001", accused);
    store(&runtime, &other, &file).await;
    let (moved_up, file) = dispatch(&runtime, other.id).await;
    assert_eq!(
        (unit(&moved_up), recusals(&file).len()),
        ("990200-ZZB", 0),
        "the case itself is no other case"
    );

    let candidate = || subject("芮文韬", "永嵩县教体局", "副局长", "990221");
    let (case_, file) = case(&runtime, "990000-2026-000002", candidate());
    store(&runtime, &case_, &file).await;
    let (handed, file) = dispatch(&runtime, case_.id).await;
    assert_eq!(unit(&handed), "990221-ZZB");
    assert_eq!(file.kept_out, ["佘雅娴"]);
    assert_eq!(recusals(&file), ["990221-ZZB：990000-2026-000001"]);
    assert!(!path(&file).contains("C9"), "the unit's officers do not learn of it");

    // Closed: nothing speaks against anyone any more.
    let mut work = runtime.ledger().begin().await.unwrap();
    let mut record = work.case(other.id).await.unwrap().unwrap();
    record.case.stage = CaseStage::Closed { outcome: Some(Outcome::O3) };
    work.update_case(&record).await.unwrap();
    work.commit().await.unwrap();
    let (later, file) = case(&runtime, "990000-2026-000003", candidate());
    store(&runtime, &later, &file).await;
    let (_, file) = dispatch(&runtime, later.id).await;
    assert_eq!((file.kept_out.len(), recusals(&file).len()), (0, 0));
}

/// As the desk reopens: what ran is cancelled, the course says since when, and the unit is chosen anew.
async fn reopen(runtime: &Runtime, record: (Case, CaseFile)) {
    let (mut case, mut file) = record;
    let now = runtime.clock().now();
    file.course.push(CourseEntry {
        at: now,
        by: None,
        event: CourseEvent::Noted { what: REOPENED.to_owned(), reason: None },
    });
    case.stage = CaseStage::Opened;
    let sealed = dengwen_service::seal_case_file(runtime, case.id, &file).unwrap();
    let mut work = runtime.ledger().begin().await.unwrap();
    for mut limit in work.deadlines_of_case(case.id).await.unwrap() {
        if limit.state.is_running() {
            limit.state = DeadlineState::Cancelled;
            work.update_deadline(&limit, None).await.unwrap();
        }
    }
    work.update_case(&CaseRecord { case, file: sealed }).await.unwrap();
    work.commit().await.unwrap();
}

#[tokio::test]
async fn a_reopened_case_has_limits_of_its_own_round() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let first = one(&runtime, |case| {
        case.identity = IdentityKind::Named;
        case.context_flags = vec!["during_publicity".to_owned()];
    })
    .await;
    let id = first.0.id;
    let before = limits(&runtime, id).await.len();
    rig.clock.set(instant("2026-06-01T01:00:00Z"));
    let reopened_at = runtime.clock().now();
    reopen(&runtime, first).await;
    // The message comes a day later; the round began with the reopening.
    rig.clock.set(instant("2026-06-02T01:00:00Z"));
    dispatch(&runtime, id).await;

    let set = limits(&runtime, id).await;
    let fresh: Vec<_> = set.iter().filter(|limit| limit.state.is_running()).collect();
    let rules: Vec<&str> = fresh.iter().map(|limit| limit.rule.as_str()).collect();
    for rule in ["DL-DEC", "DL-SCR", "DL-NOTICE", "DL-PUB", "DL-UNITACC", "DL-OBJ"] {
        assert_eq!(rules.iter().filter(|known| **known == rule).count(), 1, "{rule}");
    }
    assert!(!rules.contains(&"DL-ACCNAMED"), "the acceptance was told in the first round");
    assert_eq!(set.iter().filter(|limit| limit.rule.as_str() == "DL-REG").count(), 1, "registered once");
    assert_eq!(set.len(), before + fresh.len());
    let publicity = fresh.iter().find(|limit| limit.rule.as_str() == "DL-PUB").unwrap();
    assert_eq!((publicity.start, publicity.due), (reopened_at, jiff::civil::date(2026, 6, 2)));
    assert!(fresh.iter().all(|limit| limit.start >= reopened_at));
}
