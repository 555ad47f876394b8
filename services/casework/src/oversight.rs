//! Goes through what runs over all cases, in pages, so that the desk can oversee more than it could hold
//! at once.

use std::collections::HashMap;

use dengwen_ledger::{CaseFilter, CaseRecord, UnitOfWork};
use dengwen_model::{Case, CaseId, Deadline, DeadlineId, Principal};
use dengwen_service::open_case_file;

use crate::desk::Desk;
use crate::guards;
use crate::refusal::DeskError;
use crate::scope;
use crate::view::state_at;

/// Rows a page.
const PAGE: u32 = 500;

/// A running limit that somebody has to meet, with its case.
pub(crate) struct Running<'a> {
    pub(crate) case: &'a Case,
    pub(crate) limit: &'a Deadline,
    /// `open` or `overdue`.
    pub(crate) state: &'static str,
}

/// Every running limit of a case that the principal may see.
pub(crate) async fn each_running(
    desk: &Desk,
    principal: &Principal,
    mut visit: impl FnMut(Running<'_>),
) -> Result<(), DeskError> {
    let mut work = desk.read().await?;
    let now = desk.now();
    let mut seen: HashMap<CaseId, Option<Case>> = HashMap::new();
    let mut after: Option<DeadlineId> = None;
    loop {
        let limits = work.running_deadlines(after, PAGE).await?;
        let Some(last) = limits.last() else { return Ok(()) };
        after = Some(last.id);
        look_up(desk, work.as_mut(), principal, &limits, &mut seen).await?;
        for limit in limits.iter().filter(|limit| guards::is_duty(limit)) {
            if let Some(Some(case)) = seen.get(&limit.case) {
                visit(Running { case, limit, state: state_at(limit, now) });
            }
        }
    }
}

/// The cases of these limits that were not seen yet.
async fn look_up(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    principal: &Principal,
    limits: &[Deadline],
    seen: &mut HashMap<CaseId, Option<Case>>,
) -> Result<(), DeskError> {
    let mut new: Vec<_> = limits.iter().map(|limit| limit.case).filter(|id| !seen.contains_key(id)).collect();
    new.sort_unstable();
    new.dedup();
    for record in work.cases_by_id(&new).await? {
        let id = record.case.id;
        seen.insert(id, visible(desk, work, principal, record).await?);
    }
    Ok(())
}

/// Every case that the principal may see, newest first.
pub(crate) async fn each_case(
    desk: &Desk,
    principal: &Principal,
    mut visit: impl FnMut(&Case),
) -> Result<(), DeskError> {
    let mut work = desk.read().await?;
    let (mut before, mut before_case) = (None, None);
    loop {
        let filter = CaseFilter { before, before_case, limit: PAGE, ..CaseFilter::default() };
        let records = work.cases(&filter).await?;
        let Some(last) = records.last() else { return Ok(()) };
        (before, before_case) = (Some(last.case.opened_at), Some(last.case.id));
        for record in records {
            if let Some(case) = visible(desk, work.as_mut(), principal, record).await? {
                visit(&case);
            }
        }
    }
}

/// The case, for somebody who may see it. The assignments are read only where the stage does not tell
/// which unit has it.
async fn visible(
    desk: &Desk,
    work: &mut dyn UnitOfWork,
    principal: &Principal,
    record: CaseRecord,
) -> Result<Option<Case>, DeskError> {
    let CaseRecord { case, file } = record;
    let file = open_case_file(desk.runtime(), case.id, &file)?;
    let assignments = match case.stage.held_by() {
        Some(_) => Vec::new(),
        None => work.assignments_of_case(case.id).await?,
    };
    let may = scope::may_see(desk, principal, &case, &file, &assignments);
    Ok(may.then_some(case))
}
