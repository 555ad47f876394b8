//! What dispatch hands over becomes an item, once.

use dengwen_casework::Intake;
use dengwen_messages::{AssignmentMade, CaseOpened, Envelope, Event, LimitSet, TraceParent};
use dengwen_model::{AssignmentTask, DeadlineId, HandlingForm, Priority};
use dengwen_queue::Settlement;
use dengwen_service::Handler;
use serde_json::json;

use crate::bench::{Bench, OTHER_COUNTY};
use crate::seed::Seed;

fn envelope(bench: &Bench, event: Event) -> Envelope {
    let (clock, entropy) = (bench.runtime.clock(), bench.runtime.entropy());
    Envelope::new(event, "/dispatch", TraceParent::new(entropy), clock, entropy)
}

#[tokio::test]
async fn an_assignment_that_is_handed_over_twice_is_one_item() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed { unit: OTHER_COUNTY, handed_over: false, ..Seed::default() }).await;
    let (clock, entropy) = (bench.runtime.clock(), bench.runtime.entropy());
    let made = AssignmentMade {
        assignment: seeded.assignment,
        case: seeded.case,
        unit: OTHER_COUNTY.parse().unwrap(),
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
    };
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
