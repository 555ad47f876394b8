//! Promises about attempts.

use std::time::Duration;

use super::{Harness, Sender, eventually, nothing, one, queue_of};
use crate::{ReasonCode, Settlement};

const LATER: Duration = Duration::from_secs(60);

/// A retried message comes again, later, with its attempts counted, and nothing of it is lost.
pub async fn retries_later_and_counts_attempts(harness: &dyn Harness) {
    let (queue, mut consumer, _) = queue_of(harness, 10).await;
    let sent = Sender::new(30).message("work.new", "try me");
    queue.publish(vec![sent.clone()]).await.unwrap();
    let mut attempts = Vec::new();
    for _ in 0..2 {
        let delivery = one(&mut consumer).await;
        attempts.push(delivery.attempt());
        delivery.settle(Settlement::Retry { after: Some(LATER) }).await.unwrap();
        harness.pass(LATER).await;
    }
    let delivery = one(&mut consumer).await;
    attempts.push(delivery.attempt());
    assert_eq!(attempts, [1, 2, 3]);
    let got = delivery.message();
    assert_eq!((got.message_id, &got.topic, &got.body), (sent.message_id, &sent.topic, &sent.body));
    delivery.settle(Settlement::Done).await.unwrap();
    nothing(&mut consumer).await;
}

/// Asking for another try after the last one parks the message.
pub async fn parks_after_the_last_attempt(harness: &dyn Harness) {
    let (queue, mut consumer, work) = queue_of(harness, 10).await;
    let sent = Sender::new(31).message("work.new", "never works");
    queue.publish(vec![sent.clone()]).await.unwrap();
    for attempt in 1..=work.max_attempts {
        one(&mut consumer).await.settle(Settlement::Retry { after: None }).await.unwrap();
        if attempt < work.max_attempts {
            harness.pass(LATER).await;
        }
    }
    // At once, not when its time would have come.
    let parked = queue.parked_list(10).await.unwrap();
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!((parked[0].id.message_id, &parked[0].id.queue), (sent.message_id, &work.queue));
    assert_eq!((&parked[0].reason, parked[0].attempts), (&ReasonCode::ATTEMPTS, work.max_attempts));
    harness.pass(LATER).await;
    nothing(&mut consumer).await;
}

/// A message whose handler is always torn down comes to rest too.
pub async fn parks_what_keeps_being_dropped(harness: &dyn Harness) {
    let (queue, mut consumer, work) = queue_of(harness, 10).await;
    let sent = Sender::new(32).message("work.new", "kills its handler");
    queue.publish(vec![sent.clone()]).await.unwrap();
    for attempt in 1..=work.max_attempts {
        let delivery = one(&mut consumer).await;
        assert_eq!(delivery.attempt(), attempt);
        drop(delivery);
    }
    nothing(&mut consumer).await;
    let parked = eventually(async || queue.parked_list(10).await.unwrap().pop()).await;
    assert_eq!((parked.id.message_id, parked.reason), (sent.message_id, ReasonCode::ATTEMPTS));
}
