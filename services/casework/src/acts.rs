//! What clerks did at the doors: `clerks.acted` into the audit log.

use async_trait::async_trait;
use dengwen_ledger::NewAuditRecord;
use dengwen_messages::{ClerkActed, Envelope, Event, MessageSettled, Queues, Topic};
use dengwen_model::Role;
use dengwen_queue::{ReasonCode, Settlement, Subscription};
use dengwen_service::{HandleError, Handler, append_audit};

use crate::desk::Desk;
use crate::dossier::letter;

const UNEXPECTED: ReasonCode = ReasonCode::new("not-an-act");

/// What doors may tell of; nothing else can be written into the log by this way.
const KNOWN: [&str; 2] = ["recording.", "scan."];

/// The consumer. An act that comes twice is one entry.
pub struct Acts(Desk);

impl Acts {
    /// Into this desk's ledger.
    pub fn new(desk: Desk) -> Self {
        Self(desk)
    }

    async fn take(&self, act: &ClerkActed) -> Result<(), HandleError> {
        let (desk, entry) = (&self.0, entry(act));
        let mut work = desk.runtime().ledger().begin().await?;
        if desk.runtime().process().doors_wait() {
            let settled = Event::MessageSettled(MessageSettled { message: act.act });
            work.enqueue(&[letter(desk, &Topic::TipsRegistered(act.door.clone()), settled)]).await?;
        }
        let there = work.audit_of(&entry.object).await?.iter().any(|known| known.entry == entry);
        if !there {
            append_audit(work.as_mut(), vec![entry]).await?;
        }
        work.commit().await?;
        desk.runtime().wake_relay();
        Ok(())
    }
}

fn entry(act: &ClerkActed) -> NewAuditRecord {
    NewAuditRecord {
        at: act.at,
        actor: act.actor.clone(),
        role: Role::Intake.to_string(),
        action: act.action.clone(),
        object: act.object.clone(),
        reason: act.reason.clone(),
    }
}

/// What it consumes.
pub(crate) fn subscription() -> anyhow::Result<Subscription> {
    Ok(Subscription::new(Queues::ACTS.0, Queues::ACTS.1)?)
}

#[async_trait]
impl Handler for Acts {
    // Each act is a unit of work of its own: they are few.
    async fn handle(&self, batch: &[Envelope]) -> Result<Vec<Settlement>, HandleError> {
        let mut decisions = Vec::with_capacity(batch.len());
        for envelope in batch {
            decisions.push(match &envelope.event {
                Event::ClerkActed(act) if KNOWN.iter().any(|known| act.action.starts_with(known)) => {
                    self.take(act).await?;
                    Settlement::Done
                }
                _ => Settlement::Park { reason: UNEXPECTED },
            });
        }
        Ok(decisions)
    }
}
