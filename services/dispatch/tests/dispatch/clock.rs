//! The clock turns what passes into recorded steps, each once, however many replicas run and however long
//! they were down.

use std::collections::BTreeSet;
use std::time::Duration;

use dengwen_dispatch::look_once;
use dengwen_ledger::LadderStep;
use dengwen_model::{CaseId, Deadline, DeadlineState, UserId};
use dengwen_rules::{Start, beginning_of, cut_off};
use dengwen_seal::audit::Evidence;
use dengwen_service::{Runtime, step_evidence};
use dengwen_testkit::holds;
use jiff::Timestamp;

use crate::rig::{Rig, case, change, dispatch, instant, limits, store, subject};

/// A limit's rule, the run, the level, which warning, and when it was due.
type Step = (String, u16, u8, u8, Timestamp);

/// A busy machine may be slow.
const PATIENCE: Duration = Duration::from_secs(60);

async fn steps(runtime: &Runtime, case: CaseId) -> Vec<LadderStep> {
    runtime.ledger().read().await.unwrap().steps_of_case(case).await.unwrap()
}

/// What the rules ask to have been done about these limits by `now`.
fn wanted(runtime: &Runtime, limits: &[Deadline], now: Timestamp) -> BTreeSet<Step> {
    let rules = &runtime.rules().deadlines;
    let mut wanted = BTreeSet::new();
    for limit in limits.iter().filter(|limit| limit.state.is_running()) {
        let mut want = |level, nth, at| {
            wanted.insert((limit.rule.to_string(), limit.extensions, level, nth, at));
        };
        for (nth, warning) in (0..).zip(rules.warnings(Start::Instant(limit.start), limit.due)) {
            want(0, nth, beginning_of(warning.date).unwrap());
        }
        for rung in rules.overdue_steps(rules.get(&limit.rule).unwrap(), limit.due) {
            want(rung.level, 0, cut_off(rung.date).unwrap());
        }
    }
    wanted.retain(|(.., at)| *at <= now);
    wanted
}

fn taken(limits: &[Deadline], steps: &[LadderStep]) -> BTreeSet<Step> {
    let rule = |step: &LadderStep| {
        limits.iter().find(|limit| limit.id == step.deadline).map(|limit| limit.rule.to_string()).unwrap()
    };
    steps.iter().map(|step| (rule(step), step.extension, step.level, step.nth, step.due_at)).collect()
}

/// Waits until all that is due is recorded, and holds that it is recorded once and stands in the audit log once.
async fn all_are_taken_once(runtime: &Runtime, case: CaseId) -> Vec<LadderStep> {
    let now = runtime.clock().now();
    let wanted = wanted(runtime, &limits(runtime, case).await, now);
    holds("the steps that have come", PATIENCE, || async {
        steps(runtime, case).await.len() >= wanted.len()
    })
    .await;
    let steps = steps(runtime, case).await;
    assert_eq!(taken(&limits(runtime, case).await, &steps), wanted);
    assert_eq!(steps.len(), wanted.len(), "each once");
    assert!(steps.iter().all(|step| step.due_at <= step.taken_at));
    let audit = runtime.ledger().read().await.unwrap().audit_of(&case.to_string()).await.unwrap();
    let noted = audit.iter().filter(|record| record.entry.action.starts_with("deadline.step.")).count();
    assert_eq!(noted, steps.len(), "each noted once");
    let vouched: BTreeSet<_> =
        audit.iter().filter_map(|record| Evidence::in_reason(&record.entry.reason)).collect();
    assert_eq!(vouched, steps.iter().map(step_evidence).collect(), "each as it was taken");
    steps
}

fn of<'s>(limits: &[Deadline], steps: &'s [LadderStep], rule: &str) -> Vec<(u8, &'s LadderStep)> {
    let ids: Vec<_> =
        limits.iter().filter(|limit| limit.rule.as_str() == rule).map(|limit| limit.id).collect();
    steps.iter().filter(|step| ids.contains(&step.deadline)).map(|step| (step.level, step)).collect()
}

async fn two_replicas_take_each_step_once(rig: Rig) {
    let replicas = [rig.replica("a").await, rig.replica("b").await];
    let (case, file) =
        case(&replicas[0], "990000-2026-000001", subject("某甲", "清岚县教育局", "副局长", "990121"));
    store(&replicas[0], &case, &file).await;
    dispatch(&replicas[0], case.id).await;
    for replica in &replicas {
        let _pages = dengwen_dispatch::start(replica).unwrap();
    }
    let set = limits(&replicas[0], case.id).await;
    let screen = set.iter().find(|limit| limit.rule.as_str() == "DL-SCR").unwrap();
    assert_eq!(screen.due, jiff::civil::date(2026, 3, 16));

    // The last day is over at 24:00 in China; the second before, nothing has passed.
    rig.clock.set(instant("2026-03-16T15:59:59Z"));
    let before = all_are_taken_once(&replicas[0], case.id).await;
    assert!(of(&set, &before, "DL-SCR").iter().all(|(level, _)| *level == 0), "warned alone");
    let passed = instant("2026-03-16T16:00:00Z");
    rig.clock.set(passed);
    let steps = all_are_taken_once(&replicas[1], case.id).await;
    let (_, first) = of(&set, &steps, "DL-SCR").into_iter().find(|(level, _)| *level == 1).unwrap();
    assert_eq!((first.due_at, first.taken_at), (passed, passed));

    // Both are down for months; two others come up at once.
    for replica in &replicas {
        replica.shutdown().cancel();
    }
    rig.clock.set(instant("2026-08-20T03:00:00Z"));
    let replicas = [rig.replica("c").await, rig.replica("d").await];
    for replica in &replicas {
        let _pages = dengwen_dispatch::start(replica).unwrap();
    }
    let steps = all_are_taken_once(&replicas[0], case.id).await;
    let ladder: Vec<u8> =
        of(&set, &steps, "DL-SCR").into_iter().map(|(level, _)| level).filter(|level| *level > 0).collect();
    assert_eq!(ladder, [1, 2, 3, 4]);
    let after = limits(&replicas[0], case.id).await;
    let screen = after.iter().find(|limit| limit.rule.as_str() == "DL-SCR").unwrap();
    assert_eq!(screen.state, DeadlineState::Overdue { level: 4 });
    for replica in &replicas {
        assert_eq!(look_once(replica).await.unwrap(), 0, "nothing is left to look at");
        replica.shutdown().cancel();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_on_sqlite_take_each_step_once() {
    two_replicas_take_each_step_once(Rig::on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_on_postgres_take_each_step_once() {
    two_replicas_take_each_step_once(Rig::on_postgres()).await;
}

/// As the desk grants an extension: another last day, one extension more, and not overdue.
async fn extend(runtime: &Runtime, limit: &Deadline, due: jiff::civil::Date) {
    let extended =
        Deadline { due, extensions: limit.extensions + 1, state: DeadlineState::Open, ..limit.clone() };
    let mut work = runtime.ledger().begin().await.unwrap();
    work.update_deadline(&extended, cut_off(due)).await.unwrap();
    work.commit().await.unwrap();
}

async fn an_extended_limit_climbs_its_ladder_again(rig: Rig) {
    let replicas = [rig.replica("a").await, rig.replica("b").await];
    let (case, file) =
        case(&replicas[0], "990000-2026-000001", subject("某甲", "清岚县教育局", "副局长", "990121"));
    store(&replicas[0], &case, &file).await;
    dispatch(&replicas[0], case.id).await;
    let screen =
        |limits: Vec<Deadline>| limits.into_iter().find(|limit| limit.rule.as_str() == "DL-SCR").unwrap();
    rig.clock.set(instant("2026-03-20T03:00:00Z"));
    look_once(&replicas[0]).await.unwrap();
    let limit = screen(limits(&replicas[0], case.id).await);
    assert_eq!(limit.state, DeadlineState::Overdue { level: 2 });

    extend(&replicas[0], &limit, jiff::civil::date(2026, 3, 31)).await;
    rig.clock.set(instant("2026-04-01T03:00:00Z"));
    let (one, other) = tokio::join!(look_once(&replicas[0]), look_once(&replicas[1]));
    one.unwrap();
    other.unwrap();
    let steps = steps(&replicas[0], case.id).await;
    let ladder: Vec<(u16, u8)> = steps
        .iter()
        .filter(|step| step.deadline == limit.id && step.level > 0)
        .map(|step| (step.extension, step.level))
        .collect();
    assert_eq!(ladder, [(0, 1), (0, 2), (1, 1)]);
    assert_eq!(screen(limits(&replicas[0], case.id).await).state, DeadlineState::Overdue { level: 1 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extended_limit_climbs_its_ladder_again_on_sqlite() {
    an_extended_limit_climbs_its_ladder_again(Rig::on_sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extended_limit_climbs_its_ladder_again_on_postgres() {
    an_extended_limit_climbs_its_ladder_again(Rig::on_postgres()).await;
}

#[tokio::test]
async fn a_limit_that_is_set_after_it_passed_is_not_missed() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let (case, file) =
        case(&runtime, "990000-2026-000001", subject("某甲", "清岚县教育局", "副局长", "990121"));
    store(&runtime, &case, &file).await;
    // Dispatch was down for two months; the decision on acceptance was due after fifteen days.
    rig.clock.set(instant("2026-05-04T03:00:00Z"));
    dispatch(&runtime, case.id).await;
    look_once(&runtime).await.unwrap();
    let set = limits(&runtime, case.id).await;
    let steps = all_are_taken_once(&runtime, case.id).await;
    let ladder: Vec<u8> =
        of(&set, &steps, "DL-DEC").into_iter().map(|(level, _)| level).filter(|level| *level > 0).collect();
    assert_eq!(ladder, [1, 2, 3, 4]);
}

#[tokio::test]
async fn what_no_unit_takes_up_in_time_comes_before_whoever_dispatches_once() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let recheck = async |case: CaseId| {
        let set = limits(&runtime, case).await;
        set.into_iter().filter(|limit| limit.rule.as_str() == "DL-RECHK").collect::<Vec<_>>()
    };
    let mut cases = Vec::new();
    for number in ["990000-2026-000001", "990000-2026-000002"] {
        let (case, file) = case(&runtime, number, subject("某甲", "清岚县教育局", "副局长", "990121"));
        store(&runtime, &case, &file).await;
        dispatch(&runtime, case.id).await;
        cases.push(case.id);
    }
    let [waits, taken_up] = cases[..] else { panic!("two cases") };
    let officer = UserId::new(runtime.clock(), runtime.entropy());
    change(&runtime, taken_up, |case, _| case.stage = case.stage.clone().accept(officer).unwrap()).await;
    let unaccepted =
        limits(&runtime, waits).await.into_iter().find(|limit| limit.rule.as_str() == "DL-UNITACC");
    let passes = cut_off(unaccepted.unwrap().due).unwrap();

    rig.clock.set(passes - jiff::SignedDuration::from_secs(1));
    look_once(&runtime).await.unwrap();
    assert_eq!(recheck(waits).await, [], "not before its time is over");
    rig.clock.set(passes);
    look_once(&runtime).await.unwrap();
    look_once(&runtime).await.unwrap();
    let [set] = &recheck(waits).await[..] else { panic!("one limit") };
    assert_eq!((set.start, &set.state), (passes, &DeadlineState::Open));
    assert_eq!(recheck(taken_up).await, [], "a unit works on it");
}
