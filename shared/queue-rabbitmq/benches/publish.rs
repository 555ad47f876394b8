//! How fast messages become durable at RabbitMQ, beside bare lapin with as many in flight.
//!
//! `DENGWEN_TEST_RABBITMQ=amqp://… cargo bench -p dengwen-queue-rabbitmq`. Each line: callers,
//! messages a second through the driver and through bare lapin on one channel, both into a quorum
//! queue with every message confirmed, CPU microseconds a message of this process, and the ratio.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement, not a service"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use dengwen_model::{Entropy, MessageId, SystemClock, SystemEntropy};
use dengwen_queue::{Outgoing, Publisher, Queue, Subscription, Topic};
use dengwen_queue_rabbitmq::{RabbitOptions, RabbitQueue};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};

const CALLERS: [usize; 4] = [1, 8, 64, 512];
const LASTING: Duration = Duration::from_secs(3);
/// About the size of a sealed tip.
const BODY_BYTES: usize = 2500;

/// Microseconds of CPU that this process has used, from `proc_pid_stat(5)` in ticks of 10 ms.
fn cpu_micros() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) * 10_000
}

struct Rate {
    per_second: f64,
    cpu_micros: f64,
}

fn rate(messages: u64, start: Instant, cpu: u64) -> Rate {
    let messages = messages as f64;
    Rate {
        per_second: messages / start.elapsed().as_secs_f64(),
        cpu_micros: (cpu_micros() - cpu) as f64 / messages,
    }
}

async fn driver(url: &str, callers: usize, body: &Bytes) -> Rate {
    let mut random = [0; 8];
    SystemEntropy.fill(&mut random);
    let prefix = format!("dengwen.bench.{:x}.", u64::from_le_bytes(random));
    let options = RabbitOptions { prefix, ..RabbitOptions::default() };
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let queue = RabbitQueue::open_with(url, options, clock, entropy).unwrap();
    queue.declare(&[Subscription::new("triage", "tips.received").unwrap()]).await.unwrap();
    queue.health().await.unwrap();
    let topic: Topic = "tips.received".parse().unwrap();
    let (cpu, start) = (cpu_micros(), Instant::now());
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (queue, topic, body) = (queue.clone(), topic.clone(), body.clone());
            tokio::spawn(async move {
                let mut published = 0;
                while start.elapsed() < LASTING {
                    let id = MessageId::new(&SystemClock, &SystemEntropy);
                    queue.publish(vec![Outgoing::new(id, topic.clone(), body.clone())]).await.unwrap();
                    published += 1;
                }
                published
            })
        })
        .collect();
    let mut published = 0;
    for task in tasks {
        published += task.await.unwrap();
    }
    let rate = rate(published, start, cpu);
    queue.close().await;
    rate
}

async fn publish(channel: &Channel, queue: &str, body: &Bytes) -> Confirmation {
    let properties = BasicProperties::default().with_delivery_mode(2);
    let options = BasicPublishOptions::default();
    let confirm = channel.basic_publish("".into(), queue.into(), options, body, properties);
    confirm.await.unwrap().await.unwrap()
}

async fn bare(url: &str, in_flight: usize, body: &Bytes) -> Rate {
    let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let name = format!("dengwen.bench.bare.{in_flight}");
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    channel.queue_declare(name.as_str().into(), QueueDeclareOptions::durable(), arguments).await.unwrap();
    let (cpu, start) = (cpu_micros(), Instant::now());
    let mut open: FuturesUnordered<_> = (0..in_flight).map(|_| publish(&channel, &name, body)).collect();
    let mut published = 0;
    while let Some(confirmation) = open.next().await {
        assert_eq!(confirmation, Confirmation::Ack(None));
        published += 1;
        if start.elapsed() < LASTING {
            open.push(publish(&channel, &name, body));
        }
    }
    let rate = rate(published, start, cpu);
    channel.queue_delete(name.as_str().into(), Default::default()).await.unwrap();
    rate
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let url = std::env::var("DENGWEN_TEST_RABBITMQ").expect("DENGWEN_TEST_RABBITMQ is not set");
    let body = Bytes::from(vec![0x5A; BODY_BYTES]);
    println!(
        "{:>8} {:>12} {:>8} {:>14} {:>8} {:>7}",
        "callers", "driver/s", "CPU us", "bare lapin/s", "CPU us", "ratio"
    );
    for callers in CALLERS {
        let bare = bare(&url, callers, &body).await;
        let driver = driver(&url, callers, &body).await;
        println!(
            "{callers:>8} {:>12.0} {:>8.1} {:>14.0} {:>8.1} {:>7.2}",
            driver.per_second,
            driver.cpu_micros,
            bare.per_second,
            bare.cpu_micros,
            driver.per_second / bare.per_second,
        );
    }
}
