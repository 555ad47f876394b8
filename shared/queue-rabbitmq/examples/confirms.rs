//! Bare lapin: persistent messages to a quorum queue, each confirmed, so many in flight, for
//! `tests/bench intake`. Usage: `confirms AMQP_URL IN_FLIGHT SECONDS BODY_BYTES`; prints messages a second.

#![allow(clippy::print_stdout, reason = "what it prints is what the bench reads")]

use std::time::{Duration, Instant};

use futures::stream::{FuturesUnordered, StreamExt};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Confirmation, Connection, ConnectionProperties};

const QUEUE: &str = "bench.confirms";
const USAGE: &str = "usage: confirms AMQP_URL IN_FLIGHT SECONDS BODY_BYTES";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or(USAGE)?;
    let in_flight: usize = arguments.next().ok_or(USAGE)?.parse()?;
    let seconds: u64 = arguments.next().ok_or(USAGE)?.parse()?;
    let body = vec![b'x'; arguments.next().ok_or(USAGE)?.parse()?];
    let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let mut quorum = FieldTable::default();
    quorum.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(QUEUE.into(), durable, quorum).await?;
    let properties = BasicProperties::default().with_delivery_mode(2);
    let started = Instant::now();
    let mut waiting = FuturesUnordered::new();
    let mut confirmed = 0_u64;
    while started.elapsed() < Duration::from_secs(seconds) {
        while waiting.len() < in_flight {
            let publish = channel.basic_publish(
                "".into(),
                QUEUE.into(),
                BasicPublishOptions::default(),
                &body,
                properties.clone(),
            );
            waiting.push(publish.await?);
        }
        if let Some(confirm) = waiting.next().await {
            if confirm? != Confirmation::Ack(None) {
                return Err("the broker did not take a message".into());
            }
            confirmed += 1;
        }
    }
    let rate = confirmed as f64 / started.elapsed().as_secs_f64();
    println!("{rate:.0}");
    channel.queue_delete(QUEUE.into(), QueueDeleteOptions::default()).await?;
    Ok(())
}
