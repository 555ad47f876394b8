//! The envelope around every event.

use dengwen_model::{Clock, Entropy, MessageId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Event, TraceParent};

/// The largest message that is written or read, in bytes. RabbitMQ 4 refuses more than 16 MiB;
/// files travel through the object store, so a message stays far below.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// A CloudEvents 1.0 event in JSON format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    specversion: SpecVersion,
    /// The message's id; a second delivery has the same.
    pub id: MessageId,
    /// The process that made it, as `/door/web`.
    pub source: String,
    /// When it was made.
    pub time: Timestamp,
    /// The trace it belongs to.
    pub traceparent: TraceParent,
    datacontenttype: ContentType,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum SpecVersion {
    #[serde(rename = "1.0")]
    V1,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum ContentType {
    #[serde(rename = "application/json")]
    Json,
}

/// The bytes are not a message that this version reads. Says where, never what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// More than [`MAX_MESSAGE_BYTES`].
    #[error("message larger than {MAX_MESSAGE_BYTES} bytes")]
    TooLarge,
    /// Not JSON of a known type and version.
    #[error("not a message of a known type, near column {column}")]
    Malformed {
        /// Where reading stopped.
        column: usize,
    },
}

impl Envelope {
    /// Wraps an event at this instant.
    pub fn new(
        event: Event,
        source: &str,
        trace: TraceParent,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            specversion: SpecVersion::V1,
            id: MessageId::new(clock, entropy),
            source: source.to_owned(),
            time: clock.now(),
            traceparent: trace,
            datacontenttype: ContentType::Json,
            event,
        }
    }

    /// The JSON that travels.
    #[expect(
        clippy::expect_used,
        reason = "every event is made of strings and numbers, which always serialise"
    )]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an envelope serialises")
    }

    /// Reads what travelled.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(EnvelopeError::TooLarge);
        }
        serde_json::from_slice(bytes).map_err(|e| EnvelopeError::Malformed { column: e.column() })
    }
}
