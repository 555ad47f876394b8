//! Cases that wait for a unit: newly opened ones, and those a unit objected to.

use async_trait::async_trait;
use dengwen_ledger::{LedgerError, UnitOfWork};
use dengwen_messages::{Envelope, Event};
use dengwen_model::{CaseId, CaseStage};
use dengwen_queue::{ReasonCode, Settlement};
use dengwen_service::{HandleError, Handler, Runtime, append_audit};

use crate::hand_over::{HandOver, hand_over};

/// Dispatch's handler.
pub struct Dispatch {
    runtime: Runtime,
}

const UNEXPECTED: ReasonCode = ReasonCode::new("not-a-case");

impl Dispatch {
    /// Dispatch on this runtime.
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }

    /// Hands one case over, if it still waits: a second message about it changes nothing.
    async fn one(
        &self,
        work: &mut dyn UnitOfWork,
        case: CaseId,
        cause: &Envelope,
    ) -> Result<Option<HandOver>, LedgerError> {
        let Some(record) = work.case(case).await? else {
            return Ok(None);
        };
        match record.case.stage {
            CaseStage::Opened | CaseStage::Objected { .. } => {
                hand_over(&self.runtime, work, record, cause).await.map(Some)
            }
            _ => Ok(None),
        }
    }
}

#[async_trait]
impl Handler for Dispatch {
    async fn handle(&self, batch: &[Envelope]) -> Result<Vec<Settlement>, HandleError> {
        // A register imported meanwhile counts from the next case on.
        self.runtime.load_units().await?;
        let mut work = self.runtime.ledger().begin().await?;
        let mut decisions = Vec::with_capacity(batch.len());
        let (mut outbox, mut audit) = (Vec::new(), Vec::new());
        for envelope in batch {
            let case = match &envelope.event {
                Event::CaseOpened(opened) => opened.case,
                Event::CaseObjected(objected) => objected.case,
                _ => {
                    decisions.push(Settlement::Park { reason: UNEXPECTED });
                    continue;
                }
            };
            if let Some(handed) = self.one(work.as_mut(), case, envelope).await? {
                outbox.push(handed.message);
                audit.push(handed.audit);
            }
            decisions.push(Settlement::Done);
        }
        work.enqueue(&outbox).await?;
        append_audit(work.as_mut(), audit).await?;
        work.commit().await?;
        self.runtime.wake_relay();
        Ok(decisions)
    }
}
