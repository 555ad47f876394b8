//! Looks that no message asks for: the word that a tip joined was lost, or another case speaks against somebody of
//! the unit.

use dengwen_dispatch::look_at_due;
use dengwen_ledger::StaffRecord;
use dengwen_model::{
    Case, CaseFile, CaseId, CourseEvent, DeadlineState, RECUSED, Role, Subject, UserId, WITHDRAWN,
};
use dengwen_service::Runtime;

use crate::rig::{Rig, case, change, dispatch, joined, limits, read, store, subject};

fn unit(case: &Case) -> &str {
    case.stage.held_by().map(|(unit, _)| unit.as_str()).unwrap()
}

fn noted<'a>(file: &'a CaseFile, wanted: &str) -> Vec<&'a str> {
    let reasons = file.course.iter().filter_map(|entry| match &entry.event {
        CourseEvent::Noted { what, reason } if what == wanted => reason.as_deref(),
        _ => None,
    });
    reasons.collect()
}

async fn handed(runtime: &Runtime, number: &str, someone: Subject) -> CaseId {
    let (made, file) = case(runtime, number, someone);
    store(runtime, &made, &file).await;
    dispatch(runtime, made.id).await;
    made.id
}

/// A tip joins, as triage stores it; its word to dispatch is not sent.
async fn joins_unheard(runtime: &Runtime, id: CaseId, someone: Subject) {
    change(runtime, id, |_, file| file.subjects.push(someone)).await;
    let mut work = runtime.ledger().begin().await.unwrap();
    work.ask_looks(&[id], runtime.look_due()).await.unwrap();
    work.commit().await.unwrap();
}

#[tokio::test]
async fn a_case_is_looked_at_after_a_while_where_the_word_of_its_tip_was_lost() {
    for rig in [Rig::on_sqlite(), Rig::on_postgres()] {
        let (one, other) = (rig.replica("a").await, rig.replica("b").await);
        let teacher = subject("某甲", "清岚县教育局", "副局长", "990121");
        let id = handed(&one, "990000-2026-000001", teacher).await;
        let deputy = subject("缑云栖", "中共清岚县委组织部", "副部长", "990121");
        joins_unheard(&one, id, deputy).await;
        rig.clock.advance_seconds(599);
        assert_eq!(look_at_due(&one).await.unwrap(), 0, "its word may still come");
        assert_eq!(unit(&read(&one, id).await.0), "990121-ZZB");
        rig.clock.advance_seconds(2);
        let (first, second) = tokio::join!(look_at_due(&one), look_at_due(&other));
        assert!(first.unwrap() + second.unwrap() >= 1);
        let (after, file) = read(&one, id).await;
        assert_eq!((unit(&after), noted(&file, WITHDRAWN)), ("990100-ZZB", vec!["990121-ZZB C3"]));
        assert_eq!(look_at_due(&one).await.unwrap(), 0, "once");
    }
}

#[tokio::test]
async fn a_case_that_was_looked_at_in_time_is_not_looked_at_again() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let teacher = || subject("某甲", "清岚县教育局", "副局长", "990121");
    let id = handed(&runtime, "990000-2026-000001", teacher()).await;
    joins_unheard(&runtime, id, Subject { name: Some("某乙".to_owned()), ..teacher() }).await;
    joined(&runtime, id).await;
    rig.clock.advance_seconds(601);
    assert_eq!(look_at_due(&runtime).await.unwrap(), 0);
}

/// A case that the county has, and another that was opened against one of the county's own meanwhile.
async fn reported_later(runtime: &Runtime) -> (CaseId, CaseId) {
    let candidate = subject("芮文韬", "永嵩县教体局", "副局长", "990221");
    let held = handed(runtime, "990000-2026-000001", candidate).await;
    assert_eq!(unit(&read(runtime, held).await.0), "990221-ZZB");
    let accused = subject("佘雅娴", "中共永嵩县委组织部", "副部长", "990221");
    (held, handed(runtime, "990000-2026-000002", accused).await)
}

#[tokio::test]
async fn somebody_of_the_unit_who_is_reported_later_is_kept_out_of_what_the_unit_has() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (held, other) = reported_later(&runtime).await;
    assert!(read(&runtime, held).await.1.kept_out.is_empty());
    assert_eq!(look_at_due(&runtime).await.unwrap(), 1, "the county's case alone, at once");
    let (case, file) = read(&runtime, held).await;
    assert_eq!((unit(&case), &file.kept_out[..]), ("990221-ZZB", &["佘雅娴".to_owned()][..]));
    assert_eq!(noted(&file, RECUSED), ["990221-ZZB：990000-2026-000002"]);
    assert!(limits(&runtime, held).await.iter().all(|limit| limit.rule.as_str() != "DL-RECHK"));

    // Further tips on either case name nobody new: nothing is told twice.
    joined(&runtime, held).await;
    joined(&runtime, other).await;
    assert_eq!(look_at_due(&runtime).await.unwrap(), 0);
    let colleague = subject("路以宁", "中共永嵩县委组织部", "干部科科长", "990221");
    change(&runtime, other, |_, file| file.subjects.push(colleague)).await;
    joined(&runtime, other).await;
    assert_eq!(look_at_due(&runtime).await.unwrap(), 1, "one more of the county's own");
    let (_, file) = read(&runtime, held).await;
    assert_eq!((file.kept_out.len(), noted(&file, RECUSED).len()), (2, 2));
}

#[tokio::test]
async fn a_case_in_the_hands_of_somebody_who_is_reported_later_waits_for_a_person_under_a_limit() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (held, _) = reported_later(&runtime).await;
    let officer = UserId::new(runtime.clock(), runtime.entropy());
    let account = StaffRecord {
        id: officer,
        name: "佘雅娴".to_owned(),
        role: Role::Officer,
        unit: Some("990221-ZZB".parse().unwrap()),
        password_hash: String::new(),
        must_change: false,
        disabled: false,
    };
    let mut work = runtime.ledger().begin().await.unwrap();
    assert!(work.insert_staff(&account).await.unwrap());
    work.commit().await.unwrap();
    change(&runtime, held, |case, _| case.stage = case.stage.clone().accept(officer).unwrap()).await;
    look_at_due(&runtime).await.unwrap();
    let (case, _) = read(&runtime, held).await;
    assert_eq!((unit(&case), case.stage.name()), ("990221-ZZB", "verifying"), "a person decides");
    let set = limits(&runtime, held).await;
    let recheck = set.iter().find(|limit| limit.rule.as_str() == "DL-RECHK").unwrap();
    assert_eq!(recheck.state, DeadlineState::Open);
}
