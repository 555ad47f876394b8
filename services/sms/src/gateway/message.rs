//! What a request brings: messages and delivery reports, as far as one vendor's format tells.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Reject;
use crate::coding::udh::Part;
use crate::coding::{Body, Flag};
use crate::wire::number::Sender;

/// What a request was found to hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed<T> {
    /// Nothing that concerns a tip line, such as an event of another type.
    Nothing,
    /// One item.
    One(T),
    /// A batch, each row for itself.
    Batch(Vec<Result<T, Reject>>),
}

impl<T> Parsed<T> {
    /// A batch; an empty one is nothing.
    pub fn batch(rows: Vec<Result<T, Reject>>) -> Self {
        if rows.is_empty() { Self::Nothing } else { Self::Batch(rows) }
    }

    /// The rows, whatever they came as.
    pub fn into_rows(self) -> Vec<Result<T, Reject>> {
        match self {
            Self::Nothing => Vec::new(),
            Self::One(item) => vec![Ok(item)],
            Self::Batch(rows) => rows,
        }
    }
}

/// One short message, or one part of a long one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The vendor's id, where the vendor has one.
    pub external_id: Option<String>,
    /// What makes it the same message when it comes again; any one of these suffices.
    pub keys: Vec<String>,
    /// Who sent it.
    pub from: Sender,
    /// The number it was sent to, as on the wire.
    pub to: Option<String>,
    /// Its bytes.
    pub body: Body,
    /// The vendor's own time; informs only.
    pub sent_at: Option<Timestamp>,
    /// Which part of a long message it is.
    pub part: Option<Part>,
    /// Short messages that the vendor says it was put together from.
    pub segments: Option<u32>,
    /// What the vendor says it asks for.
    pub control: Option<Control>,
    /// What was found while reading it.
    pub flags: Vec<Flag>,
}

impl Message {
    /// A message whose vendor's id is what makes it unique.
    pub fn new(external_id: impl Into<String>, from: Sender, body: Body) -> Self {
        let external_id = external_id.into();
        Self {
            keys: vec![format!("id:{external_id}")],
            external_id: Some(external_id),
            from,
            to: None,
            body,
            sent_at: None,
            part: None,
            segments: None,
            control: None,
            flags: Vec::new(),
        }
    }

    /// The same with its recipient.
    #[must_use]
    pub fn to(mut self, to: Option<&str>) -> Self {
        self.to = to.map(str::to_owned);
        self
    }

    /// The same with the vendor's time: `None` where none was given, `Some(None)` where it could not be read.
    #[must_use]
    pub fn sent_at(mut self, time: Option<Option<Timestamp>>) -> Self {
        match time {
            Some(Some(time)) => self.sent_at = Some(time),
            Some(None) => self.flags.push(Flag::BadTime),
            None => {}
        }
        self
    }

    /// The same with a mark where a picture or another file came along.
    #[must_use]
    pub fn with_file(mut self, there_is_one: bool) -> Self {
        self.flags.extend(there_is_one.then_some(Flag::File));
        self
    }

    /// The same with the number of short messages it was put together from.
    #[must_use]
    pub fn segments(mut self, segments: Option<&str>) -> Self {
        self.segments = segments.and_then(|text| text.parse().ok());
        self
    }
}

/// A message that asks for something instead of reporting something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// No more replies (退订).
    OptOut,
    /// Replies again.
    OptIn,
    /// Wants to know what this number is.
    Help,
}

/// What became of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The vendor's id of the reply.
    pub external_id: Option<String>,
    /// Our own reference, where the vendor gives it back.
    pub reference: Option<String>,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// The vendor's code for why not.
    pub error_code: Option<String>,
    /// When, by the vendor's clock.
    pub at: Option<Timestamp>,
    /// The part of a long reply, as (part, of).
    pub part: Option<(u32, u32)>,
    /// The vendor says that this person wants no replies.
    pub opted_out: bool,
}

impl Report {
    /// A report that tells the status alone.
    pub fn new(external_id: Option<&str>, status: DeliveryStatus) -> Self {
        Self {
            external_id: external_id.map(str::to_owned),
            reference: None,
            status,
            error_code: None,
            at: None,
            part: None,
            opted_out: false,
        }
    }
}

/// Where a reply stands. The order is the order of a reply's life; the last two are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// The vendor has it.
    Queued,
    /// The operator has it.
    Sent,
    /// It will not arrive.
    Failed,
    /// The person's telephone has it.
    Delivered,
}

impl DeliveryStatus {
    /// Whether nothing more is to come.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Failed | Self::Delivered)
    }

    /// The status words of SMPP 3.4 (appendix B), which several vendors pass on.
    pub fn of_smpp(word: &str) -> Option<Self> {
        match word.to_ascii_uppercase().as_str() {
            "DELIVRD" | "ESME_ROK_DELIVRD" => Some(Self::Delivered),
            "ACCEPTD" | "ENROUTE" | "ESME_ROK" => Some(Self::Sent),
            "EXPIRED" | "DELETED" | "UNDELIV" | "UNKNOWN" | "REJECTD" => Some(Self::Failed),
            word if word.starts_with("ESME_R") => Some(Self::Failed),
            _ => None,
        }
    }

    /// The word in answers and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
        }
    }
}
