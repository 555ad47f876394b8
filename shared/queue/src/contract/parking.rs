//! Promises about what was given up.

use super::{Harness, Sender, drain, eventually, ids, nothing, one, queue_of, subscription};
use crate::{Outgoing, ParkedEntry, ParkedId, Queue, QueueError, ReasonCode, Settlement, Subscription};

const POISON: ReasonCode = ReasonCode::new("not-an-envelope");

async fn park_one(
    queue: &dyn Queue,
    consumer: &mut Box<dyn crate::Consumer>,
    message: &Outgoing,
) -> ParkedEntry {
    queue.publish(vec![message.clone()]).await.unwrap();
    one(consumer).await.settle(Settlement::Park { reason: POISON }).await.unwrap();
    let parked = queue.parked_list(10).await.unwrap();
    assert_eq!(parked.len(), 1, "{parked:?}");
    parked.into_iter().next().unwrap()
}

/// A poison message is put aside at once, with why; those behind it go on.
pub async fn parks_poison_without_stopping_the_queue(harness: &dyn Harness) {
    let (queue, mut consumer, work) = queue_of(harness, 10).await;
    let sender = Sender::new(40);
    let poison = sender.message("work.bad", "poison");
    let entry = park_one(queue.as_ref(), &mut consumer, &poison).await;
    assert_eq!(entry.id, ParkedId { queue: work.queue, message_id: poison.message_id });
    assert_eq!((entry.topic, entry.reason, entry.attempts), (poison.topic, POISON, 1));
    assert_eq!(entry.size, poison.body.len());
    let rest = sender.messages("work.new", 3);
    queue.publish(rest.clone()).await.unwrap();
    assert_eq!(drain(&mut consumer, 3).await, ids(&rest));
    // Listing takes nothing away, however often, and another handle sees the same.
    for _ in 0..3 {
        assert_eq!(queue.parked_list(10).await.unwrap().len(), 1);
    }
    let (shown, body) = harness.open().await.parked_show(&entry.id).await.unwrap();
    assert_eq!((shown.id, body), (entry.id, poison.body));
    // A broker counts what a listing gave back a moment later.
    eventually(async || (queue.depths().await.unwrap().parked == 1).then_some(())).await;
}

/// A replayed message is delivered as on its first day.
pub async fn replays_a_parked_message_with_new_attempts(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 10).await;
    let sent = Sender::new(41).message("work.new", "mended meanwhile");
    let entry = park_one(queue.as_ref(), &mut consumer, &sent).await;
    queue.parked_replay(&entry.id).await.unwrap();
    let delivery = one(&mut consumer).await;
    assert_eq!((delivery.message().message_id, delivery.attempt()), (sent.message_id, 1));
    assert_eq!((&delivery.message().topic, &delivery.message().body), (&sent.topic, &sent.body));
    delivery.settle(Settlement::Done).await.unwrap();
    assert_eq!(queue.parked_list(10).await.unwrap(), []);
}

/// A discarded message is gone.
pub async fn discards_a_parked_message(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 10).await;
    let entry = park_one(queue.as_ref(), &mut consumer, &Sender::new(42).message("work.new", "")).await;
    queue.parked_discard(&entry.id).await.unwrap();
    assert_eq!(queue.parked_list(10).await.unwrap(), []);
    nothing(&mut consumer).await;
    assert!(matches!(queue.parked_discard(&entry.id).await, Err(QueueError::NotParked)));
}

/// What leads nowhere is durable, visible, and finds its way once its queue is declared.
pub async fn keeps_the_unrouted_visible_and_replays_them(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 10).await;
    let sent = Sender::new(43).message("late.topic", "nobody listens");
    queue.publish(vec![sent.clone()]).await.unwrap();
    nothing(&mut consumer).await;
    let entry = eventually(async || queue.parked_list(10).await.unwrap().pop()).await;
    assert!(entry.id.queue.is_unrouted());
    assert_eq!((entry.id.message_id, &entry.reason), (sent.message_id, &ReasonCode::UNROUTED));
    assert!(matches!(queue.parked_replay(&entry.id).await, Err(QueueError::UnknownQueue(_))));
    assert_eq!(queue.parked_list(10).await.unwrap().len(), 1, "a replay to nowhere keeps the message");
    let late: [Subscription; 2] = [subscription("late", "late.*"), subscription("late-too", "*.topic")];
    queue.declare(&late).await.unwrap();
    queue.parked_replay(&entry.id).await.unwrap();
    for subscription in &late {
        let mut consumer = queue.consume(subscription, 1).await.unwrap();
        assert_eq!(drain(&mut consumer, 1).await, ids(std::slice::from_ref(&sent)));
    }
    assert_eq!(queue.parked_list(10).await.unwrap(), []);
}

/// Copies of a message in two queues are parked and replayed each by itself.
pub async fn parks_copies_apart(harness: &dyn Harness) {
    let queue = harness.open().await;
    let both = [subscription("left", "a"), subscription("right", "a")];
    queue.declare(&both).await.unwrap();
    let sent = Sender::new(44).message("a", "twice");
    queue.publish(vec![sent.clone()]).await.unwrap();
    let mut consumers = Vec::new();
    for subscription in &both {
        let mut consumer = queue.consume(subscription, 1).await.unwrap();
        one(&mut consumer).await.settle(Settlement::Park { reason: POISON }).await.unwrap();
        consumers.push(consumer);
    }
    assert_eq!(queue.parked_list(10).await.unwrap().len(), 2);
    let left = ParkedId { queue: both[0].queue.clone(), message_id: sent.message_id };
    queue.parked_replay(&left).await.unwrap();
    assert_eq!(drain(&mut consumers[0], 1).await, ids(&[sent]));
    nothing(&mut consumers[1]).await;
    let rest = queue.parked_list(10).await.unwrap();
    assert_eq!((rest.len(), &rest[0].id.queue), (1, &both[1].queue));
}

/// An id that is not parked is an error and disturbs nothing.
pub async fn knows_no_parked_message_that_is_not_there(harness: &dyn Harness) {
    let (queue, mut consumer, work) = queue_of(harness, 10).await;
    let sender = Sender::new(45);
    park_one(queue.as_ref(), &mut consumer, &sender.message("work.new", "there")).await;
    let other = sender.message("work.new", "not there").message_id;
    let id = ParkedId { queue: work.queue, message_id: other };
    assert!(matches!(queue.parked_show(&id).await, Err(QueueError::NotParked)));
    assert!(matches!(queue.parked_replay(&id).await, Err(QueueError::NotParked)));
    assert!(matches!(queue.parked_discard(&id).await, Err(QueueError::NotParked)));
    assert_eq!(queue.parked_list(10).await.unwrap().len(), 1);
}
