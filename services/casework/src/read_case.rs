//! Reads a whole case for somebody who may see it, and notes in the audit log who read it: an access
//! log can then show that a subject's file was read for duty alone (domain.md 3.9).

use std::collections::BTreeMap;

use dengwen_ledger::{AssignmentRecord, CaseRecord, NewAuditRecord, TipRecord, UnitOfWork};
use dengwen_model::{
    Case, CaseFile, CaseId, CourseEntry, CourseEvent, Principal, RECUSED, ROUTE_DOUBTED, Role, TipId,
    WITHDRAWN,
};
use dengwen_rules::{Unit, Units};
use dengwen_service::{append_audit, open_case_file};

use crate::access::ScreenReviewer;
use crate::desk::Desk;
use crate::refusal::DeskError;
use crate::scope;
use crate::summary::Summary;
use crate::tip_view::{self, TipOut};
use crate::view::{self, AssignmentOut, CaseFacts, CaseOut, LimitOut, ReminderOut};

/// A case as it is opened for reading.
pub(crate) struct Opened {
    pub(crate) case: Case,
    pub(crate) file: CaseFile,
    pub(crate) assignments: Vec<AssignmentRecord>,
}

impl Opened {
    /// Whether it travels sealed.
    pub(crate) fn is_sealed(&self) -> bool {
        view::is_sealed(&self.case, &self.assignments)
    }
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

/// Entries of the course that are shown: the newest.
const COURSE: usize = 500;
/// Messages shown with each tip: the newest.
const MESSAGES: u32 = 20;

/// Most tips of a page.
pub(crate) const TIPS_MAX: u32 = 50;

/// Which of a case's tips: a campaign brings thousands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TipPage {
    /// After this one.
    pub(crate) after: Option<TipId>,
    /// At most so many.
    pub(crate) max: u32,
}

impl Default for TipPage {
    fn default() -> Self {
        Self { after: None, max: 20 }
    }
}

/// The case with a page of its tips.
pub(crate) async fn read_case(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    page: TipPage,
) -> Result<CaseOut, DeskError> {
    let mut work = desk.read().await?;
    let record = work.case(id).await?.ok_or(DeskError::NotFound)?;
    let opened = open(desk, work.as_mut(), principal, record).await?.ok_or(DeskError::NotFound)?;
    let shown = show(desk, work.as_mut(), principal, opened, page).await?;
    drop(work);
    log_reading(desk, principal, id).await?;
    Ok(shown)
}

/// That a colleague is reported in another case, that the case was taken from another unit and that another might
/// get it is no officer's to know.
fn is_shown_to(principal: &Principal, entry: &CourseEntry) -> bool {
    let reviewers = [RECUSED, WITHDRAWN, ROUTE_DOUBTED];
    let for_reviewers =
        matches!(&entry.event, CourseEvent::Noted { what, .. } if reviewers.contains(&what.as_str()));
    !(for_reviewers && principal.role == Role::Officer)
}

async fn show(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    principal: &Principal,
    opened: Opened,
    page: TipPage,
) -> Result<CaseOut, DeskError> {
    let Summary { zh: summary, en: summary_en } = Summary::of(desk, &opened);
    let Opened { case, mut file, assignments } = opened;
    let sealed = view::is_sealed(&case, &assignments);
    let (mut tips, mut sealed_tips, mut next_tips_after) = (Vec::new(), Vec::new(), None);
    // Nobody reads a sealed case here; who may take tips out of it has to know which there are.
    if !sealed || ScreenReviewer::includes(principal.role) {
        let (records, next) = tip_records(work, &case, page).await?;
        next_tips_after = next;
        match sealed {
            true => sealed_tips = records.iter().map(Into::into).collect(),
            false => tips = shown_tips(desk, work, &file, &records).await?,
        }
    }
    file.course.retain(|entry| is_shown_to(principal, entry));
    let course_left_off = file.course.len().saturating_sub(COURSE);
    file.course.drain(..course_left_off);
    if sealed {
        file.course = view::sealed_course(file.course);
    }
    let outs = assignments.into_iter().map(|record| AssignmentOut::of(desk, record.assignment, sealed));
    let assignments: Vec<_> = outs.collect();
    let unit_names = unit_names(desk, &file.course, &assignments);
    let limits = work.deadlines_of_case(case.id).await?;
    let steps = work.steps_of_case(case.id).await?;
    let now = desk.now();
    Ok(CaseOut {
        summary,
        summary_en,
        subjects: if sealed { Vec::new() } else { file.subjects },
        tips,
        sealed_tips,
        next_tips_after,
        course_left_off,
        deadlines: limits.iter().map(|limit| LimitOut::of(desk, limit, now)).collect(),
        assignments,
        unit_names,
        course: file.course,
        reminders: steps.into_iter().map(|step| ReminderOut::of(step, &limits)).collect(),
        case: CaseFacts::of(desk, &case, sealed),
    })
}

/// The names of the units that reasons speak of by their codes.
fn unit_names(
    desk: &Desk,
    course: &[CourseEntry],
    assignments: &[AssignmentOut],
) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let units = desk.runtime().units();
    let noted = course.iter().flat_map(|entry| match &entry.event {
        CourseEvent::Dispatched { path } => path.iter().collect(),
        CourseEvent::Noted { reason, .. } => reason.iter().collect(),
        _ => Vec::new(),
    });
    for line in noted.chain(assignments.iter().flat_map(|assignment| &assignment.path)) {
        names.extend(named_units(&units, line).map(|unit| (unit.code.to_string(), unit.name.clone())));
    }
    names
}

/// The units whose codes stand in a line.
pub(crate) fn named_units<'a>(units: &'a Units, line: &'a str) -> impl Iterator<Item = &'a Unit> {
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.contains('-')).filter_map(|word| units.get(&word.parse().ok()?))
}

/// A page of tips, and where the next one begins.
async fn tip_records(
    work: &mut dyn UnitOfWork,
    case: &Case,
    page: TipPage,
) -> Result<(Vec<TipRecord>, Option<TipId>), DeskError> {
    let max = usize::try_from(page.max).unwrap_or(usize::MAX);
    let mut records = work.tips_of_case_after(case.id, page.after, page.max.saturating_add(1)).await?;
    let more = records.len() > max;
    records.truncate(max);
    let next = records.last().filter(|_| more).map(|record| record.tip.id);
    Ok((records, next))
}

async fn shown_tips(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    file: &CaseFile,
    records: &[TipRecord],
) -> Result<Vec<TipOut>, DeskError> {
    let mut tips = Vec::with_capacity(records.len());
    for record in records {
        let messages = tip_view::messages(desk, work, file, record.tip.id, None, MESSAGES).await?;
        tips.push(tip_view::tip(desk, record, file, messages)?);
    }
    Ok(tips)
}

/// Notes who read.
pub(crate) async fn log_reading(desk: &Desk, principal: &Principal, case: CaseId) -> Result<(), DeskError> {
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
