//! What a reporter adds by receipt: sealed like a tip, and on disk before anybody is told so where casework
//! cannot take it at once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dengwen_messages::{Envelope, Event, MessageReceived, Topic, TraceParent};
use dengwen_model::{MessageContent, MessageId};
use dengwen_queue::Outgoing;
use dengwen_seal::{ReceiptHash, purpose};
use jiff::Timestamp;

use crate::submission::ExternalId;
use crate::take::{Door, TakeError, json, topic};

/// Something that belongs to the tip of a receipt, before sealing.
#[derive(Debug)]
pub struct Addition {
    /// The receipt.
    pub receipt: ReceiptHash,
    /// Whether the door knows that a tip has it. Where it cannot tell, casework finds out.
    pub receipt_known: bool,
    /// What it says.
    pub content: MessageContent,
    /// When it reached the line, where that was before now.
    pub received_at: Option<Timestamp>,
    /// The sender's own id for it: sent again under the same id it is the same message.
    pub external: Option<ExternalId>,
}

impl Door {
    /// Seals a message. Nothing is kept yet.
    ///
    /// # Errors
    /// [`TakeError::TooLong`].
    pub fn seal_message(&self, addition: &Addition) -> Result<MessageReceived, TakeError> {
        let message = self.message_id(addition.external.as_ref());
        let now = self.clock().now();
        let id = message.as_uuid();
        let content = json(&addition.content);
        let content = self.keys().line.seal(purpose::MailboxText, id.as_bytes(), &content, self.entropy())?;
        Ok(MessageReceived {
            message,
            door: self.name().clone(),
            received_at: addition.received_at.map_or(now, |given| given.min(now)),
            receipt_hash: STANDARD.encode(addition.receipt.as_bytes()),
            receipt_known: addition.receipt_known,
            content: STANDARD.encode(content.as_bytes()),
        })
    }

    /// Puts a sealed message on its way to casework. Returns only when it is durable.
    ///
    /// # Errors
    /// [`TakeError::Outlet`]; the message may not be there.
    pub async fn take_message(&self, message: MessageReceived) -> Result<(), TakeError> {
        let id = message.message;
        let trace = TraceParent::new(self.entropy());
        let event = Event::MessageReceived(Box::new(message));
        let envelope = Envelope::new(event, "/door", trace, self.clock(), self.entropy());
        let outgoing = Outgoing::new(envelope.id, topic(&Topic::MessagesReceived), envelope.to_bytes())
            .with_traceparent(&trace.to_string());
        self.outlet().take(id.into(), outgoing).await?;
        metrics::counter!("dengwen_door_messages_taken").increment(1);
        Ok(())
    }

    /// A new id; for a repeatable request the one that every repetition gets.
    fn message_id(&self, external: Option<&ExternalId>) -> MessageId {
        match external {
            Some(external) => MessageId::drawn(&self.derived("message", external)),
            None => MessageId::new(self.clock(), self.entropy()),
        }
    }
}
