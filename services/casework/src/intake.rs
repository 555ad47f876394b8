//! Takes over what dispatch hands to units: `assignments.*` becomes an item that can be pulled.

use async_trait::async_trait;
use dengwen_ledger::{AssignmentRecord, CaseRecord, LedgerError, UnitOfWork};
use dengwen_messages::{AssignmentMade, Envelope, Event, Queues};
use dengwen_model::{Assignment, AssignmentState, UnitCode};
use dengwen_queue::{ReasonCode, Settlement, Subscription};
use dengwen_rules::cut_off;
use dengwen_service::{HandleError, Handler, Runtime};

const UNEXPECTED: ReasonCode = ReasonCode::new("not-an-assignment");
const ANOTHER_UNIT: ReasonCode = ReasonCode::new("assignment-of-another-unit");
const NOT_MADE: ReasonCode = ReasonCode::new("assignment-not-made");

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
                Event::AssignmentMade(made) => match standing(work.as_mut(), made).await? {
                    Ok(state) => {
                        work.insert_assignment(&record(made, state)).await?;
                        Settlement::Done
                    }
                    Err(reason) => Settlement::Park { reason },
                },
                _ => Settlement::Park { reason: UNEXPECTED },
            });
        }
        work.commit().await?;
        Ok(decisions)
    }
}

/// How a hand-over stands by the ledger, or why it cannot be dispatch's: the case says which unit has it and by which
/// assignment. One that comes when the case was taken from the unit again is over already; that it was made, its time
/// limits tell. So whoever can write to the queue gives no case to a unit of their choice, nor a look at it.
async fn standing(
    work: &mut dyn UnitOfWork,
    made: &AssignmentMade,
) -> Result<Result<AssignmentState, ReasonCode>, LedgerError> {
    let Some(CaseRecord { case, .. }) = work.case(made.case).await? else { return Ok(Err(NOT_MADE)) };
    if let Some((unit, id)) = case.stage.held_by()
        && id == made.assignment
    {
        return Ok(if *unit == made.unit { Ok(AssignmentState::Waiting) } else { Err(ANOTHER_UNIT) });
    }
    let of_unit =
        |unit: &UnitCode| if *unit == made.unit { Ok(AssignmentState::Done) } else { Err(ANOTHER_UNIT) };
    if let Some(AssignmentRecord { assignment, .. }) = work.assignment(made.assignment).await? {
        return Ok(if assignment.case == made.case { of_unit(&assignment.unit) } else { Err(NOT_MADE) });
    }
    let limits = work.deadlines_of_case(made.case).await?;
    let limit = limits.iter().find(|limit| limit.assignment == Some(made.assignment));
    Ok(limit.map_or(Err(NOT_MADE), |limit| of_unit(limit.owner.unit())))
}

fn record(made: &AssignmentMade, state: AssignmentState) -> AssignmentRecord {
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
        state,
        version: 0,
    };
    AssignmentRecord { assignment, due_at }
}
