//! Promises about publishing.

use super::{Harness, Sender, drain, ids, next, nothing, one, queue_of, subscription};
use crate::{MAX_BODY_BYTES, Outgoing, QueueError, Settlement};

/// Every part of a message arrives as it was sent.
pub async fn delivers_what_was_published(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 10).await;
    let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let sent = Sender::new(1).message("work.new", vec![0, 159, 255]).with_traceparent(traceparent);
    queue.publish(vec![sent.clone()]).await.unwrap();
    let delivery = one(&mut consumer).await;
    assert_eq!(delivery.attempt(), 1);
    let got = delivery.message().clone();
    assert_eq!((got.message_id, got.topic), (sent.message_id, sent.topic));
    assert_eq!((got.traceparent.as_deref(), got.body), (Some(traceparent), sent.body));
    delivery.settle(Settlement::Done).await.unwrap();
    nothing(&mut consumer).await;
}

/// Sizes at both ends are carried.
pub async fn delivers_an_empty_and_a_large_body(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 10).await;
    let sender = Sender::new(2);
    for size in [0, MAX_BODY_BYTES] {
        queue.publish(vec![sender.message("work.new", vec![7; size])]).await.unwrap();
        let delivery = one(&mut consumer).await;
        assert_eq!(delivery.message().body.len(), size);
        delivery.settle(Settlement::Done).await.unwrap();
    }
}

/// A batch larger than any chunk arrives whole.
pub async fn delivers_a_large_batch_whole(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 100).await;
    let sent = Sender::new(3).messages("work.new", 1337);
    queue.publish(sent.clone()).await.unwrap();
    assert_eq!(drain(&mut consumer, sent.len()).await, ids(&sent));
    nothing(&mut consumer).await;
}

/// What one handle took another can deliver, after the first is gone.
pub async fn keeps_messages_over_a_new_handle(harness: &dyn Harness) {
    let (queue, consumer, work) = queue_of(harness, 10).await;
    drop(consumer);
    let sent = Sender::new(4).messages("work.new", 25);
    queue.publish(sent.clone()).await.unwrap();
    queue.close().await;
    let mut consumer = harness.open().await.consume(&work, 10).await.unwrap();
    assert_eq!(drain(&mut consumer, sent.len()).await, ids(&sent));
}

/// One message over the limit refuses its batch before anything is stored.
pub async fn refuses_an_oversized_batch_whole(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 10).await;
    let sender = Sender::new(5);
    let good = sender.message("work.new", "good");
    let bad = sender.message("work.new", vec![0; MAX_BODY_BYTES + 1]);
    let refused = queue.publish(vec![good.clone(), bad]).await;
    assert!(matches!(refused, Err(QueueError::TooLarge { .. })), "{refused:?}");
    nothing(&mut consumer).await;
    queue.publish(vec![good]).await.unwrap();
    queue.publish(Vec::new()).await.unwrap();
    assert_eq!(next(&mut consumer, 10).await.len(), 1);
}

/// Callers that publish at the same time each get their own message through, once.
pub async fn publishes_from_many_callers_at_once(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 100).await;
    let sent = Sender::new(6).messages("work.new", 300);
    let publish = |message: Outgoing| {
        let queue = queue.clone();
        tokio::spawn(async move { queue.publish(vec![message]).await })
    };
    for published in futures::future::join_all(sent.iter().cloned().map(publish)).await {
        published.unwrap().unwrap();
    }
    assert_eq!(drain(&mut consumer, sent.len()).await, ids(&sent));
    nothing(&mut consumer).await;
}

/// Each queue whose binding matches gets its own copy, and no other queue does.
pub async fn copies_to_every_queue_that_matches(harness: &dyn Harness) {
    let queue = harness.open().await;
    let subscriptions = [
        subscription("all", "#"),
        subscription("registered", "tips.registered.*"),
        subscription("one-door", "tips.registered.web-1"),
        subscription("cases", "cases.#"),
    ];
    queue.declare(&subscriptions).await.unwrap();
    let sent = Sender::new(7).message("tips.registered.web-1", "fan out");
    queue.publish(vec![sent.clone()]).await.unwrap();
    for subscription in &subscriptions[..3] {
        let mut consumer = queue.consume(subscription, 10).await.unwrap();
        assert_eq!(drain(&mut consumer, 1).await, ids(std::slice::from_ref(&sent)));
        nothing(&mut consumer).await;
    }
    nothing(&mut queue.consume(&subscriptions[3], 10).await.unwrap()).await;
}
