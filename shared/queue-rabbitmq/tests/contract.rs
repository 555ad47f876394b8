//! The RabbitMQ driver keeps the contract.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test tells what broke by a panic")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dengwen_queue::Queue;
use dengwen_queue::contract::Harness;

struct Broker {
    url: String,
    prefix: String,
}

fn broker() -> Broker {
    Broker { url: support::broker_url(), prefix: support::fresh_prefix() }
}

#[async_trait]
impl Harness for Broker {
    async fn open(&self) -> Arc<dyn Queue> {
        support::open(&self.url, support::options(&self.prefix))
    }

    // The delays are the broker's, and short.
    async fn pass(&self, _time: Duration) {}
}

dengwen_queue::contract_tests!(broker());
