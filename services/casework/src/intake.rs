//! Takes over what dispatch hands to units: `assignments.*` becomes an item that can be pulled.

use async_trait::async_trait;
use dengwen_ledger::AssignmentRecord;
use dengwen_messages::{AssignmentMade, Envelope, Event, Queues};
use dengwen_model::{Assignment, AssignmentState, CaseStage};
use dengwen_queue::{ReasonCode, Settlement, Subscription};
use dengwen_rules::cut_off;
use dengwen_service::{HandleError, Handler, Runtime};

const UNEXPECTED: ReasonCode = ReasonCode::new("not-an-assignment");

/// The consumer. A message that comes twice changes nothing the second time.
pub struct Intake(Runtime);

impl Intake {
    /// On this runtime's ledger.
    pub fn new(runtime: Runtime) -> Self {
        Self(runtime)
    }
}

/// What it consumes.
pub(crate) fn subscription() -> anyhow::Result<Subscription> {
    Ok(Subscription::new(Queues::CASEWORK.0, Queues::CASEWORK.1)?)
}

#[async_trait]
impl Handler for Intake {
    async fn handle(&self, batch: &[Envelope]) -> Result<Vec<Settlement>, HandleError> {
        // A hand-over may be the first to name a unit that was imported since.
        self.0.load_units().await?;
        let mut work = self.0.ledger().begin().await?;
        let mut decisions = Vec::with_capacity(batch.len());
        for envelope in batch {
            decisions.push(match &envelope.event {
                Event::AssignmentMade(made) => {
                    let held = work.case(made.case).await?.map(|record| record.case.stage);
                    let current = held.as_ref().and_then(CaseStage::held_by).map(|(_, id)| id);
                    work.insert_assignment(&record(made, current == Some(made.assignment))).await?;
                    Settlement::Done
                }
                _ => Settlement::Park { reason: UNEXPECTED },
            });
        }
        work.commit().await?;
        Ok(decisions)
    }
}

/// A hand-over that comes when the case was taken from the unit again is over already.
fn record(made: &AssignmentMade, current: bool) -> AssignmentRecord {
    let due_at = made.deadlines.iter().filter_map(|limit| cut_off(limit.due)).min();
    let assignment = Assignment {
        id: made.assignment,
        case: made.case,
        unit: made.unit.clone(),
        task: made.task,
        category: made.category.clone(),
        handling: made.handling,
        must_investigate: made.must_investigate.clone(),
        priority: made.priority,
        assigned_at: made.assigned_at,
        path: made.path.clone(),
        state: if current { AssignmentState::Waiting } else { AssignmentState::Done },
        version: 0,
    };
    AssignmentRecord { assignment, due_at }
}
