//! Names of the queue's metrics, the same for every driver.

use crate::delivery::Settlement;
use crate::queue::Depths;

/// Sets the gauges of how much waits.
pub fn report_depths(depths: &Depths) {
    for depth in &depths.queues {
        let name = depth.queue.to_string();
        for (state, count) in
            [("ready", depth.ready), ("delayed", depth.delayed), ("in_flight", depth.in_flight)]
        {
            metrics::gauge!("dengwen_queue_messages", "queue" => name.clone(), "state" => state)
                .set(count as f64);
        }
        let age = depth.oldest.unwrap_or_default().as_secs_f64();
        metrics::gauge!("dengwen_queue_oldest_seconds", "queue" => name).set(age);
    }
    metrics::gauge!("dengwen_queue_parked_messages").set(depths.parked as f64);
    metrics::gauge!("dengwen_queue_unrouted_messages").set(depths.unrouted as f64);
}

/// Counts messages that became durable.
pub fn count_published(messages: usize) {
    metrics::counter!("dengwen_queue_published_total").increment(messages as u64);
}

/// Counts a settled delivery.
pub fn count_settled(queue: &str, settlement: &Settlement) {
    let outcome = match settlement {
        Settlement::Done => "done",
        Settlement::Retry { .. } => "retry",
        Settlement::Park { .. } => "park",
    };
    metrics::counter!("dengwen_queue_settled_total", "queue" => queue.to_owned(), "outcome" => outcome)
        .increment(1);
}
