//! Cases whose message was lost. A door keeps its tip until the ledger has answered for it; after that the
//! message to dispatch, and dispatch's to the unit, are all that moves a case on, and a broker can lose what it
//! confirmed. So dispatch looks for cases that nobody can get hold of, and hands them over without a message.

use std::time::Duration;

use dengwen_ledger::{LedgerError, UnitOfWork};
use dengwen_messages::TraceParent;
use dengwen_model::{CaseId, CaseStage};
use dengwen_service::{Chain, Runtime, open_case_file};
use jiff::Timestamp;

use crate::hand_over::{Told, target, tell_again};
use crate::look::look_locked;
use crate::way::{self, OpenCases};

/// Cases of one look. What is left waits for the next: a long queue is not a loss.
const ROUND: u32 = 100;

/// Looks once for cases that have not moved for `desk.left_behind_s`, and moves them on, each by itself: one that
/// cannot be routed must not hold up the others. Returns how many moved.
///
/// # Errors
/// As the ledger's, where it is away; what has moved until then stays so.
pub async fn fetch_left_behind(runtime: &Runtime) -> Result<u32, LedgerError> {
    let wait = Duration::from_secs(runtime.settings().desk.left_behind_s.into());
    let changed_before = runtime.clock().now() - wait;
    let ids = runtime.ledger().read().await?.cases_left_behind(changed_before, ROUND).await?;
    if ids.is_empty() {
        return Ok(0);
    }
    runtime.load_units().await?;
    let mut moved = 0;
    for id in ids {
        match fetch(runtime, id, changed_before).await {
            Ok(has_moved) => moved += u32::from(has_moved),
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => tracing::error!(case = %id, error = %Chain(&error), "a case stays left behind"),
        }
    }
    metrics::counter!("dengwen_cases_left_behind").increment(moved.into());
    if moved > 0 {
        tracing::warn!(cases = moved, "cases were handed over again: no message about them came");
    }
    Ok(moved)
}

async fn fetch(runtime: &Runtime, id: CaseId, changed_before: Timestamp) -> Result<bool, LedgerError> {
    let mut work = runtime.ledger().begin().await?;
    let mut told = Told::default();
    let moved = move_on(runtime, work.as_mut(), id, changed_before, &mut told).await?;
    if moved {
        told.commit(runtime, work).await?;
    }
    Ok(moved)
}

/// Whether the case was still left behind, and moved on.
async fn move_on(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    id: CaseId,
    changed_before: Timestamp,
    told: &mut Told,
) -> Result<bool, LedgerError> {
    // Read again, now locked: its message may have come meanwhile.
    let Some(record) = work.case(id).await?.filter(|record| record.case.updated_at < changed_before) else {
        return Ok(false);
    };
    let trace = TraceParent::new(runtime.entropy());
    match record.case.stage.clone() {
        CaseStage::Opened => look_locked(runtime, work, record, trace, told).await?,
        CaseStage::Dispatched { unit, assignment } if work.assignment(assignment).await?.is_none() => {
            let file = open_case_file(runtime, id, &record.file)?;
            let open = &mut OpenCases::default();
            let decision = way::of(runtime, work, &record.case, &file, open).await?.decision;
            let (wanted, task) = target(&record.case, &decision);
            if wanted == unit {
                tell_again(runtime, work, record, (unit, assignment), (decision, task), trace, told).await?;
            } else {
                // The register changed meanwhile: nobody has begun, so it goes where it belongs by now.
                look_locked(runtime, work, record, trace, told).await?;
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}
