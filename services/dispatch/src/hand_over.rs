//! Handing a case over: the route, the assignment, the limits, the word to the unit.

use dengwen_ledger::{CaseRecord, LedgerError, NewAuditRecord, OutboxRecord, UnitOfWork};
use dengwen_messages::{AssignmentMade, Envelope, Event, LimitSet, Topic, TraceParent};
use dengwen_model::{
    AssignmentId, AssignmentTask, Case, CaseFile, CaseId, CourseEntry, CourseEvent, DIRECTED_FOR, Deadline,
    DeadlineId, DeadlineOwner, DeadlineState, Direction, RECUSED, UnitCode,
};
use dengwen_rules::{Conflict, PathStep, RouteDecision, SetDeadline};
use dengwen_service::{Runtime, append_audit, seal_case_file};
use jiff::Timestamp;

use crate::schedule;
use crate::way::Way;

/// What has to be told when the unit of work is committed.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) outbox: Vec<OutboxRecord>,
    pub(crate) audit: Vec<NewAuditRecord>,
    /// Other cases that the clock has to look at.
    pub(crate) looks: Vec<CaseId>,
}

impl Told {
    /// Ends the unit of work with all of it.
    pub(crate) async fn commit(
        self,
        runtime: &Runtime,
        mut work: Box<dyn UnitOfWork>,
    ) -> Result<(), LedgerError> {
        work.ask_looks(&self.looks, runtime.clock().now()).await?;
        work.enqueue(&self.outbox).await?;
        append_audit(work.as_mut(), self.audit).await?;
        work.commit().await?;
        runtime.wake_relay();
        Ok(())
    }
}

/// Gives the case to the unit of the decision.
pub(crate) async fn send(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    mut case: Case,
    mut file: CaseFile,
    way: Way,
    trace: TraceParent,
    told: &mut Told,
) -> Result<(), LedgerError> {
    let now = runtime.clock().now();
    let Way { decision, recusals } = way;
    let (unit, task) = target(&case, &decision);
    let assignment = AssignmentId::new(runtime.clock(), runtime.entropy());
    let limits = limits(runtime, &case, &decision, assignment, &unit);
    store_limits(runtime, work, &limits, file.reopened_at()).await?;
    let path = path_for_unit(&decision);
    let course = &mut file.course;
    let mut note = |event| course.push(CourseEntry { at: now, by: None, event });
    note(CourseEvent::Dispatched { path: with_reason(&path, file.direction.as_ref(), &unit) });
    for recusal in &recusals {
        note(CourseEvent::Noted { what: RECUSED.to_owned(), reason: Some(recusal.told()) });
    }
    file.kept_out = recusals.into_iter().flat_map(|recusal| recusal.people).collect();
    case.stage = case
        .stage
        .dispatch(unit.clone(), assignment)
        .map_err(|_| LedgerError::Conflict { table: "cases" })?;
    case.updated_at = now;
    told.audit.push(audit(&case, "case.dispatched", &decision, &unit));
    let made = made(&case, &decision, assignment, unit.clone(), task, path, now, &limits);
    told.outbox.push(message(runtime, trace, &unit, made));
    let file = seal_case_file(runtime, case.id, &file)?;
    work.update_case(&CaseRecord { case, file }).await
}

/// The path as the sealed course keeps it: where a person chose the unit, with their words. These do not travel.
fn with_reason(path: &[String], direction: Option<&Direction>, unit: &UnitCode) -> Vec<String> {
    let reason = direction.filter(|direction| direction.unit == *unit);
    let reason = reason.map(|direction| DIRECTED_FOR.say(&[&direction.reason]));
    path.iter().cloned().chain(reason).collect()
}

/// Tells the unit once more of a case that it has: its assignment never arrived.
pub(crate) async fn tell_again(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    mut record: CaseRecord,
    (unit, assignment): (UnitCode, AssignmentId),
    (decision, task): (RouteDecision, AssignmentTask),
    trace: TraceParent,
    told: &mut Told,
) -> Result<(), LedgerError> {
    let case = &mut record.case;
    let limits = work.deadlines_of_case(case.id).await?;
    let path = path_for_unit(&decision);
    let made = made(case, &decision, assignment, unit.clone(), task, path, case.updated_at, &limits);
    told.outbox.push(message(runtime, trace, &unit, made));
    case.updated_at = runtime.clock().now();
    told.audit.push(audit(case, "case.told_again", &decision, &unit));
    work.update_case(&record).await
}

fn path_for_unit(decision: &RouteDecision) -> Vec<String> {
    decision.path.iter().filter(|step| may_travel(step)).map(step).collect()
}

/// Whether a step is for the unit's eyes: that a case is open against a colleague (C9) is not.
fn may_travel(step: &PathStep) -> bool {
    step.conflict != Some(Conflict::C9)
}

/// One step of the path as an officer reads it.
fn step(step: &PathStep) -> String {
    let unit = step.unit.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    match step.conflict {
        Some(conflict) => format!("{unit} {conflict}：{}", step.why),
        None => format!("{unit}：{}", step.why),
    }
}

/// Who gets it and what is asked of them. What no unit may verify, and what the machine is not sure of,
/// goes to the desk of the department that took it in: a person decides.
pub(crate) fn target(case: &Case, decision: &RouteDecision) -> (UnitCode, AssignmentTask) {
    let receiving = case.received_by.clone();
    if decision.sealed {
        return (receiving, AssignmentTask::PassUp);
    }
    match &decision.unit {
        Some(unit) if !case.abstained => (unit.clone(), AssignmentTask::Verify),
        _ => (receiving, AssignmentTask::Screen),
    }
}

/// The limits of the decision as rows. Those on accepting and objecting bind the assignment.
fn limits(
    runtime: &Runtime,
    case: &Case,
    decision: &RouteDecision,
    assignment: AssignmentId,
    unit: &UnitCode,
) -> Vec<Deadline> {
    decision.deadlines.iter().map(|set| limit(runtime, case, set, assignment, unit)).collect()
}

fn limit(
    runtime: &Runtime,
    case: &Case,
    set: &SetDeadline,
    assignment: AssignmentId,
    unit: &UnitCode,
) -> Deadline {
    let binds_unit = matches!(set.rule.as_str(), "DL-UNITACC" | "DL-OBJ" | "DL-UP" | "DL-PUB" | "DL-ELEC");
    let start = set.start.instant().unwrap_or_else(|| runtime.clock().now());
    // Registration is what triage has just done. Of the doors that acknowledge by themselves, the web door gave
    // the receipt in its answer, and the SMS door put the reply with it on disk together with the tip. Both are
    // on record as met.
    let state = match set.rule.as_str() {
        "DL-REG" => DeadlineState::Met { at: case.opened_at },
        "DL-ACK" => DeadlineState::Met { at: start },
        _ => DeadlineState::Open,
    };
    Deadline {
        id: DeadlineId::new(runtime.clock(), runtime.entropy()),
        case: case.id,
        assignment: binds_unit.then_some(assignment),
        rule: set.rule.clone(),
        owner: match binds_unit {
            true => DeadlineOwner::Handling(unit.clone()),
            false => DeadlineOwner::Receiving(case.received_by.clone()),
        },
        start,
        due: set.due,
        provisional: set.provisional,
        extensions: 0,
        state,
    }
}

/// Stores the limits. One of the same round keeps its own clock: after an objection or a correction there is
/// no more time than before. What ran before a reopening is over.
async fn store_limits(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    limits: &[Deadline],
    reopened_at: Option<Timestamp>,
) -> Result<(), LedgerError> {
    let Some(first) = limits.first() else { return Ok(()) };
    let mut known = work.deadlines_of_case(first.case).await?;
    known.retain(|limit| reopened_at.is_none_or(|reopened| limit.start >= reopened));
    let rules = &runtime.rules().deadlines;
    let fresh: Vec<_> = limits
        .iter()
        .filter(|limit| limit.assignment.is_some() || !known.iter().any(|k| k.rule == limit.rule))
        .map(|limit| (limit.clone(), schedule::first_look(rules, limit)))
        .collect();
    work.insert_deadlines(&fresh).await?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one field each of the message")]
fn made(
    case: &Case,
    decision: &RouteDecision,
    assignment: AssignmentId,
    unit: UnitCode,
    task: AssignmentTask,
    path: Vec<String>,
    now: Timestamp,
    limits: &[Deadline],
) -> AssignmentMade {
    let running = limits.iter().filter(|limit| limit.state.is_running());
    AssignmentMade {
        assignment,
        case: case.id,
        unit,
        task,
        category: case.category.clone(),
        handling: decision.handling,
        must_investigate: case.must_investigate.clone(),
        priority: case.priority,
        assigned_at: now,
        path,
        deadlines: running
            .map(|limit| LimitSet {
                deadline: limit.id,
                rule: limit.rule.clone(),
                due: limit.due,
                provisional: limit.provisional,
            })
            .collect(),
    }
}

fn message(runtime: &Runtime, trace: TraceParent, unit: &UnitCode, made: AssignmentMade) -> OutboxRecord {
    let trace = trace.child(runtime.entropy());
    let event = Event::AssignmentMade(Box::new(made));
    let envelope = Envelope::new(event, "/dispatch", trace, runtime.clock(), runtime.entropy());
    OutboxRecord {
        id: envelope.id,
        topic: Topic::Assignments(unit.clone()).key(),
        payload: envelope.to_bytes(),
        traceparent: trace.to_string(),
    }
}

fn audit(case: &Case, action: &str, decision: &RouteDecision, unit: &UnitCode) -> NewAuditRecord {
    NewAuditRecord {
        at: case.updated_at,
        actor: "dispatch".to_owned(),
        role: "service".to_owned(),
        action: action.to_owned(),
        object: case.id.to_string(),
        reason: format!("{unit} {} {}", decision.rule, decision.version),
    }
}
