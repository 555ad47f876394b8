//! Last days that were counted before the calendar of their year was loaded are counted again once it is (PR-6).

use dengwen_dispatch::{Recounting, is_looked_at_in_time, look_once};
use dengwen_ledger::AssignmentRecord;
use dengwen_model::{
    Assignment, AssignmentId, AssignmentState, AssignmentTask, Case, CaseId, CourseEvent, Deadline,
    DeadlineId, DeadlineState, RECOUNTED,
};
use dengwen_rules::cut_off;
use dengwen_service::Runtime;
use jiff::civil::{Date, date};

use crate::rig::{Rig, case, dispatch, instant, limits, read, store, subject};

/// The built-in calendar with 2027 too, in which 1 January and 26 February are holidays.
fn next_year() -> String {
    const LOADED: &str = include_str!("../../../../shared/rules/data/calendar.yaml");
    let (years, holidays) = ("years_loaded: [2024, 2025, 2026]", "\nholidays:\n");
    assert!(LOADED.contains(years) && LOADED.contains(holidays));
    LOADED.replace(years, "years_loaded: [2024, 2025, 2026, 2027]").replace(
        holidays,
        "\nholidays:\n  - {date: 2027-01-01, zh: 元旦}\n  - {date: 2027-02-26, zh: 春节}\n",
    )
}

/// A replica that knows nothing of 2027 yet, and a case that it hands over in the last week of 2026.
async fn handed_at_the_end_of_the_year(rig: &Rig) -> (Runtime, CaseId) {
    rig.clock.set(instant("2026-12-28T01:00:00Z"));
    let runtime = rig.replica("before").await;
    let (made, file) =
        case(&runtime, "990000-2026-000001", subject("某甲", "清岚县教育局", "副局长", "990121"));
    store(&runtime, &made, &file).await;
    dispatch(&runtime, made.id).await;
    (runtime, made.id)
}

/// The desk takes the unit's assignment over.
async fn take_over(runtime: &Runtime, case: &Case) -> AssignmentId {
    let (unit, id) = case.stage.held_by().unwrap();
    let assignment = Assignment {
        id,
        case: case.id,
        unit: unit.clone(),
        task: AssignmentTask::Verify,
        category: case.category.clone(),
        handling: case.handling,
        must_investigate: Vec::new(),
        priority: case.priority,
        assigned_at: case.opened_at,
        path: Vec::new(),
        state: AssignmentState::Waiting,
        version: 1,
    };
    let due_at = cut_off(date(2027, 1, 4));
    let mut work = runtime.ledger().begin().await.unwrap();
    assert!(work.insert_assignment(&AssignmentRecord { assignment, due_at }).await.unwrap());
    work.commit().await.unwrap();
    id
}

/// Another limit of the case, which was extended before the year was loaded.
async fn extended(runtime: &Runtime, like: &Deadline) {
    let rule: dengwen_model::RuleId = "DL-CHK".parse().unwrap();
    let counted = runtime.rules().deadlines.due_extended(&rule, like.start, 1).unwrap();
    assert_eq!((counted.date, counted.provisional), (date(2027, 3, 29), true));
    let limit = Deadline {
        id: DeadlineId::new(runtime.clock(), runtime.entropy()),
        rule,
        due: counted.date,
        provisional: true,
        extensions: 1,
        ..like.clone()
    };
    let mut work = runtime.ledger().begin().await.unwrap();
    assert!(work.insert_deadline(&limit, cut_off(limit.due)).await.unwrap());
    work.commit().await.unwrap();
}

fn of<'l>(limits: &'l [Deadline], rule: &str) -> &'l Deadline {
    limits.iter().find(|limit| limit.rule.as_str() == rule).unwrap()
}

async fn last_day(runtime: &Runtime, case: CaseId, rule: &str) -> (Date, bool) {
    let limits = limits(runtime, case).await;
    let limit = of(&limits, rule);
    (limit.due, limit.provisional)
}

/// What the audit log has about limits that were counted again.
async fn audited(runtime: &Runtime, case: CaseId) -> Vec<String> {
    let audit = runtime.ledger().read().await.unwrap().audit_of(&case.to_string()).await.unwrap();
    let mut reasons: Vec<String> = audit
        .into_iter()
        .filter(|record| record.entry.action == "deadline.recounted")
        .map(|record| record.entry.reason)
        .collect();
    reasons.sort_unstable();
    reasons
}

/// What the course of the case has about them.
async fn noted(runtime: &Runtime, case: CaseId) -> Vec<String> {
    let (_, file) = read(runtime, case).await;
    let notes = file.course.into_iter().filter_map(|entry| match entry.event {
        CourseEvent::Noted { what, reason } if what == RECOUNTED => reason,
        _ => None,
    });
    let mut notes: Vec<String> = notes.collect();
    notes.sort_unstable();
    notes
}

/// The rungs of a rule's limit that were climbed.
async fn rungs(runtime: &Runtime, case: CaseId, rule: &str) -> Vec<u8> {
    let limits = limits(runtime, case).await;
    let limit = of(&limits, rule).id;
    let steps = runtime.ledger().read().await.unwrap().steps_of_case(case).await.unwrap();
    steps.iter().filter(|step| step.deadline == limit && step.level > 0).map(|step| step.level).collect()
}

/// As `dengwen verify` asks.
async fn all_are_looked_at_in_time(runtime: &Runtime) {
    let now = runtime.clock().now();
    let running = runtime.ledger().read().await.unwrap().running_limits(None, 100).await.unwrap();
    assert!(!running.is_empty());
    for row in running {
        let limit = row.limit.unwrap();
        assert!(
            is_looked_at_in_time(&runtime.rules().deadlines, &limit, row.next_look, now),
            "{}",
            limit.rule
        );
    }
}

async fn provisional_days_are_counted_again_once(rig: Rig) {
    let (before, id) = handed_at_the_end_of_the_year(&rig).await;
    let assignment = take_over(&before, &read(&before, id).await.0).await;
    let set = limits(&before, id).await;
    extended(&before, of(&set, "DL-SCR")).await;
    let set = limits(&before, id).await;
    assert_eq!(last_day(&before, id, "DL-SCR").await, (date(2027, 1, 11), true));
    assert_eq!(last_day(&before, id, "DL-UNITACC").await, (date(2027, 1, 4), true));
    assert!(!Recounting::default().round(&before).await.unwrap());
    assert_eq!(limits(&before, id).await, set, "nothing is known of the year yet");
    assert_eq!(audited(&before, id).await, [""; 0]);

    // The unit's limit passes by the old count and by the new one.
    rig.clock.set(instant("2027-01-08T03:00:00Z"));
    look_once(&before).await.unwrap();
    assert_eq!(rungs(&before, id, "DL-UNITACC").await, [1]);
    // With it came the limit for looking again at who handles the case, counted without the year as well.
    let set = limits(&before, id).await;
    assert!(of(&set, "DL-RECHK").provisional);
    let calendar = next_year();
    let replicas =
        [rig.replica_with_calendar("a", &calendar).await, rig.replica_with_calendar("b", &calendar).await];
    let (mut one, mut other) = (Recounting::default(), Recounting::default());
    let (first, second) = tokio::join!(one.round(&replicas[0]), other.round(&replicas[1]));
    assert!(!first.unwrap() && !second.unwrap(), "all were tried");
    let after = &replicas[0];
    assert_eq!(last_day(after, id, "DL-SCR").await, (date(2027, 1, 12), false));
    assert_eq!(last_day(after, id, "DL-UNITACC").await, (date(2027, 1, 5), false));
    assert_eq!(last_day(after, id, "DL-DEC").await, (date(2027, 1, 12), false), "the day stays");
    assert_eq!(last_day(after, id, "DL-CHK").await, (date(2027, 3, 31), false), "from 1 March");
    let counted = limits(after, id).await;
    assert!(counted.iter().filter(|limit| limit.state.is_running()).all(|limit| !limit.provisional));
    assert_eq!(of(&counted, "DL-UNITACC").state, DeadlineState::Overdue { level: 1 });
    all_are_looked_at_in_time(after).await;

    let notes = noted(after, id).await;
    let provisional = set.iter().filter(|limit| limit.provisional && limit.state.is_running()).count();
    assert_eq!(notes.len(), provisional, "each once");
    assert!(notes.contains(&"DL-SCR 2027-01-11 -> 2027-01-12".to_owned()), "{notes:?}");
    let version = after.rules().deadlines.calendar().version();
    let reasons: Vec<String> = notes.iter().map(|note| format!("{note} {version}")).collect();
    assert_eq!(audited(after, id).await, reasons);
    let record = after.ledger().read().await.unwrap().assignment(assignment).await.unwrap().unwrap();
    let nearest =
        counted.iter().filter(|limit| limit.state.is_running()).map(|limit| limit.due).min().unwrap();
    assert_eq!(record.due_at, cut_off(nearest));
    assert_eq!(nearest, date(2027, 1, 5));

    // The ladder is climbed by the new day, and what was recorded by the old one is not recorded again.
    rig.clock.set(instant("2027-01-11T16:00:00Z"));
    look_once(after).await.unwrap();
    assert_eq!(rungs(after, id, "DL-SCR").await, [0; 0], "it would have passed by the old day");
    assert_eq!(rungs(after, id, "DL-UNITACC").await, [1]);
    all_are_looked_at_in_time(after).await;
    rig.clock.set(instant("2027-01-12T16:00:00Z"));
    look_once(after).await.unwrap();
    assert_eq!(rungs(after, id, "DL-SCR").await, [1]);
    all_are_looked_at_in_time(after).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn provisional_days_on_sqlite_are_counted_again_once() {
    provisional_days_are_counted_again_once(Rig::on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn provisional_days_on_postgres_are_counted_again_once() {
    provisional_days_are_counted_again_once(Rig::on_postgres()).await;
}

#[tokio::test]
async fn a_limit_that_passed_by_the_old_count_alone_runs_on_and_keeps_its_step() {
    let rig = Rig::on_sqlite();
    let (before, id) = handed_at_the_end_of_the_year(&rig).await;
    rig.clock.set(instant("2027-01-11T16:30:00Z"));
    look_once(&before).await.unwrap();
    assert_eq!(of(&limits(&before, id).await, "DL-SCR").state, DeadlineState::Overdue { level: 1 });

    let after = rig.replica_with_calendar("after", &next_year()).await;
    Recounting::default().round(&after).await.unwrap();
    assert_eq!(of(&limits(&after, id).await, "DL-SCR").state, DeadlineState::Open);
    assert_eq!(rungs(&after, id, "DL-SCR").await, [1], "what was told stays on record");
    all_are_looked_at_in_time(&after).await;
    look_once(&after).await.unwrap();
    assert_eq!(of(&limits(&after, id).await, "DL-SCR").state, DeadlineState::Open);
    rig.clock.set(instant("2027-01-12T16:00:00Z"));
    look_once(&after).await.unwrap();
    assert_eq!(of(&limits(&after, id).await, "DL-SCR").state, DeadlineState::Overdue { level: 1 });
    assert_eq!(rungs(&after, id, "DL-SCR").await, [1]);
}

#[tokio::test]
async fn what_was_tried_is_left_alone_for_a_while() {
    let rig = Rig::on_sqlite();
    let (before, id) = handed_at_the_end_of_the_year(&rig).await;
    let after = rig.replica_with_calendar("after", &next_year()).await;
    let mut recounting = Recounting::default();
    recounting.round(&after).await.unwrap();
    // A process that was not started again yet sets a limit by the old calendar.
    let set = limits(&before, id).await;
    extended(&before, of(&set, "DL-SCR")).await;
    rig.clock.advance_seconds(3599);
    recounting.round(&after).await.unwrap();
    assert_eq!(last_day(&after, id, "DL-CHK").await, (date(2027, 3, 29), true));
    rig.clock.advance_seconds(1);
    recounting.round(&after).await.unwrap();
    assert_eq!(last_day(&after, id, "DL-CHK").await, (date(2027, 3, 31), false));
}

#[tokio::test]
async fn the_clock_counts_again_when_it_starts() {
    let rig = Rig::on_sqlite();
    let (before, id) = handed_at_the_end_of_the_year(&rig).await;
    let after = rig.replica_with_calendar("after", &next_year()).await;
    let _pages = dengwen_dispatch::start(&after).unwrap();
    let patience = std::time::Duration::from_secs(60);
    dengwen_testkit::holds("the last day has moved", patience, || async {
        last_day(&before, id, "DL-SCR").await == (date(2027, 1, 12), false)
    })
    .await;
    after.shutdown().cancel();
}
