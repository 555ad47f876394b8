//! What the writer is asked to do.

use std::time::Duration;

use tokio::sync::oneshot;

use super::Weight;
use super::claim::{Claim, Claimed};
use crate::error::QueueError;
use crate::message::Outgoing;
use crate::name::ReasonCode;
use crate::parked::ParkedId;
use crate::queue::Subscription;

pub(super) type Done<T> = oneshot::Sender<Result<T, QueueError>>;

pub(super) enum Job {
    Append(Append),
    Claim(Claim, Done<Vec<Claimed>>),
    Settle(Vec<Settled>, Done<()>),
    Change(Change, Done<u64>),
    /// Take no more: what was taken is still done.
    Close,
}

pub(super) struct Append {
    pub(super) messages: Vec<Outgoing>,
    pub(super) tag: Option<[u8; 16]>,
    pub(super) weight: Weight,
    pub(super) done: Done<()>,
}

/// What became of one claimed message.
#[derive(Debug, Clone)]
pub(crate) struct Settled {
    pub(crate) seq: i64,
    /// The attempt that is settled: a claim that lapsed and went to another is left alone.
    pub(crate) attempt: u32,
    pub(crate) end: End,
}

#[derive(Debug, Clone)]
pub(crate) enum End {
    Done,
    Later(Duration),
    /// Given back before anybody saw it: that was no attempt.
    Untouched,
    Park(ReasonCode),
}

/// The rarer changes.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Declare(Vec<Subscription>),
    Replay(ParkedId),
    Discard(ParkedId),
    /// Removes every message with one of these tags.
    Forget(Vec<[u8; 16]>),
    /// Reads the queues again, which another process changed.
    Reload,
    /// Writes nothing, but takes the way of a write.
    Probe,
}

impl Job {
    /// Bytes that a transaction has to carry.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Append(append) => append.weight.bytes,
            _ => 0,
        }
    }

    /// Tells the caller that nothing was done.
    pub(super) fn fail(self, error: &QueueError) {
        // Whoever no longer listens has timed out and knows nothing either way.
        match self {
            Self::Append(append) => drop(append.done.send(Err(error.clone()))),
            Self::Claim(_, done) => drop(done.send(Err(error.clone()))),
            Self::Settle(_, done) => drop(done.send(Err(error.clone()))),
            Self::Change(_, done) => drop(done.send(Err(error.clone()))),
            Self::Close => {}
        }
    }
}
