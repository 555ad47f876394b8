//! Messages of reporters that a door took while the desk could not: `messages.received` into their cases.

use std::time::Duration;

use async_trait::async_trait;
use dengwen_ledger::NewAuditRecord;
use dengwen_messages::{Envelope, Event, MessageReceived, MessageSettled, Queues, Topic};
use dengwen_queue::{ReasonCode, Settlement, Subscription};
use dengwen_service::{HandleError, Handler, append_audit};
use jiff::SignedDuration;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::write;
use crate::boxes::open_addition;
use crate::desk::Desk;
use crate::dossier::{Actor, letter};
use crate::refusal::DeskError;

const UNEXPECTED: ReasonCode = ReasonCode::new("not-a-message");
const NO_TIP: ReasonCode = ReasonCode::new("tip-not-registered");

/// So long a message that is ahead of its tip is looked at again within seconds.
const SOON: SignedDuration = SignedDuration::from_mins(1);
/// Then so often.
const LATER: Duration = Duration::from_secs(300);
/// And so long altogether: a tip may lie in another door's spool, or wait for triage.
const PATIENCE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The consumer. A message that comes twice changes nothing the second time.
pub struct Mail(Desk);

impl Mail {
    /// Into this desk.
    pub fn new(desk: Desk) -> Self {
        Self(desk)
    }

    async fn take(&self, message: &MessageReceived) -> Result<Settlement, HandleError> {
        match write::work(&self.0, message).await {
            Ok(()) => {
                self.settle(message, None).await?;
                Ok(Settlement::Done)
            }
            Err(DeskError::NotFound) => self.without_tip(message).await,
            Err(DeskError::Ledger(error)) => Err(error.into()),
            Err(_) => Err(HandleError::Message("message-refused")),
        }
    }

    /// No tip has the receipt, or none yet.
    async fn without_tip(&self, message: &MessageReceived) -> Result<Settlement, HandleError> {
        let age = self.0.now().duration_since(message.received_at);
        if age < SOON {
            return Ok(Settlement::Retry { after: None });
        }
        if age < PATIENCE {
            // A door that keeps it sends it again; of one copy here and one there, one is enough.
            let door_keeps_it = self.0.runtime().process().doors_wait();
            let later = Settlement::Retry { after: Some(LATER) };
            return Ok(if door_keeps_it { Settlement::Done } else { later });
        }
        if message.receipt_known {
            // A door vouched for the tip: a person has to look where it is.
            self.settle(message, None).await?;
            return Ok(Settlement::Park { reason: NO_TIP });
        }
        self.drop_files(message).await;
        self.settle(message, Some("receipt.unknown")).await?;
        metrics::counter!("dengwen_messages_dropped", "reason" => "unknown_receipt").increment(1);
        Ok(Settlement::Done)
    }

    /// What came under a receipt that is none leaves nothing behind.
    async fn drop_files(&self, message: &MessageReceived) {
        let Ok(content) = open_addition(self.0.runtime(), message) else { return };
        for file in content.attachments {
            if self.0.runtime().objects().delete(&Path::from(file.object.as_str())).await.is_err() {
                tracing::warn!("a file without a tip could not be removed");
            }
        }
    }

    /// Tells the door that it may forget the message, and the audit log what became of it.
    async fn settle(&self, message: &MessageReceived, noted: Option<&str>) -> Result<(), HandleError> {
        let desk = &self.0;
        if noted.is_none() && !desk.runtime().process().doors_wait() {
            return Ok(());
        }
        let mut work = desk.runtime().ledger().begin().await?;
        if desk.runtime().process().doors_wait() {
            let settled = Event::MessageSettled(MessageSettled { message: message.message });
            work.enqueue(&[letter(desk, &Topic::TipsRegistered(message.door.clone()), settled)]).await?;
        }
        if let Some(action) = noted {
            let Actor { name, role, .. } = Actor::receipt();
            let object = message.message.to_string();
            let reason = String::new();
            let entry = NewAuditRecord {
                at: desk.now(),
                actor: name,
                role,
                action: action.to_owned(),
                object,
                reason,
            };
            append_audit(work.as_mut(), vec![entry]).await?;
        }
        work.commit().await?;
        desk.runtime().wake_relay();
        Ok(())
    }
}

/// What it consumes. Age bounds its attempts, not their number.
pub(crate) fn subscription() -> anyhow::Result<Subscription> {
    Ok(Subscription::new(Queues::MAIL.0, Queues::MAIL.1)?.with_max_attempts(u32::MAX))
}

#[async_trait]
impl Handler for Mail {
    // Each message is a unit of work of its own: they are few, and a repetition does no harm.
    async fn handle(&self, batch: &[Envelope]) -> Result<Vec<Settlement>, HandleError> {
        let mut decisions = Vec::with_capacity(batch.len());
        for envelope in batch {
            decisions.push(match &envelope.event {
                Event::MessageReceived(message) => self.take(message).await?,
                _ => Settlement::Park { reason: UNEXPECTED },
            });
        }
        Ok(decisions)
    }
}
