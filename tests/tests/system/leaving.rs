//! Every process answers SIGTERM by finishing what it holds, and leaves with 0 within 10 s.

use dengwen_testkit::{Backends, Service};

use crate::{all_have_a_disposition, holds_exactly, in_one, in_services, load::Load};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_one_process_leaves_in_order_and_goes_on_where_it_was() {
    let mut system = in_one().await;
    let load = Load::start(&system);
    load.goes_on(20).await;
    let process = system.process(Service::Web);
    let status = process.terminate().await;
    assert!(status.success(), "{status}");
    process.start_again().await;
    load.goes_on(20).await;
    let receipts = load.finish().await;
    all_have_a_disposition(&system, &receipts).await;
    holds_exactly(&system, receipts.len()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_leaves_in_order_with_the_load_on() {
    let mut system = in_services(Backends::real().await).await;
    let load = Load::start(&system);
    for service in Service::ALL {
        load.goes_on(10).await;
        let process = system.process(service);
        let status = process.terminate().await;
        assert!(status.success(), "{service:?}: {status}");
        process.start_again().await;
    }
    let receipts = load.finish().await;
    all_have_a_disposition(&system, &receipts).await;
    holds_exactly(&system, receipts.len()).await;
}
