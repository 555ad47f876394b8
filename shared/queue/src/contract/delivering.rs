//! Promises about delivering.

use super::{GLANCE, Harness, Sender, drain, eventually, ids, next, nothing, one, queue_of, subscription};
use crate::{QueueError, Settlement, settle_all};

/// Consumers of one queue, in one process or several, get each message once between them.
pub async fn shares_messages_out_among_consumers(harness: &dyn Harness) {
    let (queue, mut first, work) = queue_of(harness, 10).await;
    let elsewhere = harness.open().await;
    let mut second = elsewhere.consume(&work, 10).await.unwrap();
    let sent = Sender::new(10).messages("work.new", 20);
    queue.publish(sent.clone()).await.unwrap();
    let mut held = Vec::new();
    while held.len() < 10 {
        held.extend(next(&mut first, 10).await);
    }
    let mut others = Vec::new();
    while others.len() < 10 {
        others.extend(next(&mut second, 10).await);
    }
    held.extend(others);
    let mut got: Vec<_> = held.iter().map(|delivery| delivery.message().message_id).collect();
    got.sort_unstable();
    assert_eq!(got, ids(&sent));
    settle_all(held.into_iter().map(|delivery| (delivery, Settlement::Done))).await.unwrap();
}

/// A consumer that waits is woken, whichever handle publishes.
pub async fn waits_for_a_message_that_comes_later(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 10).await;
    let elsewhere = harness.open().await;
    let sender = Sender::new(11);
    for publisher in [queue, elsewhere] {
        let waiting = tokio::spawn(async move {
            let delivery = one(&mut consumer).await;
            delivery.settle(Settlement::Done).await.unwrap();
            consumer
        });
        tokio::task::yield_now().await;
        publisher.publish(vec![sender.message("work.new", "late")]).await.unwrap();
        consumer = waiting.await.unwrap();
    }
}

/// A wait may be given up at any moment.
pub async fn loses_nothing_when_a_wait_is_cancelled(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 10).await;
    let sent = Sender::new(12).messages("work.new", 30);
    let mut got = Vec::new();
    for message in &sent {
        queue.publish(vec![message.clone()]).await.unwrap();
        // Given up after one poll: most likely in the middle of the driver's work.
        let now = std::future::ready(());
        tokio::select! {
            biased;
            batch = consumer.next_batch(10) => got.extend(batch.unwrap()),
            () = now => {}
        }
    }
    let early: Vec<_> = got.iter().map(|delivery| delivery.message().message_id).collect();
    settle_all(got.into_iter().map(|delivery| (delivery, Settlement::Done))).await.unwrap();
    let mut all = drain(&mut consumer, sent.len() - early.len()).await;
    all.extend(early);
    all.sort_unstable();
    assert_eq!(all, ids(&sent));
}

/// A consumer holds no more unsettled messages than its prefetch.
pub async fn holds_no_more_than_the_prefetch(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 3).await;
    queue.publish(Sender::new(13).messages("work.new", 5)).await.unwrap();
    let mut held = Vec::new();
    while held.len() < 3 {
        held.extend(next(&mut consumer, 10).await);
    }
    assert_eq!(held.len(), 3);
    nothing(&mut consumer).await;
    held.pop().unwrap().settle(Settlement::Done).await.unwrap();
    held.push(one(&mut consumer).await);
    nothing(&mut consumer).await;
}

/// A delivery that was let fall comes again, and the attempt counts.
pub async fn brings_back_what_was_dropped(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 10).await;
    let sent = Sender::new(14).message("work.new", "dropped");
    queue.publish(vec![sent.clone()]).await.unwrap();
    drop(one(&mut consumer).await);
    let again = one(&mut consumer).await;
    assert_eq!((again.message().message_id, again.attempt()), (sent.message_id, 2));
    again.settle(Settlement::Done).await.unwrap();
    nothing(&mut consumer).await;
}

/// What a handle held when it was closed goes to others.
pub async fn brings_back_what_a_closed_handle_held(harness: &dyn Harness) {
    let (queue, mut consumer, work) = queue_of(harness, 10).await;
    let sent = Sender::new(15).messages("work.new", 4);
    queue.publish(sent.clone()).await.unwrap();
    let mut held = Vec::new();
    while held.len() < 4 {
        held.extend(next(&mut consumer, 10).await);
    }
    queue.close().await;
    drop((held, consumer, queue));
    let mut consumer = harness.open().await.consume(&work, 10).await.unwrap();
    assert_eq!(drain(&mut consumer, 4).await, ids(&sent));
}

/// Declaring what is there changes nothing and loses nothing.
pub async fn declares_repeatedly(harness: &dyn Harness) {
    let (queue, mut consumer, work) = queue_of(harness, 10).await;
    let sent = Sender::new(16).messages("work.new", 3);
    queue.publish(sent.clone()).await.unwrap();
    queue.declare(&[work.clone(), subscription("other", "other.#")]).await.unwrap();
    harness.open().await.declare(&[work]).await.unwrap();
    assert_eq!(drain(&mut consumer, 3).await, ids(&sent));
    nothing(&mut consumer).await;
}

/// The depth of a queue is told.
pub async fn tells_how_much_waits(harness: &dyn Harness) {
    let (queue, mut consumer, work) = queue_of(harness, 2).await;
    let empty = queue.depths().await.unwrap();
    assert_eq!((empty.parked, empty.unrouted), (0, 0));
    queue.publish(Sender::new(17).messages("work.new", 5)).await.unwrap();
    queue.publish(vec![Sender::new(18).message("nowhere", "")]).await.unwrap();
    let mut held = Vec::new();
    while held.len() < 2 {
        held.extend(next(&mut consumer, 10).await);
    }
    eventually(async || {
        let depths = queue.depths().await.unwrap();
        let depth = depths.queues.iter().find(|depth| depth.queue == work.queue)?;
        (depth.ready == 3 && depth.in_flight == 2 && depths.unrouted == 1).then_some(())
    })
    .await;
}

/// A closed handle says so, and does not hang.
pub async fn answers_closed_after_close(harness: &dyn Harness) {
    let (queue, mut consumer, work) = queue_of(harness, 10).await;
    queue.health().await.unwrap();
    let waiting = tokio::spawn(async move { consumer.next_batch(1).await });
    tokio::time::timeout(GLANCE * 30, queue.close()).await.unwrap();
    assert!(matches!(waiting.await.unwrap(), Err(QueueError::Closed)));
    let sent = queue.publish(vec![Sender::new(19).message("work.new", "")]).await;
    assert!(matches!(sent, Err(QueueError::Closed)), "{sent:?}");
    assert!(matches!(queue.health().await, Err(QueueError::Closed)));
    match queue.consume(&work, 1).await {
        Err(error) => assert!(matches!(error, QueueError::Closed), "{error:?}"),
        Ok(mut consumer) => assert!(matches!(consumer.next_batch(1).await, Err(QueueError::Closed))),
    }
}
