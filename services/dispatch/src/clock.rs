//! The clock (时限监控): turns due and overdue into recorded steps, each exactly once, however many
//! replicas run and however long they were down.

use std::time::Duration;

use dengwen_ledger::{LadderStep, LedgerError, NewAuditRecord, UnitOfWork};
use dengwen_model::{CaseId, CaseStage};
use dengwen_queue::Backoff;
use dengwen_service::{Chain, DEADLINE_STEP, Runtime, append_audit, step_evidence};

use crate::duty::{self, RECHECK};
use crate::recount::Recounting;
use crate::schedule;
use crate::{fetch_left_behind, look_at_due};

/// The time in which a unit accepts what it was handed (deadlines.yaml, `overdue: return to dispatcher`).
const UNIT_ACCEPTS: &str = "DL-UNITACC";

/// Limits looked at in one unit of work.
const ROUND: u32 = 100;

/// Looks at the deadlines until shutdown.
pub async fn watch_deadlines(runtime: Runtime) {
    let pause = Duration::from_secs(runtime.settings().desk.clock_scan_s.max(1).into());
    let (mut recounting, mut failures) = (Recounting::default(), 0);
    loop {
        if let Err(error) = fetch_left_behind(&runtime).await {
            tracing::warn!(error = %Chain(&error), "cases that were left behind could not be looked for");
        }
        if let Err(error) = look_at_due(&runtime).await {
            tracing::warn!(error = %Chain(&error), "cases could not be looked at again");
        }
        let recounted = recounting.round(&runtime).await;
        if let Err(error) = &recounted {
            tracing::warn!(error = %Chain(error), "provisional limits could not be counted again");
        }
        // No step is taken by a last day that is about to be counted again.
        let looked = if matches!(recounted, Ok(true)) { Ok(ROUND) } else { look_once(&runtime).await };
        let wait = match looked {
            Ok(looked) if looked == ROUND => Duration::ZERO,
            Ok(_) => {
                failures = 0;
                pause
            }
            Err(error) => {
                failures += 1;
                tracing::warn!(error = %Chain(&error), "the clock could not look at the deadlines");
                Backoff::RECONNECT.delay(failures, runtime.entropy())
            }
        };
        tokio::select! { () = runtime.shutdown().cancelled() => return, () = tokio::time::sleep(wait) => {} }
    }
}

/// Looks once: records every step that has come since the last look. Returns how many limits it looked
/// at. Limits that another replica holds are left to it.
///
/// # Errors
/// As the ledger's; nothing was recorded then.
pub async fn look_once(runtime: &Runtime) -> Result<u32, LedgerError> {
    let now = runtime.clock().now();
    let rules = &runtime.rules().deadlines;
    let mut work = runtime.ledger().begin().await?;
    let limits = work.deadlines_to_step(now, ROUND).await?;
    let looked = u32::try_from(limits.len()).unwrap_or(u32::MAX);
    let (mut audit, mut not_taken_up) = (Vec::new(), Vec::new());
    for mut limit in limits {
        let steps = schedule::steps(rules, &limit);
        for step in steps.iter().filter(|step| step.at <= now) {
            let record = LadderStep {
                deadline: limit.id,
                case: limit.case,
                extension: limit.extensions,
                level: step.level,
                nth: step.nth,
                due_at: step.at,
                taken_at: now,
                action: step.action.clone(),
            };
            if work.record_step(&record).await? {
                if limit.rule.as_str() == UNIT_ACCEPTS && step.level > 0 {
                    not_taken_up.push(limit.case);
                }
                metrics::counter!("dengwen_deadline_steps", "level" => step.level.to_string()).increment(1);
                audit.push(NewAuditRecord {
                    at: now,
                    actor: "clock".to_owned(),
                    role: "service".to_owned(),
                    action: format!("{DEADLINE_STEP}{}", step.level),
                    object: limit.case.to_string(),
                    reason: step_evidence(&record).after(&format!("{} {}", limit.rule, rules.version())),
                });
            }
        }
        limit.state = schedule::state_at(&limit, &steps, now);
        work.update_deadline(&limit, schedule::next_look(rules, &limit, now)).await?;
    }
    return_to_dispatcher(runtime, work.as_mut(), not_taken_up).await?;
    append_audit(work.as_mut(), audit).await?;
    work.commit().await?;
    Ok(looked)
}

/// What no unit took up in its time comes before whoever dispatches (退回分办): with the limit for looking again at
/// who handles it. A person takes it from the unit, or leaves it there; by itself it could only go back to the same one.
/// The cases are not locked, as their limits are: whoever changes a case locks it before these.
async fn return_to_dispatcher(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    mut cases: Vec<CaseId>,
) -> Result<(), LedgerError> {
    cases.sort_unstable();
    cases.dedup();
    for record in work.cases_as_they_are(&cases).await? {
        if matches!(record.case.stage, CaseStage::Dispatched { .. }) {
            duty::set(runtime, work, &record.case, RECHECK).await?;
        }
    }
    Ok(())
}
