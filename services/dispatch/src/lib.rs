//! Dispatch (分办): hands each case to the one unit that may and must verify it, sets the time limits,
//! and runs the clock that turns a passed limit into recorded steps.

mod clock;
mod due;
mod duty;
mod hand_over;
mod handler;
mod left_behind;
mod look;
mod plan;
mod recount;
mod review;
#[cfg(test)]
#[path = "../tests/dispatch/rig.rs"]
#[expect(dead_code, reason = "the tests of the whole crate use the rest")]
mod rig;
mod schedule;
mod way;

// The rig names this crate as the tests of the whole crate do.
#[cfg(test)]
extern crate self as dengwen_dispatch;

use std::sync::Arc;

use axum::Router;
use dengwen_messages::Queues;
use dengwen_queue::Subscription;
use dengwen_service::{Runtime, consume};

pub use clock::{look_once, watch_deadlines};
pub use due::look_at_due;
pub use handler::Dispatch;
pub use left_behind::fetch_left_behind;
pub use recount::Recounting;
pub use schedule::is_looked_at_in_time;

/// Starts dispatch on this runtime. It has no pages of its own.
///
/// # Errors
/// Where the built-in names of its queue are not names, which cannot be.
pub fn start(runtime: &Runtime) -> anyhow::Result<Router> {
    let subscription = Subscription::new(Queues::DISPATCH.0, Queues::DISPATCH.1)?.with_max_attempts(20);
    let handler = Arc::new(Dispatch::new(runtime.clone()));
    let process = runtime.process().clone();
    runtime.process().spawn(consume(process, subscription, handler));
    runtime.process().spawn(watch_deadlines(runtime.clone()));
    Ok(Router::new())
}
