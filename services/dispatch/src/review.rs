//! Looking again at who has a case, when a tip joined it: new facts may speak against the unit (回避), or make
//! another one responsible (干部管理权限).
//!
//! What must not stay where it is leaves at once: a conflict of interest, a matter that goes up sealed, and
//! whatever nobody accepted yet. From a unit that works on it and may, only a person takes it; they are told.

use dengwen_ledger::{CaseRecord, LedgerError, NewAuditRecord, UnitOfWork};
use dengwen_messages::TraceParent;
use dengwen_model::{
    AssignmentId, AssignmentState, AssignmentTask, Case, CaseFile, CaseStage, CourseEntry, CourseEvent,
    Deadline, DeadlineId, DeadlineOwner, DeadlineState, ROUTE_DOUBTED, UnitCode, WITHDRAWN,
};
use dengwen_rules::{RouteDecision, Unfit};
use dengwen_service::{Runtime, open_case_file, seal_case_file};

use crate::hand_over::{Told, send, target};
use crate::schedule;
use crate::way::{self, Way};

/// The duty to look again at who handles a case.
const RECHECK: &str = "DL-RECHK";

/// What a second look at the unit says.
enum Verdict {
    /// It stays.
    Right,
    /// It leaves at once; a code for the audit log.
    Leaves(String),
    /// Another unit would have to have it, and a person decides.
    Doubtful(UnitCode),
}

/// Looks again.
pub(crate) async fn review(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    record: CaseRecord,
    trace: TraceParent,
    told: &mut Told,
) -> Result<(), LedgerError> {
    let CaseRecord { case, file } = record;
    let file = open_case_file(runtime, case.id, &file)?;
    let Some((unit, assignment)) = case.stage.held_by().map(|(unit, id)| (unit.clone(), id)) else {
        return Ok(());
    };
    let way = way::of(runtime, work, &case, &file).await?;
    let task = task_of(work, &case, assignment).await?;
    match verdict(runtime, &case, &file, (&unit, task), &way.decision)? {
        Verdict::Right => Ok(()),
        Verdict::Leaves(why) => {
            withdraw(runtime, work, (case, file), way, (unit, assignment, why), trace, told).await
        }
        Verdict::Doubtful(other) => doubt(runtime, work, case, file, other, told).await,
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
    (unit, assignment, why): (UnitCode, AssignmentId, String),
    trace: TraceParent,
    told: &mut Told,
) -> Result<(), LedgerError> {
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

/// Tells whoever reviews, once for each unit that would be the right one, and sets the limit for deciding.
async fn doubt(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    mut case: Case,
    mut file: CaseFile,
    other: UnitCode,
    told: &mut Told,
) -> Result<(), LedgerError> {
    let said = file.course.iter().any(|entry| match &entry.event {
        CourseEvent::Noted { what, reason } => {
            what == ROUTE_DOUBTED && reason.as_deref() == Some(other.as_str())
        }
        _ => false,
    });
    if said {
        return Ok(());
    }
    let limit = recheck(runtime, &case)?;
    let running = work.deadlines_of_case(case.id).await?;
    if !running.iter().any(|known| known.rule == limit.rule && known.state.is_running()) {
        let first = schedule::first_look(&runtime.rules().deadlines, &limit);
        work.insert_deadline(&limit, first).await?;
    }
    note(&mut file, runtime, ROUTE_DOUBTED, other.to_string());
    told.audit.push(entry(runtime, &case, "case.route_doubted", other.to_string()));
    case.updated_at = runtime.clock().now();
    let file = seal_case_file(runtime, case.id, &file)?;
    work.update_case(&CaseRecord { case, file }).await
}

/// The receiving department's limit for looking again.
fn recheck(runtime: &Runtime, case: &Case) -> Result<Deadline, LedgerError> {
    let missing = || LedgerError::Inconsistent { table: "deadlines", column: "rule" };
    let start = runtime.clock().now();
    let rule = RECHECK.parse().map_err(|_| missing())?;
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
