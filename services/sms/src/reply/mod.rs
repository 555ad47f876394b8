//! Replies: who gets one, what it says, and sending it at least once and never twice for one key.

mod breaker;
mod queued;
mod retry_after;
mod sender;
mod settings;
mod wanted;

pub use breaker::Breaker;
pub use queued::{QueuedReply, SendState};
pub use sender::Sender;
pub use settings::ReplySettings;
pub use wanted::Wanted;
