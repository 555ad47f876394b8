//! Triage (分拣): opens each tip, registers it exactly once, recognises whether the matter is known,
//! classifies it, and joins it to its case or opens one.
//!
//! Everything of a tip is committed in one unit of work: the tip, its case, its place in the index,
//! the audit entries, and the messages to its door and to dispatch. What a machine decides here is a
//! proposal with its reasons; the desk can change each.

mod casefile;
mod handler;
mod opened;
mod register;

use std::sync::Arc;

use axum::Router;
use dengwen_messages::Queues;
use dengwen_queue::Subscription;
use dengwen_service::{Runtime, consume};

pub use handler::Triage;

/// Starts triage on this runtime. It has no pages of its own.
///
/// # Errors
/// Where the built-in names of its queue are not names, which cannot be.
pub fn start(runtime: &Runtime) -> anyhow::Result<Router> {
    // A tip must never be parked for what passes by itself, so the bound on attempts is high.
    let subscription = Subscription::new(Queues::TRIAGE.0, Queues::TRIAGE.1)?.with_max_attempts(20);
    let handler = Arc::new(Triage::new(runtime.clone()));
    let process = runtime.process().clone();
    runtime.process().spawn(consume(process, subscription, handler));
    Ok(Router::new())
}
