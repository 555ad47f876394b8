//! The parts of one long message that have come so far. Pure: the store keeps it, the intake decides.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Whole;
use super::whole::{assemble, join};
use crate::coding::udh::Part;
use crate::gateway::Message;

/// How long the intake waits.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    /// For the other parts of a long message; then what came is taken as it stands.
    pub parts: SignedDuration,
    /// For parts that complete a message which was already taken as it stood.
    pub late: SignedDuration,
    /// For further messages of the same person, to be taken as one tip; zero: each is a tip.
    pub join: SignedDuration,
    /// The longest that joining may put a tip off.
    pub join_at_most: SignedDuration,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            parts: SignedDuration::from_mins(10),
            late: SignedDuration::from_hours(24),
            join: SignedDuration::ZERO,
            join_at_most: SignedDuration::from_mins(30),
        }
    }
}

/// One part, or one of the messages that are to be joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Its place, from 1.
    pub seq: u16,
    /// The message.
    pub message: Message,
    /// When it reached us.
    pub arrived_at: Timestamp,
}

/// What is waiting together. Holds words and numbers: sealed wherever it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// What parts must share to belong together; see [`group_key`] and [`join_key`].
    pub key: String,
    /// The gateway that they came through.
    pub gateway: String,
    /// The sender's reference and the number of parts; `None` for messages that are joined.
    pub expects: Option<(String, u8)>,
    /// When something has to happen if nothing more comes.
    pub due: Timestamp,
    /// What came was already taken as it stood; a missing part still completes it.
    pub handed_over: bool,
    /// What came, in order of place.
    pub parts: Vec<Held>,
}

/// What adding a part did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is kept; others are missing.
    Waiting,
    /// Nothing is missing any more.
    Complete,
    /// The same bytes are there already.
    Repeated,
    /// It belongs to another message that has the same reference.
    Foreign,
}

/// Parts belong together when gateway, sender, recipient, reference and number of parts are the same
/// (3GPP TS 23.040, 9.2.3.24.1).
pub fn group_key(gateway: &str, message: &Message, part: &Part) -> String {
    let to = message.to.as_deref().unwrap_or_default();
    fields(&["parts", gateway, message.from.as_str(), to, &part.reference, &part.total.to_string()])
}

/// Messages are joined when gateway, sender and recipient are the same.
pub fn join_key(gateway: &str, whole: &Whole) -> String {
    fields(&["join", gateway, whole.from.as_str(), whole.to.as_deref().unwrap_or_default()])
}

fn fields(fields: &[&str]) -> String {
    // With its length before each field, no two lists of fields read alike.
    fields.iter().map(|field| format!("{}:{field};", field.len())).collect()
}

impl Group {
    /// An empty group for the parts of a long message.
    pub fn of_parts(key: String, gateway: &str, part: &Part, now: Timestamp, waits: &Waits) -> Self {
        Self {
            key,
            gateway: gateway.to_owned(),
            expects: Some((part.reference.clone(), part.total)),
            due: after(now, waits.parts),
            handed_over: false,
            parts: Vec::new(),
        }
    }

    /// An empty group for messages that are to be joined.
    pub fn of_joined(key: String, gateway: &str, now: Timestamp, waits: &Waits) -> Self {
        Self {
            key,
            gateway: gateway.to_owned(),
            expects: None,
            due: after(now, waits.join),
            handed_over: false,
            parts: Vec::new(),
        }
    }

    /// Adds a part of a long message.
    pub fn add(&mut self, seq: u8, message: Message, now: Timestamp, waits: &Waits) -> Added {
        let seq = u16::from(seq);
        if let Some(there) = self.parts.iter().find(|held| held.seq == seq) {
            let same = there.message.body == message.body;
            return if same && self.is_of_same_time(&message, waits) {
                Added::Repeated
            } else {
                Added::Foreign
            };
        }
        if self.handed_over && !self.is_of_same_time(&message, waits) {
            return Added::Foreign;
        }
        let place = self.parts.partition_point(|held| held.seq < seq);
        self.parts.insert(place, Held { seq, message, arrived_at: now });
        if self.is_complete() { Added::Complete } else { Added::Waiting }
    }

    /// Adds a message to those that are to be joined, and puts the end off, but not for ever.
    pub fn join(&mut self, message: Message, now: Timestamp, waits: &Waits) {
        let seq = u16::try_from(self.parts.len() + 1).unwrap_or(u16::MAX);
        self.parts.push(Held { seq, message, arrived_at: now });
        let first = self.parts.first().map_or(now, |held| held.arrived_at);
        self.due = after(now, waits.join).min(after(first, waits.join_at_most));
    }

    /// Whether every part is there.
    pub fn is_complete(&self) -> bool {
        self.expects.as_ref().is_some_and(|(_, total)| self.parts.len() == usize::from(*total))
    }

    /// The whole as far as it is there.
    pub fn whole(&self) -> Option<Whole> {
        match &self.expects {
            Some((reference, total)) => assemble(&self.parts, reference, *total),
            None => join(&self.parts),
        }
    }

    /// A handset counts its references from 0 to 255 and around: whether a part is of this message shows
    /// in the vendor's times, where there are any. A vendor that repeats keeps the first time.
    fn is_of_same_time(&self, message: &Message, waits: &Waits) -> bool {
        let first = self.parts.iter().filter_map(|held| held.message.sent_at).min();
        match (first, message.sent_at) {
            (Some(first), Some(sent)) => sent.duration_since(first).abs() <= waits.parts,
            _ => true,
        }
    }
}

/// An instant later, or the last one there is.
pub(crate) fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
