//! What dispatch hands over becomes an item, once.

use dengwen_casework::Intake;
use dengwen_messages::{AssignmentMade, CaseOpened, Envelope, Event, LimitSet, TraceParent};
use dengwen_model::{
    AssignmentId, AssignmentState, AssignmentTask, CaseId, CaseStage, DeadlineId, HandlingForm, Priority,
    Role,
};
use dengwen_queue::Settlement;
use dengwen_service::Handler;
use serde_json::json;

use crate::bench::{Bench, COUNTY, OTHER_COUNTY};
use crate::seed::{Seed, Seeded};

fn envelope(bench: &Bench, event: Event) -> Envelope {
    let (clock, entropy) = (bench.runtime.clock(), bench.runtime.entropy());
    Envelope::new(event, "/dispatch", TraceParent::new(entropy), clock, entropy)
}

/// What dispatch says of a case that it handed to a unit.
fn made(bench: &Bench, seeded: &Seeded, unit: &str) -> AssignmentMade {
    let (clock, entropy) = (bench.runtime.clock(), bench.runtime.entropy());
    AssignmentMade {
        assignment: seeded.assignment,
        case: seeded.case,
        unit: unit.parse().unwrap(),
        task: AssignmentTask::Verify,
        category: "A02".parse().unwrap(),
        handling: HandlingForm::H3,
        must_investigate: vec!["M1".to_owned()],
        priority: Priority::try_from(2).unwrap(),
        assigned_at: clock.now(),
        path: vec!["R1".to_owned()],
        deadlines: vec![LimitSet {
            deadline: DeadlineId::new(clock, entropy),
            rule: "DL-UNITACC".parse().unwrap(),
            due: "2026-03-09".parse().unwrap(),
            provisional: false,
        }],
    }
}

#[tokio::test]
async fn an_assignment_that_is_handed_over_twice_is_one_item() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { unit: OTHER_COUNTY, handed_over: false, ..Seed::default() }).await;
    let made = made(&bench, &seeded, OTHER_COUNTY);
    let message = envelope(&bench, Event::AssignmentMade(Box::new(made.clone())));
    let intake = Intake::new(bench.runtime.clone());
    for _ in 0..2 {
        let decided = intake.handle(&[message.clone(), message.clone()]).await.unwrap();
        assert_eq!(decided, [Settlement::Done, Settlement::Done]);
    }
    let officer = bench.token(dengwen_model::Role::Officer, Some(OTHER_COUNTY), "officer");
    let pull = format!("/api/v1/units/{OTHER_COUNTY}/pull");
    let got = bench.post(&pull, &officer, json!({})).await.ok();
    assert_eq!(got["items"].as_array().unwrap().len(), 1);
    assert_eq!(got["items"][0]["assignment_id"], made.assignment.to_string());
    // Handed over again while it is held: nothing changes.
    intake.handle(&[message]).await.unwrap();
    let item = bench.get(&format!("/api/v1/assignments/{}", made.assignment), &officer).await.ok();
    assert_eq!(item["state"], "leased");
}

#[tokio::test]
async fn another_message_on_the_queue_is_parked_and_its_neighbours_are_taken() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let stray = envelope(&bench, Event::CaseOpened(CaseOpened { case: seeded.case }));
    let decided = Intake::new(bench.runtime.clone()).handle(&[stray]).await.unwrap();
    assert!(matches!(decided[..], [Settlement::Park { .. }]));
}

#[tokio::test]
async fn a_hand_over_to_another_unit_than_the_case_names_is_parked() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { unit: OTHER_COUNTY, handed_over: false, ..Seed::default() }).await;
    let intake = Intake::new(bench.runtime.clone());
    let forged = made(&bench, &seeded, COUNTY);
    let invented = AssignmentMade {
        assignment: AssignmentId::new(bench.runtime.clock(), bench.runtime.entropy()),
        ..forged.clone()
    };
    let nowhere = AssignmentMade {
        case: CaseId::new(bench.runtime.clock(), bench.runtime.entropy()),
        ..forged.clone()
    };
    let told =
        [forged, invented, nowhere].map(|made| envelope(&bench, Event::AssignmentMade(Box::new(made))));
    let decided = intake.handle(&told).await.unwrap();
    assert!(decided.iter().all(|decision| matches!(decision, Settlement::Park { .. })), "{decided:?}");
    assert_eq!(
        bench.runtime.ledger().read().await.unwrap().assignments_of_case(seeded.case).await.unwrap(),
        []
    );
    let officer = bench.token(Role::Officer, Some(COUNTY), "officer");
    let got = bench.post(&format!("/api/v1/units/{COUNTY}/pull"), &officer, json!({})).await.ok();
    assert_eq!(got["items"], json!([]));
    // It did not take the place of the true one.
    let message = envelope(&bench, Event::AssignmentMade(Box::new(made(&bench, &seeded, OTHER_COUNTY))));
    assert_eq!(intake.handle(&[message]).await.unwrap(), [Settlement::Done]);
    let officer = bench.token(Role::Officer, Some(OTHER_COUNTY), "officer");
    bench.get(&seeded.at_item(""), &officer).await.ok();
}

#[tokio::test]
async fn a_hand_over_that_comes_after_the_case_was_taken_again_is_over_if_it_was_made() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { unit: OTHER_COUNTY, handed_over: false, ..Seed::default() }).await;
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    let mut record = work.case(seeded.case).await.unwrap().unwrap();
    record.case.stage = CaseStage::Opened;
    work.update_case(&record).await.unwrap();
    work.commit().await.unwrap();
    let intake = Intake::new(bench.runtime.clone());
    let [forged, late] = [COUNTY, OTHER_COUNTY]
        .map(|unit| envelope(&bench, Event::AssignmentMade(Box::new(made(&bench, &seeded, unit)))));
    let decided = intake.handle(&[forged.clone(), late.clone(), late, forged]).await.unwrap();
    let parked: Vec<_> = decided.iter().map(|decision| matches!(decision, Settlement::Park { .. })).collect();
    assert_eq!(parked, [true, false, false, true]);
    let stored = bench.runtime.ledger().read().await.unwrap().assignments_of_case(seeded.case).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(
        (stored[0].assignment.unit.as_str(), &stored[0].assignment.state),
        (OTHER_COUNTY, &AssignmentState::Done)
    );
}

/// Also where a row got in by another way.
#[tokio::test]
async fn an_assignment_of_another_unit_than_the_case_names_opens_nothing() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { unit: OTHER_COUNTY, ..Seed::default() }).await;
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    let mut record = work.case(seeded.case).await.unwrap().unwrap();
    record.case.stage =
        CaseStage::Dispatched { unit: COUNTY.parse().unwrap(), assignment: seeded.assignment };
    work.update_case(&record).await.unwrap();
    work.commit().await.unwrap();
    let officer = bench.token(Role::Officer, Some(OTHER_COUNTY), "officer");
    bench.post(&seeded.at_item("/accept"), &officer, json!({})).await.refused(404, "not-found");
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let found = work.broken_promises(bench.runtime.clock().now(), 10).await.unwrap();
    assert!(found.iter().any(|finding| finding.promise == "assignment-of-another-unit"), "{found:?}");
}
