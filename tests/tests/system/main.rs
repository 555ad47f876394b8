//! The running tip line, as real processes: everything in one on the embedded default, and every
//! service by itself on PostgreSQL, RabbitMQ and Redis. Run by `./tests/run`.
#![expect(clippy::expect_used, reason = "an unmet expectation is a failing test")]

mod control;
mod destruction;
mod journey;
mod kills;
mod learning;
mod leaving;
mod load;
mod mail;
mod outage;
mod sms;
mod tips;
mod withdrawal;

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

/// How the tip of this receipt stands, while the receipt page can tell.
async fn state(system: &System, client: &reqwest::Client, receipt: &str) -> Option<String> {
    let digits: String = receipt.split(' ').collect();
    let mine = system.url(Service::Web, "/api/v1/tips/mine");
    let request = client.get(mine).header("Authorization", format!("Receipt {digits}"));
    let answer = request.send().await.ok().filter(|answer| answer.status().is_success())?;
    let answer: Value = answer.json().await.ok()?;
    Some(answer["state"].as_str()?.to_owned())
}

/// Waits until somebody or something has decided what becomes of each tip: it was handed to a
/// unit, referred, passed up or kept. As long as it goes on, it may take its time.
async fn all_have_a_disposition(system: &System, receipts: &[String]) {
    let client = client();
    let mut open: Vec<&String> = receipts.iter().collect();
    while !open.is_empty() {
        let what = format!("a disposition of {} of {} tips", open.len(), receipts.len());
        open = until(&what, LONG, || async {
            let mut left = Vec::new();
            for receipt in &open {
                if state(system, &client, receipt).await.is_none_or(|state| state == "received") {
                    left.push(*receipt);
                }
            }
            (left.len() < open.len()).then_some(left)
        })
        .await;
    }
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
