//! `kill -9` at any moment: what was acknowledged is there afterwards, and what was in a consumer's
//! hands is free at once.
//!
//! The victim is this test's own binary, started again with the file's path in the environment.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test tells what broke by a panic")]
#![expect(clippy::print_stdout, reason = "the victim speaks to its killer over it")]

mod support;

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use dengwen_model::{MessageId, SystemClock, SystemEntropy};
use dengwen_queue::{EmbeddedQueue, Outgoing, Publisher, Queue};
use support::{batch, clock, options, queue, work};

const PATH: &str = "DENGWEN_TEST_VICTIM_FILE";

/// Publishes until it is killed, and says the id of each message once it is acknowledged. Takes
/// some messages into its hands first.
async fn publish_for_ever(path: &str) {
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let queue = EmbeddedQueue::open_file(path.as_ref(), options(), clock, entropy).await.unwrap();
    queue.declare(&[work()]).await.unwrap();
    let mut consumer = queue.consume(&work(), 50).await.unwrap();
    let mut held = Vec::new();
    let mut callers = Vec::new();
    for caller in 0..8 {
        let queue = queue.clone();
        callers.push(tokio::spawn(async move {
            loop {
                let id = MessageId::new(&SystemClock, &SystemEntropy);
                let body = vec![caller; 700];
                queue.publish(vec![Outgoing::new(id, "work.new".parse().unwrap(), body)]).await.unwrap();
                println!("acknowledged {id}");
            }
        }));
    }
    while held.len() < 50 {
        held.extend(consumer.next_batch(50).await.unwrap());
    }
    println!("holding");
    std::future::pending::<()>().await;
}

fn start_victim(path: &std::path::Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_acknowledged_is_lost_by_kill_9", "--nocapture", "--test-threads=1"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads what the victim acknowledged, and kills it in mid-work after `count` of them.
fn kill_after(mut victim: Child, count: usize) -> Vec<MessageId> {
    let output = BufReader::new(victim.stdout.take().unwrap());
    let mut acknowledged = Vec::new();
    let mut holding = false;
    let mut killed = false;
    for line in output.lines() {
        let line = line.unwrap();
        holding |= line.ends_with("holding");
        // Output of the test harness may stand before ours on a line.
        if let Some((_, id)) = line.rsplit_once("acknowledged ") {
            // The last line may have been cut by the kill.
            acknowledged.extend(id.parse::<MessageId>().ok());
        }
        if !killed && holding && acknowledged.len() >= count {
            victim.kill().unwrap();
            killed = true;
        }
    }
    assert!(killed, "the victim ended by itself");
    victim.wait().unwrap();
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_kill_9() {
    if let Ok(path) = std::env::var(PATH) {
        return publish_for_ever(&path).await;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("queue.db");
    let mut acknowledged = HashSet::new();
    for round in 1..=3 {
        acknowledged.extend(kill_after(start_victim(&path), 150 * round));
    }
    // A clock that stands still: leases could not lapse, so what the dead held came back because
    // they are dead.
    let queue = queue(&path, options(), &clock()).await;
    queue.check().await.unwrap();
    let mut consumer = queue.consume(&work(), 100).await.unwrap();
    let mut found = HashSet::new();
    while !acknowledged.is_subset(&found) {
        let deliveries = batch(&mut consumer).await;
        found.extend(deliveries.iter().map(|delivery| delivery.message().message_id));
        let done = deliveries.into_iter().map(|delivery| (delivery, dengwen_queue::Settlement::Done));
        dengwen_queue::settle_all(done).await.unwrap();
    }
    assert!(acknowledged.len() >= 600);
}
