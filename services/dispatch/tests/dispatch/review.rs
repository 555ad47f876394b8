//! A tip joins a case that a unit has: what it says may speak against the unit.

use dengwen_ledger::AssignmentRecord;
use dengwen_model::{
    Assignment, AssignmentId, AssignmentState, AssignmentTask, Case, CaseFile, CaseId, CaseStage,
    CourseEvent, DeadlineState, Direction, Outcome, ROUTE_DOUBTED, Subject, UserId, WITHDRAWN,
};
use dengwen_service::Runtime;

use crate::rig::{Rig, case, change, dispatch, joined, limits, read, store, subject};

const COUNTY: &str = "990121-ZZB";
const CITY: &str = "990100-ZZB";

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

/// A case that the county has, and its item at the desk.
async fn handed(runtime: &Runtime) -> (CaseId, AssignmentId) {
    let (made, file) =
        case(runtime, "990000-2026-000001", subject("某甲", "清岚县教育局", "副局长", "990121"));
    store(runtime, &made, &file).await;
    let (handed, _) = dispatch(runtime, made.id).await;
    assert_eq!(unit(&handed), COUNTY);
    let (_, id) = handed.stage.held_by().unwrap();
    let assignment = Assignment {
        id,
        case: made.id,
        unit: COUNTY.parse().unwrap(),
        task: AssignmentTask::Verify,
        category: made.category.clone(),
        handling: made.handling,
        must_investigate: Vec::new(),
        priority: made.priority,
        assigned_at: runtime.clock().now(),
        path: Vec::new(),
        state: AssignmentState::Waiting,
        version: 0,
    };
    let mut work = runtime.ledger().begin().await.unwrap();
    work.insert_assignment(&AssignmentRecord { assignment, due_at: None }).await.unwrap();
    work.commit().await.unwrap();
    (made.id, id)
}

/// The county's officer accepts, as at the desk.
async fn accepted(runtime: &Runtime, id: CaseId) {
    let officer = UserId::new(runtime.clock(), runtime.entropy());
    change(runtime, id, |case, _| case.stage = case.stage.clone().accept(officer).unwrap()).await;
}

async fn joins(runtime: &Runtime, id: CaseId, someone: Subject) -> (Case, CaseFile) {
    change(runtime, id, |_, file| file.subjects.push(someone)).await;
    joined(runtime, id).await
}

async fn state(runtime: &Runtime, id: AssignmentId) -> AssignmentState {
    runtime.ledger().read().await.unwrap().assignment(id).await.unwrap().unwrap().assignment.state
}

async fn actions(runtime: &Runtime, id: CaseId) -> Vec<String> {
    let entries = runtime.ledger().read().await.unwrap().audit_of(&id.to_string()).await.unwrap();
    entries.into_iter().map(|record| record.entry.action).collect()
}

#[tokio::test]
async fn a_unit_that_is_now_in_conflict_loses_the_case_at_once() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (id, item) = handed(&runtime).await;
    accepted(&runtime, id).await;
    let deputy = subject("缑云栖", "中共清岚县委组织部", "副部长", "990121");
    let (after, file) = joins(&runtime, id, deputy).await;
    assert_eq!((unit(&after), after.stage.name()), (CITY, "dispatched"));
    assert_eq!(noted(&file, WITHDRAWN), ["990121-ZZB C3"]);
    assert_eq!(state(&runtime, item).await, AssignmentState::Done);
    assert_eq!(actions(&runtime, id).await, ["case.dispatched", "case.withdrawn", "case.dispatched"]);
    let of_item = limits(&runtime, id).await.into_iter().filter(|limit| limit.assignment == Some(item));
    assert!(
        of_item.clone().count() > 0 && of_item.clone().all(|limit| limit.state == DeadlineState::Cancelled)
    );
    let (_, current) = after.stage.held_by().unwrap();
    let acceptance = limits(&runtime, id)
        .await
        .into_iter()
        .find(|limit| limit.rule.as_str() == "DL-UNITACC" && limit.assignment == Some(current));
    assert_eq!(acceptance.unwrap().state, DeadlineState::Open);
}

#[tokio::test]
async fn words_that_local_bodies_betrayed_the_reporter_move_it_too() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (id, _) = handed(&runtime).await;
    accepted(&runtime, id).await;
    change(&runtime, id, |case, _| case.secondary.push("E02".parse().unwrap())).await;
    let (after, file) = joined(&runtime, id).await;
    assert_eq!((unit(&after), noted(&file, WITHDRAWN)), (CITY, vec!["990121-ZZB C5"]));
}

#[tokio::test]
async fn somebody_managed_higher_up_moves_what_nobody_accepted() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (id, item) = handed(&runtime).await;
    let mut deputy_head = subject("某乙", "清岚县人民政府", "副县长", "990121");
    deputy_head.rank_code = Some("0132".parse().unwrap());
    let (after, _) = joins(&runtime, id, deputy_head).await;
    assert_eq!((unit(&after), state(&runtime, item).await), (CITY, AssignmentState::Done));
}

#[tokio::test]
async fn a_unit_that_works_on_it_and_may_keeps_it_until_a_person_decides() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (id, item) = handed(&runtime).await;
    accepted(&runtime, id).await;
    let mut deputy_head = subject("某乙", "清岚县人民政府", "副县长", "990121");
    deputy_head.rank_code = Some("0132".parse().unwrap());
    let (after, file) = joins(&runtime, id, deputy_head).await;
    assert_eq!((unit(&after), after.stage.name()), (COUNTY, "verifying"));
    assert_eq!(noted(&file, ROUTE_DOUBTED), [CITY], "told once, though the word came twice");
    assert_ne!(state(&runtime, item).await, AssignmentState::Done);
    assert_eq!(actions(&runtime, id).await, ["case.dispatched", "case.route_doubted"]);
    let recheck: Vec<_> =
        limits(&runtime, id).await.into_iter().filter(|limit| limit.rule.as_str() == "DL-RECHK").collect();
    assert_eq!(recheck.len(), 1);
    assert_eq!((recheck[0].owner.unit().as_str(), recheck[0].state.name()), ("990000-ZZB", "open"));
    // A person says that it stays: nothing is doubted again.
    change(&runtime, id, |case, file| {
        let by = case.stage.responsible().unwrap();
        file.direction =
            Some(Direction {
                unit: COUNTY.parse().unwrap(), by, reason: "并案由其继续查核".to_owned()
            });
    })
    .await;
    let (after, file) = joined(&runtime, id).await;
    assert_eq!((unit(&after), noted(&file, ROUTE_DOUBTED).len()), (COUNTY, 1));
}

#[tokio::test]
async fn a_tip_that_changes_nothing_leaves_the_case_where_it_is() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (id, _) = handed(&runtime).await;
    let before = read(&runtime, id).await;
    let colleague = subject("某丙", "清岚县教育局", "副局长", "990121");
    change(&runtime, id, |_, file| file.subjects.push(colleague)).await;
    let (after, file) = joined(&runtime, id).await;
    assert_eq!((after.stage, file.course), (before.0.stage, before.1.course));
}

#[tokio::test]
async fn a_person_s_choice_is_followed_and_stands_in_the_path_with_its_reason() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let by = UserId::new(runtime.clock(), runtime.entropy());
    for (someone, chosen, followed) in [
        (subject("某甲", "清岚县教育局", "副局长", "990121"), "990122-ZZB", true),
        (subject("缑云栖", "中共清岚县委组织部", "副部长", "990121"), COUNTY, false),
    ] {
        let number = format!("990000-2026-00010{}", u8::from(followed));
        let (made, mut file) = case(&runtime, &number, someone);
        let reason = "由该单位并案查核".to_owned();
        file.direction = Some(Direction { unit: chosen.parse().unwrap(), by, reason });
        store(&runtime, &made, &file).await;
        let (after, file) = dispatch(&runtime, made.id).await;
        assert_eq!(unit(&after) == chosen, followed, "{}", unit(&after));
        let path = file.course.iter().find_map(|entry| match &entry.event {
            CourseEvent::Dispatched { path } => Some(path.join("\n")),
            _ => None,
        });
        let path = path.unwrap();
        assert!(path.contains("人工指定"), "{path}");
        assert_eq!(path.contains("由该单位并案查核"), followed, "{path}");
    }
}

#[tokio::test]
async fn a_unit_whose_objection_was_upheld_does_not_get_it_again() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (made, file) =
        case(&runtime, "990000-2026-000200", subject("某甲", "清岚县教育局", "副局长", "990121"));
    let made = Case { excluded: vec![COUNTY.parse().unwrap()], ..made };
    store(&runtime, &made, &file).await;
    let (after, _) = dispatch(&runtime, made.id).await;
    assert_eq!((unit(&after), after.stage.name()), (CITY, "dispatched"));
    assert!(matches!(after.stage, CaseStage::Dispatched { .. }));
}

#[tokio::test]
async fn the_doors_own_acknowledgement_is_on_record_as_met() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (made, file) =
        case(&runtime, "990000-2026-000300", subject("某甲", "清岚县教育局", "副局长", "990121"));
    store(&runtime, &made, &file).await;
    dispatch(&runtime, made.id).await;
    let set = limits(&runtime, made.id).await;
    let acknowledged = set.iter().find(|limit| limit.rule.as_str() == "DL-ACK").unwrap();
    assert_eq!(acknowledged.state, DeadlineState::Met { at: made.received_at.unwrap() });
}

#[tokio::test]
async fn a_tip_that_joins_a_concluded_case_has_to_be_seen_within_a_limit() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (id, _) = handed(&runtime).await;
    accepted(&runtime, id).await;
    let late = async || {
        let set = limits(&runtime, id).await.into_iter();
        set.filter(|limit| limit.rule.as_str() == "DL-LATE").collect::<Vec<_>>()
    };
    joined(&runtime, id).await;
    assert!(late().await.is_empty(), "while it is worked on nothing comes too late");
    change(&runtime, id, |case, _| {
        case.stage = CaseStage::Concluded { outcome: Outcome::O3 };
        case.late_tips = 1;
    })
    .await;
    joined(&runtime, id).await;
    let set = late().await;
    assert_eq!(set.len(), 1, "once, though the word came twice");
    assert_eq!((set[0].owner.unit().as_str(), set[0].state.name()), ("990000-ZZB", "open"));
}
