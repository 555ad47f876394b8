//! Last days that are provisional (PR-6), counted again with the calendar as it is loaded now.
//!
//! A process loads its calendar when it starts; so it tries all provisional limits once then. Processes that were not
//! started again yet, or are not yet told, set further ones by the old calendar: so all are tried again after a while,
//! and not with each look of the clock, as most stay provisional until the next calendar is out.

use std::collections::BTreeSet;
use std::time::Duration;

use dengwen_ledger::{CaseRecord, LedgerError, NewAuditRecord, UnitOfWork};
use dengwen_model::{CaseId, CourseEntry, CourseEvent, Deadline, DeadlineId, RECOUNTED};
use dengwen_rules::{DeadlineRules, Due, nearest_cut_off};
use dengwen_service::{Chain, Runtime, append_audit, open_case_file, seal_case_file};
use jiff::Timestamp;

use crate::schedule;

/// Limits tried in one round.
const ROUND: u32 = 100;

/// How long after all were tried they are tried again.
const REST: Duration = Duration::from_secs(3600);

/// How far a process has come with the provisional limits.
#[derive(Debug, Default)]
pub struct Recounting {
    /// The last one that was tried.
    after: Option<DeadlineId>,
    /// All were tried; until then none is.
    rests_until: Option<Timestamp>,
}

impl Recounting {
    /// Tries the next provisional limits, those of each case by themselves: a case that cannot be opened must not hold
    /// up the others. Whether there are more to try now.
    ///
    /// # Errors
    /// As the ledger's, where it is away; what was counted until then stays so.
    pub async fn round(&mut self, runtime: &Runtime) -> Result<bool, LedgerError> {
        let now = runtime.clock().now();
        if self.rests_until.is_some_and(|until| now < until) {
            return Ok(false);
        }
        let rules = &runtime.rules().deadlines;
        let tried = runtime.ledger().read().await?.provisional_deadlines(self.after, ROUND).await?;
        let outdated = tried.iter().filter(|limit| counted_anew(rules, limit).is_some());
        for case in outdated.map(|limit| limit.case).collect::<BTreeSet<_>>() {
            match recount(runtime, case).await {
                Ok(()) => {}
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    tracing::error!(case = %case, error = %Chain(&error), "limits cannot be counted again");
                }
            }
        }
        let has_more = tried.len() == ROUND as usize;
        self.after = tried.last().filter(|_| has_more).map(|limit| limit.id);
        self.rests_until = (!has_more).then(|| now + REST);
        Ok(has_more)
    }
}

/// The last day of a running provisional limit by the calendar as loaded now, where that says something else.
fn counted_anew(rules: &DeadlineRules, limit: &Deadline) -> Option<Due> {
    if !limit.provisional || !limit.state.is_running() {
        return None;
    }
    let due = rules.due_extended(&limit.rule, limit.start, limit.extensions)?;
    (!due.provisional || due.date != limit.due).then_some(due)
}

/// Counts the provisional limits of a case again. It is locked first, as by whoever changes its limits: what another
/// replica has counted meanwhile is not provisional any more.
async fn recount(runtime: &Runtime, id: CaseId) -> Result<(), LedgerError> {
    let rules = &runtime.rules().deadlines;
    let mut work = runtime.ledger().begin().await?;
    let Some(record) = work.case(id).await? else {
        return Err(LedgerError::Inconsistent { table: "deadlines", column: "case_id" });
    };
    let now = runtime.clock().now();
    let mut limits = work.deadlines_of_case(id).await?;
    let mut changes = Vec::new();
    for limit in &mut limits {
        let Some(due) = counted_anew(rules, limit) else { continue };
        changes.push(format!("{} {} -> {}", limit.rule, limit.due, due.date));
        (limit.due, limit.provisional) = (due.date, due.provisional);
        limit.state = schedule::state_at(limit, &schedule::steps(rules, limit), now);
        // What has come by the new day is recorded by the next look; what was recorded by the old one stays.
        let next = schedule::first_look(rules, limit).map(|first| first.max(now));
        work.update_deadline(limit, next).await?;
    }
    if changes.is_empty() {
        return Ok(());
    }
    move_nearest(work.as_mut(), &record, &limits).await?;
    let calendar = rules.calendar().version();
    let entries = changes.iter().map(|change| NewAuditRecord {
        at: now,
        actor: "clock".to_owned(),
        role: "service".to_owned(),
        action: "deadline.recounted".to_owned(),
        object: id.to_string(),
        reason: format!("{change} {calendar}"),
    });
    let entries = entries.collect();
    note(runtime, work.as_mut(), record, now, changes).await?;
    append_audit(work.as_mut(), entries).await?;
    work.commit().await
}

/// The assignment of the unit that has the case is pulled by its nearest limit.
async fn move_nearest(
    work: &mut dyn UnitOfWork,
    record: &CaseRecord,
    limits: &[Deadline],
) -> Result<(), LedgerError> {
    let Some((_, id)) = record.case.stage.held_by() else { return Ok(()) };
    // It may still be on its way to the desk.
    let Some(mut assignment) = work.assignment(id).await? else { return Ok(()) };
    let nearest = nearest_cut_off(limits, id);
    if assignment.due_at == nearest {
        return Ok(());
    }
    assignment.due_at = nearest;
    work.update_assignment(&assignment).await
}

/// Tells whoever reads the case.
async fn note(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    record: CaseRecord,
    at: Timestamp,
    changes: Vec<String>,
) -> Result<(), LedgerError> {
    let CaseRecord { case, file } = record;
    let mut file = open_case_file(runtime, case.id, &file)?;
    file.course.extend(changes.into_iter().map(|change| {
        let event = CourseEvent::Noted { what: RECOUNTED.to_owned(), reason: Some(change) };
        CourseEntry { at, by: None, event }
    }));
    let file = seal_case_file(runtime, case.id, &file)?;
    work.update_case(&CaseRecord { case, file }).await
}
