//! The embedded queue keeps the contract.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test tells what broke by a panic")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dengwen_model::{ManualClock, SeededEntropy};
use dengwen_queue::contract::Harness;
use dengwen_queue::{EmbeddedQueue, Queue, StoreOptions};
use tempfile::TempDir;

struct Embedded {
    directory: TempDir,
    clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
}

fn embedded() -> Embedded {
    let noon = "2026-03-02T12:00:00+08:00".parse().unwrap();
    Embedded {
        directory: tempfile::tempdir().unwrap(),
        clock: Arc::new(ManualClock::at(noon)),
        entropy: Arc::new(SeededEntropy::new(1)),
    }
}

#[async_trait]
impl Harness for Embedded {
    async fn open(&self) -> Arc<dyn Queue> {
        let path = self.directory.path().join("queue.db");
        let options = StoreOptions { poll: Duration::from_millis(20), ..StoreOptions::default() };
        let queue = EmbeddedQueue::open_file(&path, options, self.clock.clone(), self.entropy.clone()).await;
        Arc::new(queue.unwrap())
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance_seconds(i64::try_from(time.as_secs()).unwrap());
    }
}

dengwen_queue::contract_tests!(embedded());
