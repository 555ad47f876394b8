//! Connections that break, brokers that are away or say nothing, and strangers' messages.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test tells what broke by a panic")]

mod support;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use dengwen_queue::contract::Sender;
use dengwen_queue::{
    Consumer, Parked, Publisher, Queue, QueueError, ReasonCode, Settlement, Subscription, settle_all,
};
use dengwen_queue_rabbitmq::RabbitOptions;
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use support::{Proxy, Wire, broker_url, fresh_prefix, open, options};

const PATIENCE: Duration = Duration::from_secs(60);

fn work() -> Subscription {
    Subscription::new("work", "work.#").unwrap()
}

/// Publishes again until it is durable, as a forwarder does.
async fn insist(queue: &dyn Publisher, message: dengwen_queue::Outgoing) {
    let publishing = async {
        while queue.publish(vec![message.clone()]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, publishing).await.unwrap();
}

async fn batch(consumer: &mut Box<dyn Consumer>) -> Vec<dengwen_queue::Delivery> {
    tokio::time::timeout(PATIENCE, consumer.next_batch(50)).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_are_mended_and_nothing_acknowledged_is_lost() {
    let proxy = Proxy::start().await;
    let queue = open(&proxy.url, options(&fresh_prefix()));
    queue.declare(&[work()]).await.unwrap();
    let mut consumer = queue.consume(&work(), 20).await.unwrap();
    let sent = Sender::new(60).messages("work.new", 400);
    let wanted: HashSet<_> = sent.iter().map(|message| message.message_id).collect();
    let publishing = tokio::spawn({
        let queue = queue.clone();
        async move {
            for message in sent {
                insist(queue.as_ref(), message).await;
            }
        }
    });
    let mut got = HashSet::new();
    let mut cuts = 0;
    while got.len() < wanted.len() {
        let deliveries = batch(&mut consumer).await;
        let ids: Vec<_> = deliveries.iter().map(|delivery| delivery.message().message_id).collect();
        // A settlement that fails says that the message will come again.
        let _redelivered =
            settle_all(deliveries.into_iter().map(|delivery| (delivery, Settlement::Done))).await;
        got.extend(ids);
        if got.len() >= 60 * (cuts + 1) && cuts < 5 {
            cuts += 1;
            proxy.set(Wire::Down);
            proxy.set(Wire::Up);
        }
    }
    publishing.await.unwrap();
    assert_eq!(got, wanted);
    assert_eq!(cuts, 5);
    assert_eq!(queue.parked_list(10).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_away_is_an_error_at_once_and_is_found_when_it_is_back() {
    let proxy = Proxy::start().await;
    proxy.set(Wire::Down);
    let queue = open(&proxy.url, options(&fresh_prefix()));
    let message = Sender::new(61).message("work.new", "patience");
    let started = Instant::now();
    assert!(queue.publish(vec![message.clone()]).await.unwrap_err().is_transient());
    assert!(queue.health().await.unwrap_err().is_transient());
    assert!(started.elapsed() < Duration::from_secs(5), "a dead broker is told at once");
    assert!(queue.declare(&[work()]).await.unwrap_err().is_transient());
    proxy.set(Wire::Up);
    // The queue that could not be declared is, before anything is published.
    insist(queue.as_ref(), message.clone()).await;
    queue.health().await.unwrap();
    let mut consumer = queue.consume(&work(), 1).await.unwrap();
    assert_eq!(batch(&mut consumer).await[0].message().message_id, message.message_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_says_nothing_is_a_timeout_and_the_message_may_be_sent_again() {
    let proxy = Proxy::start().await;
    let limit = Duration::from_millis(300);
    let options = RabbitOptions { time_limit: limit, ..options(&fresh_prefix()) };
    let queue = open(&proxy.url, options);
    // A loaded machine may need more than the short limit to declare; what counts comes after.
    let declared =
        async { while queue.declare(&[work()]).await.is_err() || queue.health().await.is_err() {} };
    tokio::time::timeout(PATIENCE, declared).await.unwrap();
    let connections = proxy.accepted();
    proxy.set(Wire::Silent);
    let message = Sender::new(62).message("work.new", "hello?");
    let unanswered = tokio::time::timeout(PATIENCE, queue.publish(vec![message.clone()])).await.unwrap();
    assert!(matches!(unanswered, Err(QueueError::Timeout)), "{unanswered:?}");
    proxy.set(Wire::Up);
    insist(queue.as_ref(), message.clone()).await;
    assert!(proxy.accepted() > connections, "the silent connection was not trusted again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_without_a_leader_is_said_by_its_name_until_it_has_one() {
    let proxy = Proxy::start().await;
    let options = RabbitOptions { time_limit: Duration::from_millis(500), ..options(&fresh_prefix()) };
    let queue = open(&proxy.url, options);
    let declared = async { while queue.declare(&[work()]).await.is_err() {} };
    tokio::time::timeout(PATIENCE, declared).await.unwrap();
    proxy.set(Wire::Leaderless);
    let asking = async {
        loop {
            match queue.consume(&work(), 1).await.unwrap_err() {
                QueueError::NoLeader(name) => return name,
                // A loaded machine may need more than the short limit for what comes before.
                error => assert!(error.is_transient(), "{error:?}"),
            }
        }
    };
    let name = tokio::time::timeout(PATIENCE, asking).await.unwrap();
    assert_eq!(name, work().queue);
    // It is not the broker that is away: publishing works, and the readiness page names the queue.
    let unready = async {
        loop {
            match queue.health().await.unwrap_err() {
                QueueError::NoLeader(name) => return name,
                error => assert!(error.is_transient(), "{error:?}"),
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, unready).await.unwrap(), work().queue);
    proxy.set(Wire::Up);
    let message = Sender::new(68).message("work.new", "led again");
    insist(queue.as_ref(), message.clone()).await;
    let consuming = async {
        loop {
            if let Ok(consumer) = queue.consume(&work(), 1).await {
                return consumer;
            }
        }
    };
    let mut consumer = tokio::time::timeout(PATIENCE, consuming).await.unwrap();
    assert_eq!(batch(&mut consumer).await[0].message().message_id, message.message_id);
    queue.health().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_outlives_the_deletion_of_its_queue() {
    let prefix = fresh_prefix();
    let queue = open(&broker_url(), RabbitOptions { lanes: 1, ..options(&prefix) });
    queue.declare(&[work()]).await.unwrap();
    let mut consumer = queue.consume(&work(), 10).await.unwrap();
    let connection = Connection::connect(&broker_url(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    // All connections are there: nobody but the consumer itself declares the queue anew. (Where
    // somebody does so at once, RabbitMQ 3.10 can leave the consumer with a queue that is not.)
    queue.health().await.unwrap();
    let waiting = tokio::spawn(async move { batch(&mut consumer).await });
    channel.queue_delete(format!("{prefix}q.work").into(), Default::default()).await.unwrap();
    let sender = Sender::new(63);
    let arriving = async {
        while !waiting.is_finished() {
            // Unrouted until the queue is there again.
            queue.publish(vec![sender.message("work.new", "again")]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, arriving).await.unwrap();
    assert!(!waiting.await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_message_is_parked_and_does_not_stop_the_queue() {
    let prefix = fresh_prefix();
    let queue = open(&broker_url(), options(&prefix));
    queue.declare(&[work()]).await.unwrap();
    let connection = Connection::connect(&broker_url(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let stranger = channel.basic_publish(
        "".into(),
        format!("{prefix}q.work").into(),
        BasicPublishOptions::default(),
        b"who are you",
        BasicProperties::default(),
    );
    stranger.await.unwrap().await.unwrap();
    let ours = Sender::new(64).message("work.new", "ours");
    queue.publish(vec![ours.clone()]).await.unwrap();
    let mut consumer = queue.consume(&work(), 10).await.unwrap();
    let delivery = batch(&mut consumer).await.pop().unwrap();
    assert_eq!(delivery.message().message_id, ours.message_id);
    delivery.settle(Settlement::Done).await.unwrap();
    let parked = queue.parked_list(10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!((parked[0].reason.as_str(), parked[0].size), ("foreign", 11));
    assert_eq!(queue.parked_show(&parked[0].id).await.unwrap().1, "who are you");
}

/// The broker's own bound works too, for a consumer that never gets as far as counting.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_broker_gives_up_by_itself_is_listed_with_its_queue() {
    let prefix = fresh_prefix();
    let queue = open(&broker_url(), options(&prefix));
    queue.declare(&[work()]).await.unwrap();
    let sent = Sender::new(65).message("work.new", "rejected");
    queue.publish(vec![sent.clone()]).await.unwrap();
    let connection = Connection::connect(&broker_url(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let got = channel.basic_get(format!("{prefix}q.work").into(), Default::default()).await.unwrap().unwrap();
    got.delivery.reject(Default::default()).await.unwrap();
    let looking = async {
        loop {
            if let Some(entry) = queue.parked_list(10).await.unwrap().pop() {
                return entry;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let entry = tokio::time::timeout(PATIENCE, looking).await.unwrap();
    assert_eq!((entry.id.queue.as_str(), entry.id.message_id), ("work", sent.message_id));
    assert_eq!((entry.reason, entry.parked_at), (ReasonCode::ATTEMPTS, None));
    queue.parked_replay(&entry.id).await.unwrap();
    let mut consumer = queue.consume(&work(), 1).await.unwrap();
    let delivery = batch(&mut consumer).await.pop().unwrap();
    assert_eq!((delivery.message().message_id, delivery.attempt()), (sent.message_id, 1));
}

/// An operator deleted what catches the unroutable: the message must not be taken for stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_leads_nowhere_at_all_is_refused() {
    let prefix = fresh_prefix();
    // With one lane: another that connects later would put the exchange back.
    let queue = open(&broker_url(), RabbitOptions { lanes: 1, ..options(&prefix) });
    queue.declare(&[work()]).await.unwrap();
    let (nowhere, sender) = ("nobody.listens", Sender::new(66));
    queue.publish(vec![sender.message(nowhere, "kept as unrouted")]).await.unwrap();
    let connection = Connection::connect(&broker_url(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.exchange_delete(format!("{prefix}unrouted").into(), Default::default()).await.unwrap();
    let refused =
        queue.publish(vec![sender.message("work.new", "fine"), sender.message(nowhere, "lost")]).await;
    assert!(matches!(refused, Err(QueueError::Refused)), "{refused:?}");
    queue.publish(vec![sender.message("work.new", "fine")]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_does_not_wait_for_a_broker_that_says_nothing() {
    let proxy = Proxy::start().await;
    let queue = open(&proxy.url, RabbitOptions { time_limit: PATIENCE, ..options(&fresh_prefix()) });
    queue.declare(&[work()]).await.unwrap();
    queue.health().await.unwrap();
    proxy.set(Wire::Silent);
    let started = Instant::now();
    tokio::select! {
        // Polled first, so that the message is in the lane's hands when it is told to end.
        biased;
        published = queue.publish(vec![Sender::new(67).message("work.new", "hello?")]) => panic!("{published:?}"),
        () = queue.close() => {}
    }
    assert!(started.elapsed() < Duration::from_secs(9), "a process has 10 s to end");
}
