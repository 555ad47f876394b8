//! docs/ADDING-A-GATEWAY.md, proved: a kind that is one file ([`carrier_pigeon`]) and one line.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

#[path = "support/carrier_pigeon.rs"]
mod carrier_pigeon;

use std::sync::Arc;

use dengwen_sms::assembly::Waits;
use dengwen_sms::gateway::{Registry, Request, Settings};
use dengwen_sms::store::MemoryStore;
use http::Method;
use support::{Collector, intake, noon};

#[tokio::test]
async fn a_new_kind_is_one_file_and_one_line() {
    let registry = Registry::default().with(carrier_pigeon::KIND);
    let mut settings = Settings::from_pairs([("ring", "s3cret")]);
    let gateway = registry.open("loft", "carrier-pigeon", &mut settings).unwrap();
    let sink = Arc::new(Collector::default());
    let intake = intake(Arc::new(MemoryStore::default()), &sink, Waits::default());
    let mut request = Request::get("https://t.example/sms/loft/inbound");
    request.method = Method::POST;
    request.headers.insert("x-ring", "s3cret".parse().unwrap());
    request.body = bytes::Bytes::from_static("7 +8613900000001 塔下有人卖官".as_bytes());
    let received = intake.receive(&gateway, &request, noon()).await;
    assert_eq!((received.answer.status, received.answer.body.as_str()), (200, "coo"));
    assert_eq!(sink.texts(), ["塔下有人卖官"]);
    request.headers.insert("x-ring", "other".parse().unwrap());
    assert_eq!(intake.receive(&gateway, &request, noon()).await.answer.status, 401);
}
