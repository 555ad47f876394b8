//! Duties of the department that took a case in, which arise after it was handed over: each has its limit.

use dengwen_ledger::{LedgerError, UnitOfWork};
use dengwen_model::{Case, Deadline, DeadlineId, DeadlineOwner, DeadlineState};
use dengwen_service::Runtime;

use crate::schedule;

/// The duty to look again at who handles a case.
pub(crate) const RECHECK: &str = "DL-RECHK";
/// The duty to see and answer tips that joined after the conclusion.
pub(crate) const LATE_TIP: &str = "DL-LATE";

/// Sets the limit of a duty that arises now, unless one runs.
pub(crate) async fn set(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    case: &Case,
    rule: &str,
) -> Result<(), LedgerError> {
    let limit = limit(runtime, case, rule)?;
    let running = work.deadlines_of_case(case.id).await?;
    if !running.iter().any(|known| known.rule == limit.rule && known.state.is_running()) {
        let first = schedule::first_look(&runtime.rules().deadlines, &limit);
        work.insert_deadline(&limit, first).await?;
    }
    Ok(())
}

fn limit(runtime: &Runtime, case: &Case, rule: &str) -> Result<Deadline, LedgerError> {
    let missing = || LedgerError::Inconsistent { table: "deadlines", column: "rule" };
    let start = runtime.clock().now();
    let rule = rule.parse().map_err(|_| missing())?;
    let due = runtime.rules().deadlines.due(&rule, start).map_err(|_| missing())?;
    Ok(Deadline {
        id: DeadlineId::new(runtime.clock(), runtime.entropy()),
        case: case.id,
        assignment: None,
        rule,
        owner: DeadlineOwner::Receiving(case.received_by.clone()),
        start,
        due: due.date,
        provisional: due.provisional,
        extensions: 0,
        state: DeadlineState::Open,
    })
}
