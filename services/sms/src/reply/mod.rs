//! Replies: who gets one, what it says, and sending it at least once and never twice for one key.

mod queued;

pub use queued::QueuedReply;
