//! The other tests find no loss. This one makes a loss, and shows that they would see it.

use dengwen_testkit::{Backends, Kind, Service, client};

use crate::{all_have_a_disposition, holds_exactly, in_services, load::Load, outage::with_the_broker, state};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tips_lost_in_the_spool_and_in_the_broker_are_missed() {
    let mut system = in_services(Backends::private().await).await;
    system.process(Service::Triage).kill().await;
    let load = Load::start(&system);
    load.goes_on(10).await;
    let lost = load.finish().await;
    let broker = system.backends().server(Kind::Rabbitmq);
    with_the_broker(broker, lost.len()).await;

    // Both places that have them are taken away at once.
    broker.lose_everything().await;
    broker.start_again().await;
    let spool = system.data(Some(Service::Web));
    let web = system.process(Service::Web);
    web.kill().await;
    let mut removed = 0;
    for file in std::fs::read_dir(spool).expect("the door's data").flatten() {
        if file.file_name().to_string_lossy().starts_with("spool") {
            let path = file.path();
            let removal =
                if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            removal.expect("our own file");
            removed += 1;
        }
    }
    assert!(removed > 0, "the spool lies in the door's data");
    web.start_again().await;
    system.process(Service::Triage).start_again().await;

    let load = Load::start_at(&system, lost.len());
    load.goes_on(1).await;
    let arrived = load.finish().await;
    all_have_a_disposition(&system, &arrived).await;
    for receipt in &lost {
        assert_eq!(state(&system, &client(), receipt).await, None, "a lost tip is known");
    }
    holds_exactly(&system, arrived.len()).await;
}
