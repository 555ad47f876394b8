//! What a clerk did at a desk that the audit log has to know of: on the door's disk before it is done, and
//! from there on its way to casework like a tip, for a door holds no ledger.

use dengwen_messages::{ClerkActed, Envelope, Event, Topic, TraceParent};
use dengwen_model::MessageId;
use dengwen_queue::Outgoing;

use crate::take::{Door, TakeError, topic};

/// Something that is done.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// The clerk's account.
    pub actor: &'a str,
    /// What is done, as `recording.opened`.
    pub action: &'a str,
    /// To what, as `recording 5f…`.
    pub object: &'a str,
    /// Why: a code, never a tip's words.
    pub reason: &'a str,
}

impl Door {
    /// Puts an act on its way to the audit log. Returns only when it is durable: then it may be done.
    ///
    /// # Errors
    /// [`TakeError::Outlet`]; it must not be done then.
    pub async fn note(&self, act: &Act<'_>) -> Result<(), TakeError> {
        let id = MessageId::new(self.clock(), self.entropy());
        let event = Event::ClerkActed(Box::new(ClerkActed {
            act: id,
            door: self.name().clone(),
            at: self.clock().now(),
            actor: act.actor.to_owned(),
            action: act.action.to_owned(),
            object: act.object.to_owned(),
            reason: act.reason.to_owned(),
        }));
        let trace = TraceParent::new(self.entropy());
        let envelope = Envelope::new(event, "/door", trace, self.clock(), self.entropy());
        let outgoing = Outgoing::new(envelope.id, topic(&Topic::ClerksActed), envelope.to_bytes())
            .with_traceparent(&trace.to_string());
        self.outlet().take(id.into(), outgoing).await?;
        Ok(())
    }
}
