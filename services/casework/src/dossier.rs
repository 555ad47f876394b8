//! The one way in which the desk changes a case: read and lock, decide, note, and store everything
//! together — case, sealed file, time limits, mailbox, outbox and audit log in one unit of work.

use dengwen_ledger::{AssignmentRecord, CaseRecord, MailboxRecord, NewAuditRecord, OutboxRecord, UnitOfWork};
use dengwen_messages::{CaseJoined, Envelope, Event, Topic, TraceParent};
use dengwen_model::{
    AssignmentId, AssignmentState, Case, CaseFile, CaseId, CaseStage, CourseEntry, CourseEvent,
    IllegalTransition, MessageContent, MessageFrom, MessageId, Principal, TipId, UnitCode, UserId,
};
use dengwen_service::{MESSAGE_KEPT, append_audit, message_evidence};
use dengwen_service::{open_case_file, seal_case_file, seal_message};
use jiff::Timestamp;

use crate::commission;
use crate::desk::Desk;
use crate::guards::mark;
use crate::limits::Limits;
use crate::refusal::DeskError;
use crate::scope;

/// Who acts, for the course of the case and the audit log.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    /// The account or token; `None` for a process and for a reporter.
    pub(crate) id: Option<UserId>,
    /// The name in the audit log.
    pub(crate) name: String,
    /// The role in the audit log.
    pub(crate) role: String,
}

impl Actor {
    /// The desk itself, acting for whoever holds a receipt: nothing about them is known or noted.
    pub(crate) fn receipt() -> Self {
        Self { id: None, name: "receipt".to_owned(), role: "service".to_owned() }
    }
}

impl From<&Principal> for Actor {
    fn from(principal: &Principal) -> Self {
        let Principal { id, role, name, .. } = principal;
        Self { id: Some(*id), name: name.clone(), role: role.to_string() }
    }
}

/// A case in one unit of work.
pub(crate) struct Dossier<'a> {
    desk: &'a Desk,
    actor: Actor,
    now: Timestamp,
    work: Box<dyn UnitOfWork>,
    case: Case,
    file: CaseFile,
    limits: Limits,
    assignments: Vec<AssignmentRecord>,
    outgoing: Vec<(Topic, Event)>,
    audit: Vec<NewAuditRecord>,
}

impl<'a> Dossier<'a> {
    /// Opens a case for a change by somebody who may see it.
    pub(crate) async fn open(desk: &'a Desk, principal: &Principal, id: CaseId) -> Result<Self, DeskError> {
        let dossier = Self::open_as(desk, principal.into(), id).await?;
        if scope::may_see(desk, principal, &dossier.case, &dossier.file, &dossier.assignments) {
            Ok(dossier)
        } else {
            Err(DeskError::NotFound)
        }
    }

    /// Opens a case for a change that is not a member of staff's.
    pub(crate) async fn open_as(desk: &'a Desk, actor: Actor, id: CaseId) -> Result<Self, DeskError> {
        let mut work = desk.begin().await?;
        let CaseRecord { case, file } = work.case(id).await?.ok_or(DeskError::NotFound)?;
        let file = open_case_file(desk.runtime(), id, &file)?;
        let assignments = work.assignments_of_case(id).await?;
        let limits = Limits::of(work.as_mut(), id).await?;
        let (now, outgoing, audit) = (desk.now(), Vec::new(), Vec::new());
        Ok(Self { desk, actor, now, work, case, file, limits, assignments, outgoing, audit })
    }

    /// Opens the case of an assignment that the principal's unit has. The case is locked before the
    /// assignment, as everywhere, so that two changes cannot wait for each other.
    pub(crate) async fn open_assignment(
        desk: &'a Desk,
        principal: &Principal,
        id: AssignmentId,
    ) -> Result<(Self, AssignmentRecord), DeskError> {
        let found = desk.read().await?.assignment(id).await?.ok_or(DeskError::NotFound)?;
        if !scope::covers(desk, principal, &found.assignment.unit) {
            return Err(DeskError::NotFound);
        }
        let mut dossier = Self::open_as(desk, principal.into(), found.assignment.case).await?;
        if scope::is_about(&dossier.file, principal) {
            return Err(DeskError::NotFound);
        }
        let record = dossier.work.assignment(id).await?.ok_or(DeskError::NotFound)?;
        // By the case itself another unit has it under this assignment: the row is nobody's word.
        if let Some((unit, held)) = dossier.case.stage.held_by()
            && held == id
            && *unit != record.assignment.unit
        {
            return Err(DeskError::NotFound);
        }
        Ok((dossier, record))
    }

    /// As [`Dossier::open_assignment`], for somebody who holds it: by a running lease or by having
    /// accepted it.
    pub(crate) async fn open_held(
        desk: &'a Desk,
        principal: &Principal,
        id: AssignmentId,
    ) -> Result<(Self, AssignmentRecord), DeskError> {
        let (dossier, record) = Self::open_assignment(desk, principal, id).await?;
        // A case that was taken from the unit meanwhile is in nobody's hands by an older assignment.
        let current = dossier.case.stage.held_by().is_some_and(|(_, held)| held == id);
        if current && record.assignment.state.is_held_by(principal.id, dossier.now) {
            Ok((dossier, record))
        } else {
            Err(DeskError::NotHeld)
        }
    }

    /// The desk.
    pub(crate) fn desk(&self) -> &'a Desk {
        self.desk
    }

    /// The instant of this change.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The case as it is by now.
    pub(crate) fn case(&self) -> &Case {
        &self.case
    }

    /// The case, to be changed.
    pub(crate) fn case_mut(&mut self) -> &mut Case {
        &mut self.case
    }

    /// The case file as it is by now.
    pub(crate) fn file(&self) -> &CaseFile {
        &self.file
    }

    /// The case file, to be changed.
    pub(crate) fn file_mut(&mut self) -> &mut CaseFile {
        &mut self.file
    }

    /// The time limits of the case.
    pub(crate) fn limits(&mut self) -> &mut Limits {
        &mut self.limits
    }

    /// The repositories, for what belongs to the same change.
    pub(crate) fn work(&mut self) -> &mut dyn UnitOfWork {
        self.work.as_mut()
    }

    /// Asks dispatch to look again at who has the case: by a message, and by the clock where that is lost.
    pub(crate) async fn ask_look(&mut self) -> Result<(), DeskError> {
        let case = self.case.id;
        self.tell(Topic::CasesJoined, Event::CaseJoined(CaseJoined { case }));
        self.work.ask_looks(&[case], self.desk.runtime().look_due()).await?;
        Ok(())
    }

    /// Stores a changed assignment of the case, with the nearest limit that binds it now.
    pub(crate) async fn put(&mut self, record: &mut AssignmentRecord) -> Result<(), DeskError> {
        record.due_at = self.limits.nearest(record.assignment.id);
        self.work.update_assignment(record).await?;
        Ok(())
    }

    /// Ends an assignment of the case, and with it the limits that bind it.
    pub(crate) async fn end_assignment(&mut self, id: AssignmentId) -> Result<(), DeskError> {
        self.limits.cancel(|limit| limit.assignment == Some(id));
        // It may still be on its way here; what comes late is taken in as over.
        if let Some(mut record) = self.work.assignment(id).await? {
            record.assignment.state = AssignmentState::Done;
            self.put(&mut record).await?;
        }
        Ok(())
    }

    /// The unit that has or last had the case; the department that took it in where none had.
    pub(crate) fn handling_unit(&self) -> UnitCode {
        let held = self.case.stage.held_by().map(|(unit, _)| unit);
        let last = self.assignments.last().map(|record| &record.assignment.unit);
        held.or(last).unwrap_or(&self.case.received_by).clone()
    }

    /// Whoever decides on the unit's work is of the department that commissioned it, and did not investigate (I3).
    pub(crate) fn must_commission(&self, principal: &Principal) -> Result<(), DeskError> {
        if self.was_investigated_by(principal.id) {
            return Err(DeskError::SamePerson);
        }
        if commission::commissions(self.desk, principal, &self.case.received_by, &self.handling_unit()) {
            Ok(())
        } else {
            Err(DeskError::NotCommissioning)
        }
    }

    /// Whether this person investigated the case: reports or reported on it, or accepted it in a round in which
    /// somebody reported.
    pub(crate) fn was_investigated_by(&self, person: UserId) -> bool {
        let accepted = |entry: &CourseEntry| {
            let accepted = matches!(&entry.event, CourseEvent::Noted { what, .. } if what == mark::ACCEPTED);
            accepted && entry.by == Some(person)
        };
        let reported = |entry: &CourseEntry| matches!(entry.event, CourseEvent::Reported { .. });
        let mut rounds =
            self.file.course.split(|entry| matches!(entry.event, CourseEvent::Dispatched { .. }));
        let investigated = |round: &[CourseEntry]| {
            let by_them = round.iter().any(|entry| reported(entry) && entry.by == Some(person));
            by_them || (round.iter().any(reported) && round.iter().any(accepted))
        };
        self.case.stage.responsible() == Some(person) || rounds.any(investigated)
    }

    /// Whether somebody accepted the case since it was last handed over.
    pub(crate) fn was_accepted(&self) -> bool {
        let mut round =
            self.file.course.rsplit(|entry| matches!(entry.event, CourseEvent::Dispatched { .. }));
        let accepted = |entry: &CourseEntry| matches!(&entry.event, CourseEvent::Noted { what, .. } if what == mark::ACCEPTED);
        round.next().is_some_and(|since| since.iter().any(accepted))
    }

    /// Moves the case to another stage, where that is legal.
    pub(crate) fn advance(
        &mut self,
        transition: impl FnOnce(CaseStage) -> Result<CaseStage, IllegalTransition>,
    ) -> Result<(), DeskError> {
        self.case.stage = transition(self.case.stage.clone())?;
        Ok(())
    }

    /// Writes a line into the course of the case.
    pub(crate) fn note(&mut self, event: CourseEvent) {
        let entry = CourseEntry { at: self.now, by: self.actor.id, event };
        self.file.course.push(entry);
    }

    /// Writes a short line into the course of the case.
    pub(crate) fn note_that(&mut self, what: &str, reason: Option<&str>) {
        self.note(CourseEvent::Noted { what: what.to_owned(), reason: reason.map(str::to_owned) });
    }

    /// Starts a limit that the receiving department has to meet.
    pub(crate) fn start_limit(&mut self, rule: &str) -> Result<(), DeskError> {
        self.limits.start_receiving(self.desk, rule, &self.case.received_by)
    }

    /// Tells others, once the change is stored.
    pub(crate) fn tell(&mut self, topic: Topic, event: Event) {
        self.outgoing.push((topic, event));
    }

    /// Puts a message of the line into a tip's mailbox.
    pub(crate) async fn post(&mut self, tip: TipId, text: &str) -> Result<MessageId, DeskError> {
        let runtime = self.desk.runtime();
        let id = MessageId::new(runtime.clock(), runtime.entropy());
        let text = seal_message(runtime, id, &MessageContent::words(text)).map_err(|_| DeskError::TooLong)?;
        self.keep(&MailboxRecord { id, tip, from: MessageFrom::Line, at: self.now, text }).await?;
        Ok(id)
    }

    /// Keeps a message; `false` if it was there already. The audit log vouches for what was kept.
    pub(crate) async fn keep(&mut self, record: &MailboxRecord) -> Result<bool, DeskError> {
        let new = self.work.insert_message(record).await?;
        if new {
            let reason = message_evidence(record).after("");
            self.vouch(MESSAGE_KEPT, record.id.to_string(), reason);
        }
        Ok(new)
    }

    /// An entry of the audit log that vouches for a row of this change; the reason ends with its digest.
    pub(crate) fn vouch(&mut self, action: &str, object: String, reason: String) {
        let entry = self.entry(action, object, reason);
        self.audit.push(entry);
    }

    fn entry(&self, action: &str, object: String, reason: String) -> NewAuditRecord {
        let Actor { name, role, .. } = self.actor.clone();
        NewAuditRecord { at: self.now, actor: name, role, action: action.to_owned(), object, reason }
    }

    /// Stores everything that was changed, with an entry of the audit log: `action` as
    /// `case.concluded`, `reason` a code, never words of a tip.
    pub(crate) async fn save(mut self, action: &str, reason: &str) -> Result<Case, DeskError> {
        let runtime = self.desk.runtime();
        self.case.updated_at = self.now;
        let file = seal_case_file(runtime, self.case.id, &self.file).map_err(|_| DeskError::TooLong)?;
        let entry = self.entry(action, self.case.id.to_string(), reason.to_owned());
        self.audit.push(entry);
        let record = CaseRecord { case: self.case, file };
        self.work.update_case(&record).await?;
        self.limits.save(self.desk, self.work.as_mut()).await?;
        let letters = self.outgoing.into_iter().map(|(topic, event)| letter(self.desk, &topic, event));
        let letters: Vec<_> = letters.collect();
        self.work.enqueue(&letters).await?;
        append_audit(self.work.as_mut(), self.audit).await?;
        self.work.commit().await?;
        runtime.wake_relay();
        Ok(record.case)
    }
}

/// What goes into the outbox.
pub(crate) fn letter(desk: &Desk, topic: &Topic, event: Event) -> OutboxRecord {
    let runtime = desk.runtime();
    let trace = TraceParent::new(runtime.entropy());
    let envelope = Envelope::new(event, "/casework", trace, runtime.clock(), runtime.entropy());
    OutboxRecord {
        id: envelope.id,
        topic: topic.key(),
        payload: envelope.to_bytes(),
        traceparent: trace.to_string(),
    }
}
