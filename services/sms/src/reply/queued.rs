//! A reply that waits to be sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A reply as it waits. Holds a number and a receipt: sealed wherever it is kept, never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedReply {
    /// One reply is sent for one key.
    pub key: String,
    /// The gateway it goes through.
    pub gateway: String,
    /// The number it goes to.
    pub to: String,
    /// The words, for gateways that send free text.
    pub text: String,
    /// The receipt in its groups of digits, for gateways that send templates.
    pub receipt: Vec<String>,
    /// Our own reference towards the vendor.
    pub reference: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is to be tried next.
    pub due: Timestamp,
    /// Not sent after this.
    pub expires: Timestamp,
}

impl std::fmt::Debug for QueuedReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueuedReply")
            .field("gateway", &self.gateway)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
