//! The relay: what was committed reaches the queue, and a queue that is away stops nobody else.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use dengwen_ledger::{LedgerError, OutboxRecord};
use dengwen_model::{MessageId, SystemEntropy};
use dengwen_queue::{Outgoing, Settlement, Subscription};
use dengwen_seal::KeyDirectory;
use dengwen_service::{Process, Runtime, Settings};
use tokio::net::TcpListener;

/// Nothing here takes so long, however busy the machine is.
const TOO_LONG: Duration = Duration::from_secs(60);

async fn runtime(data: &Path, queue_url: &str) -> Runtime {
    let settings = Settings { data: data.to_owned(), queue_url: queue_url.to_owned(), ..Settings::default() };
    KeyDirectory::new(settings.keys_dir()).generate_missing(&SystemEntropy).expect("keys are made");
    let process = Process::open(settings).await.expect("the process opens");
    Runtime::open(process).await.expect("ledger and keys open")
}

fn message(runtime: &Runtime) -> OutboxRecord {
    OutboxRecord {
        id: MessageId::new(runtime.clock(), runtime.entropy()),
        topic: "cases.opened".to_owned(),
        payload: b"{}".to_vec(),
        traceparent: String::new(),
    }
}

async fn commit(runtime: &Runtime, messages: &[OutboxRecord]) -> Result<(), LedgerError> {
    let mut work = runtime.ledger().begin().await?;
    work.enqueue(messages).await?;
    work.commit().await?;
    runtime.wake_relay();
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_reaches_the_queue_once_and_leaves_the_ledger() {
    let directory = tempfile::tempdir().expect("a directory");
    let runtime = runtime(directory.path(), "embedded:").await;
    let subscription = Subscription::new("test.cases", "cases.*").expect("names");
    runtime.queue().declare(std::slice::from_ref(&subscription)).await.expect("declared");
    let mut consumer = runtime.queue().consume(&subscription, 100).await.expect("consuming");

    // More than two rounds.
    let messages: Vec<OutboxRecord> = (0..600).map(|_| message(&runtime)).collect();
    commit(&runtime, &messages[..10]).await.expect("committed");
    commit(&runtime, &messages[10..]).await.expect("committed");
    let mut seen = Vec::new();
    while seen.len() < messages.len() {
        let batch = tokio::time::timeout(TOO_LONG, consumer.next_batch(64)).await.expect("it comes");
        for delivery in batch.expect("a batch") {
            seen.push(delivery.message().message_id);
            delivery.settle(Settlement::Done).await.expect("settled");
        }
    }
    let wanted: HashSet<_> = messages.iter().map(|message| message.id).collect();
    assert_eq!(seen.iter().copied().collect::<HashSet<_>>(), wanted);
    let emptied = async {
        while runtime.ledger().read().await.expect("read").count_outbox().await.expect("counted") > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TOO_LONG, emptied).await.expect("the outbox is empty");
    assert_eq!(seen.len(), 600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_broker_does_not_keep_others_from_writing() {
    // Takes connections and never says a word.
    let broker = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = broker.local_addr().expect("bound").port();
    let directory = tempfile::tempdir().expect("a directory");
    let runtime = runtime(directory.path(), &format!("amqp://127.0.0.1:{port}/%2f")).await;
    // Waits for the broker as long as the relay will, from a moment earlier.
    let waiting = tokio::spawn({
        let queue = runtime.queue().clone();
        let id = message(&runtime).id;
        async move {
            queue.publish(vec![Outgoing::new(id, "cases.opened".parse().expect("a topic"), vec![])]).await
        }
    });
    let _connection = tokio::time::timeout(TOO_LONG, broker.accept()).await.expect("the queue knocks");
    for _ in 0..50 {
        commit(&runtime, &[message(&runtime)]).await.expect("committed");
    }
    assert!(!waiting.is_finished(), "the commits waited for the relay");
    let mut work = runtime.ledger().read().await.expect("read");
    assert_eq!(work.count_outbox().await.expect("counted"), 50);
}
