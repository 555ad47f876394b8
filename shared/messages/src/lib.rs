//! What goes over the queue: versioned envelopes in the shape of CloudEvents 1.0 (JSON format).
//!
//! A change that an old reader could not understand gets a new type (`…v2`) beside the old one; the
//! old is read until no queue can hold it any more. `golden/` holds one file a type, and the tests
//! read and write each of them byte for byte.

mod envelope;
mod event;
mod topic;
mod trace;

pub use envelope::{Envelope, EnvelopeError, MAX_MESSAGE_BYTES};
pub use event::{
    AssignmentMade, CaseJoined, CaseObjected, CaseOpened, ClerkActed, Event, LimitSet, MessageReceived,
    MessageSettled, ReplyWanted, TipReceived, TipRegistered,
};
pub use topic::{Queues, Topic};
pub use trace::{TraceParent, TraceParentError};
