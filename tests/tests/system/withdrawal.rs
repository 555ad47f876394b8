//! A withdrawn token opens no clerks' desk any more, though the desks hold no ledger.

use std::time::{Duration, Instant};

use dengwen_testkit::{Backends, Service, System, client, holds};
use serde_json::json;

use crate::{in_one, in_services};

/// What docs/ARCHITECTURE.md states, while casework answers.
const WITHIN: Duration = Duration::from_secs(30);

const DESKS: [(Service, &str); 2] =
    [(Service::Phone, "/api/v1/phone/calls"), (Service::Letters, "/api/v1/letters")];

async fn registers(system: &System, (desk, path): (Service, &str), token: &str) -> u16 {
    let request =
        client().post(system.url(desk, path)).bearer_auth(token).json(&json!({"text": "甲局长卖官"}));
    request.send().await.expect("an answer").status().as_u16()
}

/// Withdraws a clerk's token and waits until both desks know. Gives the token.
async fn withdrawn_everywhere(system: &System) -> String {
    let (one, other) = (system.token("intake", None).await, system.token("intake", None).await);
    for desk in DESKS {
        assert_eq!(registers(system, desk, &one).await, 201);
    }
    system.withdraw(&one).await;
    let since = Instant::now();
    for desk in DESKS {
        let left = WITHIN.saturating_sub(since.elapsed());
        holds("the desk refuses the token", left, || async { registers(system, desk, &one).await == 401 })
            .await;
        assert_eq!(registers(system, desk, &other).await, 201, "another clerk's token holds");
    }
    one
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_reaches_the_desks_with_everything_in_one() {
    withdrawn_everywhere(&in_one().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_reaches_the_desks_with_services_of_their_own_and_outlives_casework() {
    let mut system = in_services(Backends::real().await).await;
    let withdrawn = withdrawn_everywhere(&system).await;
    let holding = system.token("intake", None).await;
    system.process(Service::Casework).kill().await;
    for (service, path) in DESKS {
        let desk = system.process(service);
        desk.kill().await;
        desk.start_again().await;
        assert_eq!(registers(&system, (service, path), &withdrawn).await, 401, "known over a restart");
        assert_eq!(registers(&system, (service, path), &holding).await, 201, "tips are taken all the same");
    }
}
