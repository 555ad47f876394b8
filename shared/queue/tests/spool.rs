//! The doors' spool: nothing is forgotten before the ledger has answered for it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test tells what broke by a panic")]

mod support;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use dengwen_model::{MessageId, SeededEntropy, TipId};
use dengwen_queue::contract::Sender;
use dengwen_queue::{Backoff, Forwarder, ForwarderOptions, Outgoing, Publisher, QueueError, Spool};
use support::{GLANCE, PATIENCE, clock, spool};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Until the spool knows that so many entries were sent.
async fn until_sent(spool: &Spool, count: u64) {
    let looking = async {
        while spool.state().await.unwrap().sent != count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap();
}

/// A broker that counts, and that can be away.
#[derive(Debug, Default)]
struct Remote {
    seen: Mutex<HashMap<MessageId, usize>>,
    refusals: Mutex<usize>,
    arrived: Notify,
}

impl Remote {
    fn times(&self, id: MessageId) -> usize {
        self.seen.lock().unwrap().get(&id).copied().unwrap_or(0)
    }

    async fn wait_for(&self, id: MessageId, times: usize) {
        let waiting = async {
            loop {
                let arrived = self.arrived.notified();
                if self.times(id) >= times {
                    return;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
        assert_eq!(self.times(id), times);
    }
}

#[async_trait]
impl Publisher for Remote {
    async fn publish(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let mut refusals = self.refusals.lock().unwrap();
        if *refusals > 0 {
            *refusals -= 1;
            return Err(QueueError::Unavailable(None));
        }
        for message in messages {
            *self.seen.lock().unwrap().entry(message.message_id).or_default() += 1;
        }
        self.arrived.notify_one();
        Ok(())
    }
}

fn tips(clock: &dyn dengwen_model::Clock, count: usize) -> Vec<(TipId, Outgoing)> {
    let (entropy, sender) = (SeededEntropy::new(9), Sender::new(9));
    (0..count).map(|_| (TipId::new(clock, &entropy), sender.message("tips.received", "sealed"))).collect()
}

fn quick() -> ForwarderOptions {
    let backoff = Backoff { first: Duration::from_millis(5), longest: Duration::from_millis(20) };
    ForwarderOptions { backoff, ..ForwarderOptions::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tip_stays_until_the_ledger_answered_and_is_sent_again_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let clock = clock();
    let spool = spool(&directory.path().join("spool.db"), &clock).await;
    let (tip, message) = tips(clock.as_ref(), 1).pop().unwrap();
    let key = [3; 32];
    spool.append(tip, message.clone().with_lookup_key(key)).await.unwrap();
    let remote = Arc::new(Remote::default());
    let stop = CancellationToken::new();
    let forwarder = Forwarder::new(spool.clone(), remote.clone(), quick());
    let forwarding = tokio::spawn(forwarder.run(stop.clone()));

    remote.wait_for(message.message_id, 1).await;
    until_sent(&spool, 1).await;
    assert!(spool.lookup(&key).await.unwrap().is_some(), "confirmed is not registered");
    // Never before half of what the back-off allows, always by the whole of it; and it doubles.
    for (sent, half) in [(1, 600), (2, 1200), (3, 2400)] {
        until_sent(&spool, 1).await;
        clock.advance_seconds(half - 1);
        tokio::time::sleep(GLANCE).await;
        assert_eq!(remote.times(message.message_id), sent, "sent again before its time");
        clock.advance_seconds(half + 1);
        remote.wait_for(message.message_id, sent + 1).await;
    }

    assert_eq!(spool.forget(&[tip]).await.unwrap(), 1);
    assert_eq!(spool.lookup(&key).await.unwrap(), None);
    assert_eq!(spool.state().await.unwrap(), dengwen_queue::SpoolState::default());
    clock.advance_seconds(60_000);
    tokio::time::sleep(GLANCE).await;
    assert_eq!(remote.times(message.message_id), 4, "sent again after it was answered for");
    stop.cancel();
    forwarding.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_away_holds_up_nothing_and_gets_everything_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let clock = clock();
    let spool = spool(&directory.path().join("spool.db"), &clock).await;
    let remote = Arc::new(Remote::default());
    *remote.refusals.lock().unwrap() = 7;
    let stop = CancellationToken::new();
    let forwarder = Forwarder::new(spool.clone(), remote.clone(), quick());
    let forwarding = tokio::spawn(forwarder.run(stop.clone()));
    let tips = tips(clock.as_ref(), 600);
    for (tip, message) in &tips {
        spool.append(*tip, message.clone()).await.unwrap();
    }
    for (_, message) in &tips {
        remote.wait_for(message.message_id, 1).await;
    }
    let ids: Vec<TipId> = tips.iter().map(|(tip, _)| *tip).collect();
    assert_eq!(spool.forget(&ids).await.unwrap(), 600);
    assert_eq!(spool.forget(&ids).await.unwrap(), 0);
    stop.cancel();
    forwarding.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reopened_spool_goes_on_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let (path, clock) = (directory.path().join("spool.db"), clock());
    let tips = tips(clock.as_ref(), 3);
    let first = spool(&path, &clock).await;
    for (tip, message) in &tips {
        first.append(*tip, message.clone()).await.unwrap();
    }
    first.close().await;
    assert!(matches!(first.append(tips[0].0, tips[0].1.clone()).await, Err(QueueError::Closed)));
    let second = spool(&path, &clock).await;
    clock.advance_seconds(30);
    let state = second.state().await.unwrap();
    assert_eq!((state.waiting, state.sent, state.oldest), (3, 0, Some(Duration::from_secs(30))));
    let remote = Arc::new(Remote::default());
    Forwarder::new(second.clone(), remote.clone(), quick()).forward_batch().await.unwrap();
    let state = second.state().await.unwrap();
    assert_eq!((state.waiting, state.sent), (0, 3));
    assert!(tips.iter().all(|(_, message)| remote.times(message.message_id) == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_failed_batch_held_is_free_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let clock = clock();
    let spool = spool(&directory.path().join("spool.db"), &clock).await;
    let (tip, message) = tips(clock.as_ref(), 1).pop().unwrap();
    spool.append(tip, message.clone()).await.unwrap();
    let remote = Arc::new(Remote::default());
    *remote.refusals.lock().unwrap() = 1;
    let forwarder = Forwarder::new(spool, remote.clone(), quick());
    assert!(forwarder.forward_batch().await.is_err());
    // The clock stands still, so no lease has lapsed.
    tokio::time::timeout(PATIENCE, forwarder.forward_batch()).await.unwrap().unwrap();
    assert_eq!(remote.times(message.message_id), 1);
}
