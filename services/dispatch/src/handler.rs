//! Cases that wait for a unit: newly opened ones and those that came back from one. And cases that a unit has,
//! when a tip joined that may speak against it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use dengwen_messages::{Envelope, Event};
use dengwen_queue::{ReasonCode, Settlement};
use dengwen_service::{HandleError, Handler, Runtime};

use crate::look::{Asked, look};

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
}

#[async_trait]
impl Handler for Dispatch {
    /// A second message about a case changes nothing, so what was carried out of a batch before an error may stay.
    async fn handle(&self, batch: &[Envelope]) -> Result<Vec<Settlement>, HandleError> {
        // A register imported meanwhile counts from the next case on.
        self.runtime.load_units().await?;
        let mut decisions = Vec::with_capacity(batch.len());
        // A campaign says of one case many times that it grew: one look is enough.
        let mut asked = BTreeMap::new();
        for envelope in batch {
            let (case, again) = match &envelope.event {
                Event::CaseOpened(opened) => (opened.case, false),
                Event::CaseObjected(objected) => (objected.case, false),
                Event::CaseJoined(joined) => (joined.case, true),
                _ => {
                    decisions.push(Settlement::Park { reason: UNEXPECTED });
                    continue;
                }
            };
            let one = asked.entry(case).or_insert(Asked { trace: envelope.traceparent, again });
            one.again |= again;
            decisions.push(Settlement::Done);
        }
        look(&self.runtime, asked).await?;
        Ok(decisions)
    }
}
