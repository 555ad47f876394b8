//! The running tip line, as real processes: everything in one on the embedded default, and every
//! service by itself on PostgreSQL, RabbitMQ and Redis. Run by `./tests/run`.
#![expect(clippy::expect_used, reason = "an unmet expectation is a failing test")]

mod kills;
mod leaving;
mod load;
mod outage;
mod tips;

use std::time::Duration;

use dengwen_testkit::{Backends, Service, Setup, System, client, until};
use serde_json::Value;

/// How long anything may take that has no limit of its own, on a machine busy with other things.
const LONG: Duration = Duration::from_secs(180);

/// Sources are not limited: all of a test's tips come from one address.
fn setup() -> Setup {
    Setup::default().variable("DENGWEN_DANGEROUS_LIMITS_OFF", "1")
}

/// Everything in one process, on the embedded default.
async fn in_one() -> System {
    System::in_one(Backends::embedded(), setup()).await
}

/// Every service as its own process, on real servers.
async fn in_services(backends: Backends) -> System {
    System::in_services(backends, setup()).await
}

/// How the tip of this receipt stands, as soon as somebody has decided what becomes of it.
async fn disposition(system: &System, receipt: &str) -> String {
    let mine = system.url(Service::Web, "/api/v1/tips/mine");
    let digits: String = receipt.split(' ').collect();
    let client = client();
    until("a disposition of every tip that got a receipt", LONG, || async {
        let request = client.get(&mine).header("Authorization", format!("Receipt {digits}"));
        let answer = request.send().await.ok().filter(|answer| answer.status().is_success())?;
        let answer: Value = answer.json().await.ok()?;
        let state = answer["state"].as_str()?;
        (state != "received").then(|| state.to_owned())
    })
    .await
}

/// Checks the ledger's promises, and that it holds exactly so many tips.
async fn holds_exactly(system: &System, tips: usize) {
    let told = system.run(&["verify"]).await;
    let counted = told.lines().find_map(|line| line.split_once(" tips, ").map(|(count, _)| count.to_owned()));
    assert_eq!(
        counted,
        Some(tips.to_string()),
        "tips in the ledger (left) and receipts given (right)\n{told}"
    );
}
