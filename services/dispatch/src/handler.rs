//! Cases that wait for a unit: newly opened ones and those that came back from one. And cases that a unit has,
//! when a tip joined that may speak against it.

use async_trait::async_trait;
use dengwen_ledger::{LedgerError, UnitOfWork};
use dengwen_messages::{Envelope, Event, TraceParent};
use dengwen_model::{CaseId, CaseStage};
use dengwen_queue::{ReasonCode, Settlement};
use dengwen_service::{HandleError, Handler, Runtime};

use crate::hand_over::{Told, hand_over};
use crate::review::review;

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
    async fn waits(
        &self,
        work: &mut dyn UnitOfWork,
        case: CaseId,
        trace: TraceParent,
        told: &mut Told,
    ) -> Result<(), LedgerError> {
        match work.case(case).await? {
            Some(record) if record.case.stage == CaseStage::Opened => {
                hand_over(&self.runtime, work, record, trace, told).await
            }
            _ => Ok(()),
        }
    }

    /// Looks again at the unit of one case, if one has it.
    async fn grew(
        &self,
        work: &mut dyn UnitOfWork,
        case: CaseId,
        trace: TraceParent,
        told: &mut Told,
    ) -> Result<(), LedgerError> {
        match work.case(case).await? {
            Some(record) if record.case.stage.held_by().is_some() => {
                review(&self.runtime, work, record, trace, told).await
            }
            _ => Ok(()),
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
        let mut told = Told::default();
        for envelope in batch {
            let (work, trace) = (work.as_mut(), envelope.traceparent);
            match &envelope.event {
                Event::CaseOpened(opened) => self.waits(work, opened.case, trace, &mut told).await?,
                Event::CaseObjected(objected) => self.waits(work, objected.case, trace, &mut told).await?,
                Event::CaseJoined(joined) => self.grew(work, joined.case, trace, &mut told).await?,
                _ => {
                    decisions.push(Settlement::Park { reason: UNEXPECTED });
                    continue;
                }
            }
            decisions.push(Settlement::Done);
        }
        told.commit(&self.runtime, work).await?;
        Ok(decisions)
    }
}
