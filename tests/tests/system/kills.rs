//! Processes die at full speed, and nothing that got a receipt is lost or doubled.

use std::collections::BTreeSet;

use dengwen_testkit::{Backends, Service, System};

use crate::{all_have_a_disposition, holds_exactly, in_one, in_services, load::Load};

/// Receipts between two deaths.
const BETWEEN: usize = 25;
/// Deaths of the one process that is everything.
const DEATHS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_everything_in_one_no_tip_is_lost_or_doubled() {
    let mut system = in_one().await;
    let load = Load::start(&system);
    for _ in 0..DEATHS {
        load.goes_on(BETWEEN).await;
        let process = system.process(Service::Web);
        process.kill().await;
        process.start_again().await;
    }
    load.goes_on(BETWEEN).await;
    every_receipt_leads_to_one_tip(&system, load).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_each_service_in_turn_no_tip_is_lost_or_doubled() {
    let mut system = in_services(Backends::real().await).await;
    let load = Load::start(&system);
    for service in Service::ALL {
        load.goes_on(BETWEEN).await;
        let process = system.process(service);
        process.kill().await;
        process.start_again().await;
    }
    load.goes_on(BETWEEN).await;
    every_receipt_leads_to_one_tip(&system, load).await;
}

async fn every_receipt_leads_to_one_tip(system: &System, load: Load) {
    let receipts = load.finish().await;
    let distinct: BTreeSet<&String> = receipts.iter().collect();
    assert_eq!(distinct.len(), receipts.len(), "two tips were given one receipt");
    all_have_a_disposition(system, &receipts).await;
    holds_exactly(system, receipts.len()).await;
}
