//! How fast the embedded queue takes messages, beside SQLite committing one row at a time.
//!
//! `cargo bench -p dengwen-queue`. Each line: callers, messages a second, CPU microseconds a message
//! (the whole process, user and system), and how often as fast as one row a commit at the same
//! number of callers. Rates depend on the disk and on who else uses it: compare the ratios.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, not a service")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use dengwen_model::{MessageId, SystemClock, SystemEntropy};
use dengwen_queue::{EmbeddedQueue, Outgoing, Publisher, Queue, Settlement, Subscription, Topic, settle_all};
use rusqlite::{Connection, params};

const CALLERS: [usize; 4] = [1, 8, 64, 512];
const LASTING: Duration = Duration::from_secs(3);
/// About the size of a sealed tip: the key's encapsulation and a few paragraphs.
const BODY_BYTES: usize = 2500;

/// Microseconds of CPU that this process has used, from `proc_pid_stat(5)` in ticks of 10 ms.
fn cpu_micros() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    ticks * 10_000
}

struct Rate {
    per_second: f64,
    cpu_micros: f64,
}

/// Lets `callers` tasks call as fast as they are answered.
async fn measure<F: Future<Output = ()> + Send>(
    callers: usize,
    call: impl Fn() -> F + Clone + Send + Sync + 'static,
) -> Rate {
    call().await;
    let (cpu, start) = (cpu_micros(), Instant::now());
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let call = call.clone();
            tokio::spawn(async move {
                let mut calls = 0_u64;
                while start.elapsed() < LASTING {
                    call().await;
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    let mut calls = 0;
    for task in tasks {
        calls += task.await.unwrap();
    }
    let calls = calls as f64;
    Rate {
        per_second: calls / start.elapsed().as_secs_f64(),
        cpu_micros: (cpu_micros() - cpu) as f64 / calls,
    }
}

fn message(topic: &Topic, body: &Bytes) -> Outgoing {
    let id = MessageId::new(&SystemClock, &SystemEntropy);
    Outgoing::new(id, topic.clone(), body.clone()).with_lookup_key([id.as_uuid().as_bytes()[15]; 32])
}

async fn open(path: &Path) -> EmbeddedQueue {
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let queue = EmbeddedQueue::open_file(path, Default::default(), clock, entropy).await.unwrap();
    queue.declare(&[Subscription::new("triage", "tips.received").unwrap()]).await.unwrap();
    queue
}

async fn one_row_a_commit(path: &Path, callers: usize, body: &Bytes) -> Rate {
    let connection = Connection::open(path).unwrap();
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                    CREATE TABLE row (id INTEGER PRIMARY KEY, message_id BLOB, body BLOB) STRICT";
    connection.execute_batch(settings).unwrap();
    let (connection, body) = (Arc::new(Mutex::new(connection)), body.clone());
    measure(callers, move || {
        let (connection, body) = (connection.clone(), body.clone());
        async move {
            let id = MessageId::new(&SystemClock, &SystemEntropy).as_uuid();
            let insert = move || {
                let connection = connection.lock().unwrap();
                let mut insert =
                    connection.prepare_cached("INSERT INTO row (message_id, body) VALUES (?, ?)").unwrap();
                insert.execute(params![id.as_bytes(), body.as_ref()]).unwrap()
            };
            tokio::task::spawn_blocking(insert).await.unwrap();
        }
    })
    .await
}

async fn appends(path: &Path, callers: usize, body: &Bytes) -> Rate {
    let queue = open(path).await;
    let (topic, body): (Topic, _) = ("tips.received".parse().unwrap(), body.clone());
    let publishing = queue.clone();
    let rate = measure(callers, move || {
        let message = message(&topic, &body);
        let queue = publishing.clone();
        async move { queue.publish(vec![message]).await.unwrap() }
    })
    .await;
    queue.close().await;
    rate
}

/// Takes and settles what was appended.
async fn drain(path: &Path) -> Rate {
    let queue = open(path).await;
    let waiting = queue.depths().await.unwrap().queues[0].ready;
    let subscription = Subscription::new("triage", "tips.received").unwrap();
    let mut consumer = queue.consume(&subscription, 256).await.unwrap();
    let (cpu, start, mut taken) = (cpu_micros(), Instant::now(), 0);
    while taken < waiting && start.elapsed() < LASTING {
        let batch = consumer.next_batch(256).await.unwrap();
        taken += batch.len() as u64;
        settle_all(batch.into_iter().map(|delivery| (delivery, Settlement::Done))).await.unwrap();
    }
    let taken = taken as f64;
    let rate = Rate {
        per_second: taken / start.elapsed().as_secs_f64(),
        cpu_micros: (cpu_micros() - cpu) as f64 / taken,
    };
    queue.close().await;
    rate
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let body = Bytes::from(vec![0x5A; BODY_BYTES]);
    println!(
        "{:>8} {:>12} {:>8} {:>14} {:>8} {:>7}",
        "callers", "queue/s", "CPU us", "one row/s", "CPU us", "ratio"
    );
    for callers in CALLERS {
        let directory = tempfile::tempdir().unwrap();
        let single = one_row_a_commit(&directory.path().join("single.db"), callers, &body).await;
        let path = directory.path().join("queue.db");
        let queue = appends(&path, callers, &body).await;
        println!(
            "{callers:>8} {:>12.0} {:>8.1} {:>14.0} {:>8.1} {:>7.2}",
            queue.per_second,
            queue.cpu_micros,
            single.per_second,
            single.cpu_micros,
            queue.per_second / single.per_second,
        );
        if callers == 512 {
            let drained = drain(&path).await;
            println!(
                "drain: {:.0} messages/s taken and settled in batches of 256, {:.1} CPU us each",
                drained.per_second, drained.cpu_micros
            );
        }
    }
}
