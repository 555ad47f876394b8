//! Broker, database and cache are away, and the doors go on taking tips.

use dengwen_testkit::{Backends, Kind, Service, System, client, holds};

use crate::{LONG, disposition, holds_exactly, in_services, load::Load};

const SERVERS: [Kind; 3] = [Kind::Rabbitmq, Kind::Postgres, Kind::Redis];

async fn status(system: &System, service: Service, path: &str) -> Option<u16> {
    let answer = client().get(system.url(service, path)).send().await;
    answer.ok().map(|answer| answer.status().as_u16())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_all_servers_away_doors_take_tips_and_all_arrive_afterwards() {
    let mut system = in_services(Backends::private().await).await;
    let mut load = Load::start(&system);
    load.goes_on(20).await;

    for server in SERVERS {
        system.backends().server(server).stop().await;
    }
    load.goes_on(50).await;
    assert_eq!(status(&system, Service::Web, "/healthz").await, Some(200), "a door is alive without them");
    holds("the outage shows in readiness", LONG, || async {
        status(&system, Service::Triage, "/readyz").await == Some(503)
    })
    .await;
    // A door that dies and comes back in the middle of it has its spool, and starts without them.
    let web = system.process(Service::Web);
    web.kill().await;
    web.start_again().await;
    load.goes_on(50).await;

    for server in SERVERS {
        system.backends().server(server).start_again().await;
    }
    load.goes_on(20).await;
    let receipts = load.finish().await;
    for receipt in &receipts {
        disposition(&system, receipt).await;
    }
    holds_exactly(&system, receipts.len()).await;
    for service in Service::ALL {
        holds("every service is ready again", LONG, || async {
            status(&system, service, "/readyz").await == Some(200)
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_crash_under_load_lose_nothing() {
    let system = in_services(Backends::private().await).await;
    let mut load = Load::start(&system);
    for server in SERVERS {
        load.goes_on(20).await;
        system.backends().server(server).kill().await;
        load.goes_on(20).await;
        system.backends().server(server).start_again().await;
    }
    load.goes_on(20).await;
    let receipts = load.finish().await;
    for receipt in &receipts {
        disposition(&system, receipt).await;
    }
    holds_exactly(&system, receipts.len()).await;
}
