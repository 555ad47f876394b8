//! A reply that waits to be sent.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::assembly::after;

/// A reply that could not be sent within this time is no longer of use.
const USEFUL_FOR: SignedDuration = SignedDuration::from_hours(24);

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
    /// Where it stands.
    pub state: SendState,
    /// When something is to be done about it.
    pub due: Timestamp,
    /// Not sent after this.
    pub expires: Timestamp,
}

/// Where a waiting reply stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendState {
    /// The vendor does not have it.
    Ready,
    /// It is being sent; found after a restart, nobody knows whether the vendor has it.
    Sending,
    /// Nobody knows whether the vendor has it.
    Unsettled,
}

impl QueuedReply {
    /// A reply to be sent now.
    pub fn new(
        key: String,
        gateway: &str,
        to: &str,
        text: String,
        reference: String,
        now: Timestamp,
    ) -> Self {
        Self {
            key,
            gateway: gateway.to_owned(),
            to: to.to_owned(),
            text,
            receipt: Vec::new(),
            reference,
            attempts: 0,
            state: SendState::Ready,
            due: now,
            expires: after(now, USEFUL_FOR),
        }
    }
}

impl std::fmt::Debug for QueuedReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueuedReply")
            .field("gateway", &self.gateway)
            .field("attempts", &self.attempts)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
