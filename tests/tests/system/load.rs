//! Reporters who send without a pause, and never give up on a tip: what was not answered is sent
//! again under the same key, as the line's clients are told to do.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use dengwen_testkit::{Service, System, client, holds, until};
use serde_json::Value;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{LONG, tips};

/// Reporters sending at the same time.
const REPORTERS: usize = 4;

/// A load on the web door: at full speed while there are tips to send, so that what it leaves to be
/// worked through afterwards is bounded.
pub(crate) struct Load {
    reporters: JoinSet<()>,
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    /// Tips that may still be sent.
    tips: Semaphore,
    next: AtomicUsize,
    /// Receipts that were handed out. Kept outside of what is being killed.
    receipts: Mutex<Vec<String>>,
}

impl Load {
    /// Reporters who wait for their first tip.
    pub(crate) fn start(system: &System) -> Self {
        Self::start_at(system, 0)
    }

    /// [`start`](Self::start), with tips and keys that a load of so many tips has not used.
    pub(crate) fn start_at(system: &System, first: usize) -> Self {
        let shared = Arc::new(Shared {
            url: system.url(Service::Web, "/api/v1/tips"),
            tips: Semaphore::new(0),
            next: AtomicUsize::new(first),
            receipts: Mutex::default(),
        });
        let mut reporters = JoinSet::new();
        for _ in 0..REPORTERS {
            reporters.spawn(send_all(shared.clone()));
        }
        Self { reporters, shared }
    }

    /// Receipts handed out so far.
    pub(crate) fn taken(&self) -> usize {
        self.shared.receipts.lock().expect("no reporter has failed").len()
    }

    /// Sends twice as many tips, and returns as soon as the first half has its receipts: the line
    /// works, and is at work when what comes next happens to it.
    pub(crate) async fn goes_on(&self, tips: usize) {
        let wanted = self.taken() + tips;
        self.shared.tips.add_permits(2 * tips);
        holds("more receipts", LONG, || async { self.taken() >= wanted }).await;
    }

    /// Lets every reporter finish the tip in hand, and gives all receipts.
    pub(crate) async fn finish(mut self) -> Vec<String> {
        self.shared.tips.close();
        while let Some(ended) = self.reporters.join_next().await {
            ended.expect("a reporter was refused");
        }
        std::mem::take(&mut self.shared.receipts.lock().expect("no reporter has failed"))
    }
}

async fn send_all(shared: Arc<Shared>) {
    let client = client();
    while let Ok(tip) = shared.tips.acquire().await {
        tip.forget();
        let number = shared.next.fetch_add(1, Ordering::SeqCst);
        let body = tips::report(number);
        let receipt = until("an answer to a tip", LONG, || async {
            let request =
                client.post(&shared.url).header("Idempotency-Key", format!("tip-{number}")).json(&body);
            let answer = request.timeout(Duration::from_secs(10)).send().await.ok()?;
            let status = answer.status();
            // Not reached, cut off, stopping, or still at work on the first attempt: try again.
            if status.is_server_error() || status == 409 {
                return None;
            }
            let answer: Value = answer.json().await.ok()?;
            assert_eq!(status, 201, "a tip that is in order is taken: {answer}");
            Some(answer["receipt"].as_str().expect("a receipt").to_owned())
        })
        .await;
        shared.receipts.lock().expect("no reporter has failed").push(receipt);
    }
}
