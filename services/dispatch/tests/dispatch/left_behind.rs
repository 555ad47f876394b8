//! The messages about a case were lost: it is handed over without them.

use std::time::Duration;

use dengwen_dispatch::{Dispatch, fetch_left_behind};
use dengwen_messages::{AssignmentMade, CaseOpened, Envelope, Event, TraceParent};
use dengwen_model::{Case, CaseFile, CourseEvent};
use dengwen_queue::{Settlement, Subscription};
use dengwen_service::{Handler, Runtime};

use crate::rig::{Rig, case, change, dispatch, read, store, subject};

/// A case of a division's teacher, as triage opens it.
async fn opened(runtime: &Runtime) -> Case {
    let teacher = subject("某甲", "清岚县教育局", "副局长", "990121");
    let (made, file) = case(runtime, "990000-2026-000001", teacher);
    store(runtime, &made, &file).await;
    made
}

/// How often the case was handed over.
fn hand_overs(file: &CaseFile) -> usize {
    file.course.iter().filter(|entry| matches!(entry.event, CourseEvent::Dispatched { .. })).count()
}

/// What units are told.
fn told() -> Subscription {
    Subscription::new("test.assignments", "assignments.*").unwrap()
}

/// The first `count` of what units were told since [`told`] was declared.
async fn heard(runtime: &Runtime, count: usize) -> Vec<AssignmentMade> {
    let mut consumer = runtime.queue().consume(&told(), 16).await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < count {
        let batch = tokio::time::timeout(Duration::from_secs(30), consumer.next_batch(16)).await;
        for delivery in batch.unwrap().unwrap() {
            let Event::AssignmentMade(made) = Envelope::from_bytes(&delivery.message().body).unwrap().event
            else {
                panic!("units are told of assignments alone")
            };
            heard.push(*made);
            delivery.settle(Settlement::Done).await.unwrap();
        }
    }
    heard
}

#[tokio::test]
async fn a_case_that_dispatch_was_never_told_of_gets_its_unit_after_a_while() {
    for rig in [Rig::on_sqlite(), Rig::on_postgres()] {
        let runtime = rig.replica("a").await;
        let made = opened(&runtime).await;
        rig.clock.advance_seconds(599);
        assert_eq!(fetch_left_behind(&runtime).await.unwrap(), 0, "its message may still come");
        rig.clock.advance_seconds(2);
        let other = rig.replica("b").await;
        let (one, two) = tokio::join!(fetch_left_behind(&runtime), fetch_left_behind(&other));
        assert_eq!(one.unwrap() + two.unwrap(), 1, "one replica does it");
        let (handed, file) = read(&runtime, made.id).await;
        assert_eq!(handed.stage.held_by().map(|(unit, _)| unit.as_str()), Some("990121-ZZB"));
        // Its message comes after all.
        let late = Event::CaseOpened(CaseOpened { case: made.id });
        let trace = TraceParent::new(runtime.entropy());
        let late = Envelope::new(late, "/triage", trace, runtime.clock(), runtime.entropy());
        Dispatch::new(runtime.clone()).handle(&[late]).await.unwrap();
        assert_eq!((hand_overs(&file), hand_overs(&read(&runtime, made.id).await.1)), (1, 1));
    }
}

#[tokio::test]
async fn a_unit_that_was_never_told_is_told_again_of_the_same_assignment() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    runtime.queue().declare(&[told()]).await.unwrap();
    let made = opened(&runtime).await;
    dispatch(&runtime, made.id).await;
    rig.clock.advance_seconds(601);
    assert_eq!(fetch_left_behind(&runtime).await.unwrap(), 1);
    assert_eq!(fetch_left_behind(&runtime).await.unwrap(), 0, "not with every look");
    let heard = heard(&runtime, 2).await;
    let [first, again] = &heard[..] else { panic!("told {} times", heard.len()) };
    assert_eq!((first.assignment, &first.unit), (again.assignment, &again.unit));
    assert_eq!((&first.path, first.assigned_at), (&again.path, again.assigned_at));
    let ids = |made: &AssignmentMade| {
        let mut ids: Vec<_> =
            made.deadlines.iter().map(|limit| (limit.rule.clone(), limit.deadline)).collect();
        ids.sort_by_key(|(rule, _)| rule.to_string());
        ids
    };
    assert_eq!(ids(first), ids(again), "with the limits that run");
    assert_eq!(hand_overs(&read(&runtime, made.id).await.1), 1);
}

#[tokio::test]
async fn a_unit_that_may_not_have_it_by_now_is_not_told_again() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let made = opened(&runtime).await;
    let (handed, _) = dispatch(&runtime, made.id).await;
    let (unit, first) = handed.stage.held_by().map(|(unit, id)| (unit.clone(), id)).unwrap();
    change(&runtime, made.id, |case, _| case.exclude(unit.clone())).await;
    rig.clock.advance_seconds(601);
    assert_eq!(fetch_left_behind(&runtime).await.unwrap(), 1);
    let (moved, file) = read(&runtime, made.id).await;
    let (other, second) = moved.stage.held_by().unwrap();
    assert!(*other != unit && second != first);
    assert_eq!(hand_overs(&file), 2);
}

#[tokio::test]
async fn a_case_that_cannot_be_opened_does_not_hold_up_the_others() {
    let rig = Rig::on_sqlite();
    let runtime = rig.replica("a").await;
    let broken = opened(&runtime).await;
    let mut work = runtime.ledger().begin().await.unwrap();
    let mut record = work.case(broken.id).await.unwrap().unwrap();
    record.file = vec![0; 40];
    work.update_case(&record).await.unwrap();
    work.commit().await.unwrap();
    rig.clock.advance_seconds(1);
    let teacher = subject("某乙", "清岚县教育局", "副局长", "990121");
    let (sound, file) = case(&runtime, "990000-2026-000002", teacher);
    store(&runtime, &sound, &file).await;
    rig.clock.advance_seconds(601);
    assert_eq!(fetch_left_behind(&runtime).await.unwrap(), 1);
    assert!(read(&runtime, sound.id).await.0.stage.held_by().is_some());
}
