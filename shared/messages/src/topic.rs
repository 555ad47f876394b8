//! Topics (routing keys) and the queues of our own services.

use dengwen_model::{DoorName, UnitCode};

/// Where a message is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// A door took a tip in.
    TipsReceived,
    /// The ledger has a tip or a reporter's message of this door; the door may forget it.
    TipsRegistered(DoorName),
    /// A door took a reporter's message in.
    MessagesReceived,
    /// A clerk did something at a door that the audit log has to know of.
    ClerksActed,
    /// A case waits for its unit.
    CasesOpened,
    /// A tip that joined a case changed what decides where it goes.
    CasesJoined,
    /// A unit's objection was consented to; the unit is chosen again.
    CasesObjected,
    /// A unit has an item to pull. A unit's own system may bind a queue to it.
    Assignments(UnitCode),
    /// A reporter is to get a message through the door they used.
    Replies(DoorName),
}

impl Topic {
    /// The routing key.
    pub fn key(&self) -> String {
        match self {
            Self::TipsReceived => "tips.received".to_owned(),
            Self::TipsRegistered(door) => format!("tips.registered.{}", word(door.as_str())),
            Self::MessagesReceived => "messages.received".to_owned(),
            Self::ClerksActed => "clerks.acted".to_owned(),
            Self::CasesOpened => "cases.opened".to_owned(),
            Self::CasesJoined => "cases.joined".to_owned(),
            Self::CasesObjected => "cases.objected".to_owned(),
            Self::Assignments(unit) => format!("assignments.{}", word(unit.as_str())),
            Self::Replies(door) => format!("replies.{}", word(door.as_str())),
        }
    }
}

/// A code as one word of a routing key: `.` separates words there.
fn word(code: &str) -> String {
    code.replace('.', "_")
}

/// The queues that our services consume, with what is bound to each.
#[derive(Debug, Clone, Copy)]
pub struct Queues;

impl Queues {
    /// Triage: name and binding.
    pub const TRIAGE: (&'static str, &'static str) = ("triage.tips", "tips.received");
    /// Dispatch: name and binding.
    pub const DISPATCH: (&'static str, &'static str) = ("dispatch.cases", "cases.*");
    /// Casework: name and binding.
    pub const CASEWORK: (&'static str, &'static str) = ("casework.assignments", "assignments.*");
    /// Casework, for what reporters add: name and binding.
    pub const MAIL: (&'static str, &'static str) = ("casework.messages", "messages.received");

    /// Casework, for what clerks did at the doors: name and binding.
    pub const ACTS: (&'static str, &'static str) = ("casework.acts", "clerks.acted");

    /// The registrations that one door waits for: name and binding.
    pub fn registered(door: &DoorName) -> (String, String) {
        (format!("door.{}.registered", word(door.as_str())), Topic::TipsRegistered(door.clone()).key())
    }

    /// The replies that one door sends: name and binding.
    pub fn replies(door: &DoorName) -> (String, String) {
        (format!("door.{}.replies", word(door.as_str())), Topic::Replies(door.clone()).key())
    }
}
