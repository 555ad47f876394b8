//! Looking again at who has a case, when a tip joined it: new facts may speak against the unit (回避), or make
//! another one responsible (干部管理权限). And when another case was opened against somebody of the unit, who is kept
//! out of this one from then on (C9).
//!
//! What must not stay where it is leaves at once: a conflict of interest, a matter that goes up sealed, and
//! whatever nobody accepted yet. From a unit that works on it and may, only a person takes it; they are told.

use dengwen_ledger::{CaseRecord, LedgerError, NewAuditRecord, UnitOfWork};
use dengwen_messages::TraceParent;
use dengwen_model::{
    AssignmentId, AssignmentState, AssignmentTask, Case, CaseFile, CaseStage, CourseEntry, CourseEvent,
    DeadlineState, RECUSED, ROUTE_DOUBTED, UnitCode, WITHDRAWN,
};
use dengwen_rules::{RouteDecision, Unfit};
use dengwen_service::{Runtime, seal_case_file};

use crate::duty::{self, RECHECK};
use crate::hand_over::{Told, send, target};
use crate::way::{self, OpenCases, Recusal, Way};

/// What a second look at who has a case says.
pub(crate) struct Review {
    verdict: Verdict,
    /// People of the unit who are reported in other open cases (C9), and were not kept out of this one so far.
    kept_out: Vec<Recusal>,
}

/// What it says of the unit.
enum Verdict {
    /// It stays.
    Right,
    /// It leaves at once; a code for the audit log.
    Leaves(String),
    /// Another unit would have to have it, and a person decides.
    Doubtful(UnitCode),
}

impl Review {
    /// Looks again at the unit that has the case; reads only.
    pub(crate) async fn of(
        runtime: &Runtime,
        work: &mut dyn UnitOfWork,
        case: &Case,
        file: &CaseFile,
        way: &Way,
        open: &mut OpenCases,
    ) -> Result<Self, LedgerError> {
        let Some((unit, assignment)) = case.stage.held_by() else {
            return Ok(Self { verdict: Verdict::Right, kept_out: Vec::new() });
        };
        let task = task_of(work, case, assignment).await?;
        let verdict = verdict(runtime, case, file, (unit, task), &way.decision)?;
        let mut recusals = match verdict {
            Verdict::Right => way.recusals.clone(),
            // The way leads elsewhere, and yet this unit works on.
            Verdict::Doubtful(_) => open.against(runtime, work, case, unit).await?.into_iter().collect(),
            Verdict::Leaves(_) => Vec::new(),
        };
        recusals.retain(|recusal| recusal.people.iter().any(|name| !file.kept_out.contains(name)));
        Ok(Self { verdict, kept_out: recusals })
    }

    /// Does what follows from it. `has_changed`: the file was changed already, and has to be stored.
    pub(crate) async fn carry_out(
        self,
        runtime: &Runtime,
        work: &mut dyn UnitOfWork,
        (mut case, mut file, mut has_changed): (Case, CaseFile, bool),
        way: Way,
        trace: TraceParent,
        told: &mut Told,
    ) -> Result<(), LedgerError> {
        let other = match self.verdict {
            Verdict::Leaves(why) => {
                return withdraw(runtime, work, (case, file), way, why, trace, told).await;
            }
            Verdict::Doubtful(other) => Some(other),
            Verdict::Right => None,
        };
        if !self.kept_out.is_empty() {
            keep_out(runtime, work, &mut case, &mut file, self.kept_out, told).await?;
            has_changed = true;
        }
        if let Some(other) = other {
            has_changed |= doubt(runtime, work, &mut case, &mut file, other, told).await?;
        }
        if !has_changed {
            return Ok(());
        }
        let file = seal_case_file(runtime, case.id, &file)?;
        work.update_case(&CaseRecord { case, file }).await
    }
}

/// What its unit was asked for; `None` while the desk has not taken the assignment over.
async fn task_of(
    work: &mut dyn UnitOfWork,
    case: &Case,
    id: AssignmentId,
) -> Result<Option<AssignmentTask>, LedgerError> {
    let all = work.assignments_of_case(case.id).await?;
    Ok(all.into_iter().find(|record| record.assignment.id == id).map(|record| record.assignment.task))
}

fn verdict(
    runtime: &Runtime,
    case: &Case,
    file: &CaseFile,
    (unit, task): (&UnitCode, Option<AssignmentTask>),
    decision: &RouteDecision,
) -> Result<Verdict, LedgerError> {
    let (wanted, wanted_task) = target(case, decision);
    if wanted == *unit && task.map_or(!decision.sealed, |task| task == wanted_task) {
        return Ok(Verdict::Right);
    }
    if decision.sealed {
        return Ok(Verdict::Leaves("sealed".to_owned()));
    }
    let against = way::against(runtime, case, file, unit)?;
    let conflict = against.iter().find_map(|unfit| match unfit {
        Unfit::Conflict(conflict) => Some(*conflict),
        _ => None,
    });
    Ok(match (conflict, &case.stage) {
        (Some(conflict), _) => Verdict::Leaves(conflict.to_string()),
        (None, CaseStage::Dispatched { .. }) if wanted != *unit => Verdict::Leaves(decision.rule.clone()),
        (None, _) if wanted != *unit => Verdict::Doubtful(wanted),
        (None, _) => Verdict::Right,
    })
}

/// Takes the case from its unit and gives it to the right one. What bound the unit's assignment ends with it.
async fn withdraw(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    (mut case, mut file): (Case, CaseFile),
    way: Way,
    why: String,
    trace: TraceParent,
    told: &mut Told,
) -> Result<(), LedgerError> {
    let Some((unit, assignment)) = case.stage.held_by().map(|(unit, id)| (unit.clone(), id)) else {
        return Ok(());
    };
    if let Some(mut record) = work.assignment(assignment).await? {
        record.assignment.state = AssignmentState::Done;
        work.update_assignment(&record).await?;
    }
    for mut limit in work.deadlines_of_case(case.id).await? {
        let ends =
            limit.assignment == Some(assignment) || matches!(limit.rule.as_str(), RECHECK | "DL-OBJDEC");
        if limit.state.is_running() && ends {
            limit.state = DeadlineState::Cancelled;
            work.update_deadline(&limit, None).await?;
        }
    }
    // What the person knew who chose the unit is no longer all.
    file.direction = None;
    note(&mut file, runtime, WITHDRAWN, format!("{unit} {why}"));
    told.audit.push(entry(runtime, &case, "case.withdrawn", format!("{unit} {why}")));
    case.stage = case.stage.recall().map_err(|_| LedgerError::Conflict { table: "cases" })?;
    tracing::info!("a case was taken from its unit after a tip joined");
    send(runtime, work, case, file, way, trace, told).await
}

/// Keeps people out of the case from now on, and tells whoever reviews. Where the case is in the hands of one of
/// them, a person has to give it to somebody else.
async fn keep_out(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    case: &mut Case,
    file: &mut CaseFile,
    recusals: Vec<Recusal>,
    told: &mut Told,
) -> Result<(), LedgerError> {
    for recusal in &recusals {
        note(file, runtime, RECUSED, recusal.told());
        told.audit.push(entry(runtime, case, "case.recused", recusal.told()));
    }
    file.keep_out(recusals.into_iter().flat_map(|recusal| recusal.people));
    case.updated_at = runtime.clock().now();
    let (CaseStage::Verifying { responsible, .. } | CaseStage::Reported { responsible, .. }) = &case.stage
    else {
        return Ok(());
    };
    match work.staff(*responsible).await? {
        Some(officer) if file.kept_out.contains(&officer.name) => {
            duty::set(runtime, work, case, RECHECK).await
        }
        _ => Ok(()),
    }
}

/// Tells whoever reviews, once for each unit that would be the right one, and sets the limit for deciding. Whether
/// it was the first time.
async fn doubt(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    case: &mut Case,
    file: &mut CaseFile,
    other: UnitCode,
    told: &mut Told,
) -> Result<bool, LedgerError> {
    let said = file.course.iter().any(|entry| match &entry.event {
        CourseEvent::Noted { what, reason } => {
            what == ROUTE_DOUBTED && reason.as_deref() == Some(other.as_str())
        }
        _ => false,
    });
    if said {
        return Ok(false);
    }
    duty::set(runtime, work, case, RECHECK).await?;
    note(file, runtime, ROUTE_DOUBTED, other.to_string());
    told.audit.push(entry(runtime, case, "case.route_doubted", other.to_string()));
    case.updated_at = runtime.clock().now();
    Ok(true)
}

fn note(file: &mut CaseFile, runtime: &Runtime, what: &str, reason: String) {
    let event = CourseEvent::Noted { what: what.to_owned(), reason: Some(reason) };
    file.course.push(CourseEntry { at: runtime.clock().now(), by: None, event });
}

fn entry(runtime: &Runtime, case: &Case, action: &str, reason: String) -> NewAuditRecord {
    NewAuditRecord {
        at: runtime.clock().now(),
        actor: "dispatch".to_owned(),
        role: "service".to_owned(),
        action: action.to_owned(),
        object: case.id.to_string(),
        reason,
    }
}
