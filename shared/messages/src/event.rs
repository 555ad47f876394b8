//! The events, each with its versioned type.

use dengwen_model::{
    AssignmentId, AssignmentTask, CaseId, CategoryCode, Channel, DeadlineId, DoorName, HandlingForm,
    MessageId, Priority, RuleId, TipId, UnitCode,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Everything that travels, tagged by its versioned type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// Door → triage.
    #[serde(rename = "dengwen.tip.received.v1")]
    TipReceived(Box<TipReceived>),
    /// Triage → door.
    #[serde(rename = "dengwen.tip.registered.v1")]
    TipRegistered(TipRegistered),
    /// Door → casework.
    #[serde(rename = "dengwen.message.received.v1")]
    MessageReceived(Box<MessageReceived>),
    /// Casework → door.
    #[serde(rename = "dengwen.message.settled.v1")]
    MessageSettled(MessageSettled),
    /// Door → casework.
    #[serde(rename = "dengwen.clerk.acted.v1")]
    ClerkActed(Box<ClerkActed>),
    /// Triage → dispatch.
    #[serde(rename = "dengwen.case.opened.v1")]
    CaseOpened(CaseOpened),
    /// Triage → dispatch.
    #[serde(rename = "dengwen.case.joined.v1")]
    CaseJoined(CaseJoined),
    /// Casework → dispatch.
    #[serde(rename = "dengwen.case.objected.v1")]
    CaseObjected(CaseObjected),
    /// Dispatch → casework, and whoever else listens for the unit.
    #[serde(rename = "dengwen.assignment.made.v1")]
    AssignmentMade(Box<AssignmentMade>),
    /// Casework → door.
    #[serde(rename = "dengwen.reply.wanted.v1")]
    ReplyWanted(ReplyWanted),
}

/// A door took a tip in. Everything that says something about anyone is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TipReceived {
    /// Made by the door; the same tip sent again has the same id.
    pub tip: TipId,
    /// The door that took it; it is told when the ledger has it.
    pub door: DoorName,
    /// How it came.
    pub channel: Channel,
    /// When the door had it durable.
    pub received_at: Timestamp,
    /// The department whose line this is.
    pub received_by: UnitCode,
    /// Keyed hash of the receipt, base64.
    pub receipt_hash: String,
    /// Keyed hash of the sender's own id for it (a vendor's message id, a row of a call log), base64.
    pub external_key: Option<String>,
    /// `TipContent`, sealed to the line's key, base64.
    pub content: String,
    /// `ReporterIdentity`, sealed to the custodian's key, base64.
    pub identity: Option<String>,
    /// Where a reply goes, sealed to the door's own key, base64.
    pub reply_to: Option<String>,
}

/// The ledger has a tip; its door may forget it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TipRegistered {
    /// The tip.
    pub tip: TipId,
}

/// Whoever holds a receipt adds something to their tip. What it says is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageReceived {
    /// Made by the door; the same message sent again has the same id.
    pub message: MessageId,
    /// The door that took it; it is told when the message is settled.
    pub door: DoorName,
    /// When the door had it.
    pub received_at: Timestamp,
    /// Keyed hash of the receipt, base64.
    pub receipt_hash: String,
    /// A tip has this receipt, as far as the door could tell; else the desk has to find out.
    pub receipt_known: bool,
    /// `MessageContent`, sealed to the line's key, base64.
    pub content: String,
}

/// A clerk did something at a desk that the audit log has to know of, and no tip tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClerkActed {
    /// Made by the door; the same act sent again has the same id.
    pub act: MessageId,
    /// The door at which it was done; it is told when the audit log has it.
    pub door: DoorName,
    /// When.
    pub at: Timestamp,
    /// The clerk's account.
    pub actor: String,
    /// What, as `recording.opened`.
    pub action: String,
    /// To what: an id, as `recording 5f…`.
    pub object: String,
    /// Why: a code, never a tip's words.
    pub reason: String,
}

/// A reporter's message or a clerk's act needs its door no more: it is in its case or in the audit log, or no
/// tip has its receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSettled {
    /// The message, or the act.
    pub message: MessageId,
}

/// A case waits for a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseOpened {
    /// The case.
    pub case: CaseId,
}

/// A tip that joined a case changed what decides where the case goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseJoined {
    /// The case.
    pub case: CaseId,
}

/// A unit's objection to its jurisdiction was consented to: the case waits for another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseObjected {
    /// The case.
    pub case: CaseId,
    /// The assignment that is over.
    pub assignment: AssignmentId,
}

/// A unit has an item to pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentMade {
    /// The assignment.
    pub assignment: AssignmentId,
    /// Its case.
    pub case: CaseId,
    /// The unit.
    pub unit: UnitCode,
    /// What is asked of it.
    pub task: AssignmentTask,
    /// Leaf of the taxonomy.
    pub category: CategoryCode,
    /// Handling form.
    pub handling: HandlingForm,
    /// Which of M1–M4 hold.
    pub must_investigate: Vec<String>,
    /// 1 most urgent.
    pub priority: Priority,
    /// When it was handed over.
    pub assigned_at: Timestamp,
    /// Why this unit, one line a step; no names.
    pub path: Vec<String>,
    /// The limits that bind it.
    pub deadlines: Vec<LimitSet>,
}

/// A limit as it was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitSet {
    /// Its id.
    pub deadline: DeadlineId,
    /// The rule.
    pub rule: RuleId,
    /// The last day.
    pub due: Date,
    /// Counted without the calendar of the due year.
    pub provisional: bool,
}

/// A reporter is to get a message through the door they used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyWanted {
    /// One message is sent at most once for this id.
    pub reply: MessageId,
    /// The tip it answers.
    pub tip: TipId,
    /// Where it goes, sealed to the door's own key, base64.
    pub reply_to: String,
    /// The words, sealed to the door's own key, base64.
    pub text: String,
}
