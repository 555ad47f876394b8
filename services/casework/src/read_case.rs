//! Reads a whole case for somebody who may see it, and notes in the audit log who read it: an access
//! log can then show that a subject's file was read for duty alone (domain.md 3.9).

use dengwen_ledger::{AssignmentRecord, CaseRecord, NewAuditRecord, UnitOfWork};
use dengwen_model::{Case, CaseFile, CaseId, CourseEntry, CourseEvent, Principal, RECUSED, Role};
use dengwen_service::{append_audit, open_case_file};

use crate::desk::Desk;
use crate::refusal::DeskError;
use crate::scope;
use crate::tip_view;
use crate::view::{self, CaseFacts, CaseOut, LimitOut};

/// A case as it is opened for reading.
pub(crate) struct Opened {
    pub(crate) case: Case,
    pub(crate) file: CaseFile,
    pub(crate) assignments: Vec<AssignmentRecord>,
}

/// Opens a case for somebody who may see it; `None` for everybody else.
pub(crate) async fn open(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    principal: &Principal,
    record: CaseRecord,
) -> Result<Option<Opened>, DeskError> {
    let CaseRecord { case, file } = record;
    let file = open_case_file(desk.runtime(), case.id, &file)?;
    let assignments = work.assignments_of_case(case.id).await?;
    let may = scope::may_see(desk, principal, &case, &file, &assignments);
    Ok(may.then_some(Opened { case, file, assignments }))
}

/// The whole case.
pub(crate) async fn read_case(desk: &Desk, principal: &Principal, id: CaseId) -> Result<CaseOut, DeskError> {
    let mut work = desk.read().await?;
    let record = work.case(id).await?.ok_or(DeskError::NotFound)?;
    let opened = open(desk, work.as_mut(), principal, record).await?.ok_or(DeskError::NotFound)?;
    let shown = show(desk, work.as_mut(), principal, opened).await?;
    drop(work);
    log_reading(desk, principal, id).await?;
    Ok(shown)
}

/// That a colleague is reported in another case is no officer's to know.
fn is_shown_to(principal: &Principal, entry: &CourseEntry) -> bool {
    let recusal = matches!(&entry.event, CourseEvent::Noted { what, .. } if what == RECUSED);
    !(recusal && principal.role == Role::Officer)
}

async fn show(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    principal: &Principal,
    opened: Opened,
) -> Result<CaseOut, DeskError> {
    let Opened { case, mut file, assignments } = opened;
    file.course.retain(|entry| is_shown_to(principal, entry));
    let sealed = view::is_sealed(&case, &assignments);
    let mut tips = Vec::new();
    if !sealed {
        for record in work.tips_of_case(case.id).await? {
            let messages = work.messages_of(record.tip.id).await?;
            tips.push(tip_view::tip(desk, &record, &file, &messages)?);
        }
    }
    let limits = work.deadlines_of_case(case.id).await?;
    let now = desk.now();
    Ok(CaseOut {
        summary: view::summary(&case, &file, &assignments),
        subjects: if sealed { Vec::new() } else { file.subjects },
        tips,
        deadlines: limits.iter().map(|limit| LimitOut::of(desk, limit, now)).collect(),
        assignments: assignments.into_iter().map(|record| record.assignment).collect(),
        course: file.course,
        reminders: work.steps_of_case(case.id).await?.into_iter().map(Into::into).collect(),
        case: CaseFacts::of(desk, &case),
    })
}

async fn log_reading(desk: &Desk, principal: &Principal, case: CaseId) -> Result<(), DeskError> {
    let mut work = desk.begin().await?;
    let entry = NewAuditRecord {
        at: desk.now(),
        actor: principal.name.clone(),
        role: principal.role.to_string(),
        action: "case.read".to_owned(),
        object: case.to_string(),
        reason: principal.unit.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    append_audit(work.as_mut(), vec![entry]).await?;
    work.commit().await?;
    Ok(())
}
