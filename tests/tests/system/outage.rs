//! Broker, database and cache are away, and the doors go on taking tips.

use dengwen_model::{Clock, SystemClock};
use dengwen_service::{Settings, open_ledger};
use dengwen_testkit::{Backends, Kind, Server, Service, System, client, holds};
use serde_json::Value;

use crate::{LONG, all_have_a_disposition, holds_exactly, in_services, load::Load, setup};

const SERVERS: [Kind; 3] = [Kind::Rabbitmq, Kind::Postgres, Kind::Redis];

async fn status(system: &System, service: Service, path: &str) -> Option<u16> {
    let answer = client().get(system.url(service, path)).send().await;
    answer.ok().map(|answer| answer.status().as_u16())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_all_servers_away_doors_take_tips_and_all_arrive_afterwards() {
    let mut system = in_services(Backends::private().await).await;
    let load = Load::start(&system);
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
    all_have_a_disposition(&system, &receipts).await;
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
    let load = Load::start(&system);
    for server in SERVERS {
        load.goes_on(20).await;
        system.backends().server(server).kill().await;
        load.goes_on(20).await;
        system.backends().server(server).start_again().await;
    }
    load.goes_on(20).await;
    let receipts = load.finish().await;
    all_have_a_disposition(&system, &receipts).await;
    holds_exactly(&system, receipts.len()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_loses_what_it_confirmed_loses_no_tip() {
    let setup = setup().settings("[door]\nresend_after_s = 10\n");
    let mut system = System::in_services(Backends::private().await, setup).await;
    system.process(Service::Triage).kill().await;
    let load = Load::start(&system);
    load.goes_on(20).await;
    let receipts = load.finish().await;
    let broker = system.backends().server(Kind::Rabbitmq);
    with_the_broker(broker, receipts.len()).await;

    broker.lose_everything().await;
    broker.start_again().await;
    system.process(Service::Triage).start_again().await;
    all_have_a_disposition(&system, &receipts).await;
    holds_exactly(&system, receipts.len()).await;
}

/// The doors have been told that the ledger has their tips and have forgotten them: what the broker loses now,
/// dispatch has to miss.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_loses_what_comes_after_the_ledger_loses_no_case() {
    for deaf in [Service::Dispatch, Service::Casework] {
        let setup = setup().settings("[desk]\nclock_scan_s = 1\nleft_behind_s = 5\n");
        let mut system = System::in_services(Backends::private().await, setup).await;
        let ledger_url = system.backends().server(Kind::Postgres).url().to_owned();
        let ledger = open_ledger(&Settings { ledger_url, ..Settings::default() }).await.expect("the ledger");
        let left_behind = async || {
            let mut work = ledger.read().await.expect("the ledger");
            work.cases_left_behind(SystemClock.now(), 1000).await.expect("cases").len()
        };
        let load = Load::start(&system);
        load.goes_on(20).await;
        system.process(deaf).kill().await;
        load.goes_on(20).await;
        let receipts = load.finish().await;
        holds("every tip in the ledger, and some that nobody can get hold of", LONG, || async {
            let mut work = ledger.read().await.expect("the ledger");
            work.count_tips().await.expect("tips") == receipts.len() as u64 && left_behind().await > 0
        })
        .await;

        let broker = system.backends().server(Kind::Rabbitmq);
        broker.lose_everything().await;
        broker.start_again().await;
        system.process(deaf).start_again().await;
        holds("every case with a unit that can pull it", LONG, || async { left_behind().await == 0 }).await;
        all_have_a_disposition(&system, &receipts).await;
        holds_exactly(&system, receipts.len()).await;
    }
}

/// Waits until the broker has confirmed so many messages.
pub(crate) async fn with_the_broker(broker: &Server, tips: usize) {
    holds("every tip with the broker", LONG, || async {
        waiting_with(broker).await.is_some_and(|messages| messages >= tips as u64)
    })
    .await;
}

/// Messages that the broker has confirmed and not handed on for good; `None` while it does not tell.
pub(crate) async fn waiting_with(broker: &Server) -> Option<u64> {
    let overview = format!("{}/api/queues", broker.management_url());
    let answer = client().get(overview).basic_auth("guest", Some("guest")).send().await.ok()?;
    let queues: Value = answer.json().await.ok()?;
    let queues = queues.as_array()?.iter();
    // The last of them carries nothing, and has no figures for ever if the broker was killed soon enough.
    let carrying = queues.filter(|queue| !queue["name"].as_str().is_some_and(|name| name.ends_with(".last")));
    // A queue that was declared just now has no figures yet.
    carrying.map(|queue| queue["messages"].as_u64()).sum()
}
