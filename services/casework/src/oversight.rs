//! Goes through the cases that somebody may see, page by page, for what is watched over all of them.

use dengwen_ledger::{CaseFilter, UnitOfWork};
use dengwen_model::{Case, Deadline, Principal};

use crate::desk::Desk;
use crate::guards;
use crate::read_case;
use crate::refusal::DeskError;
use crate::view::state_at;

/// Cases a page.
const PAGE: u32 = 200;
/// Pages at most: what is older than twenty thousand cases is asked for by narrower lists.
const PAGES: usize = 100;

/// A running limit that somebody has to meet.
pub(crate) struct Running {
    pub(crate) limit: Deadline,
    /// `open` or `overdue`.
    pub(crate) state: &'static str,
}

/// Every visible case with its running limits, newest first.
pub(crate) async fn each_visible(
    desk: &Desk,
    principal: &Principal,
    mut visit: impl FnMut(&Case, Vec<Running>),
) -> Result<(), DeskError> {
    let mut work = desk.read().await?;
    let (mut before, mut before_case) = (None, None);
    for _ in 0..PAGES {
        let filter = CaseFilter { before, before_case, limit: PAGE, ..CaseFilter::default() };
        let records = work.cases(&filter).await?;
        let full = records.len() >= PAGE as usize;
        (before, before_case) = records.last().map(|record| (record.case.opened_at, record.case.id)).unzip();
        for record in records {
            if let Some(opened) = read_case::open(desk, work.as_mut(), principal, record).await? {
                let running = running(desk, work.as_mut(), &opened.case).await?;
                visit(&opened.case, running);
            }
        }
        if !full {
            break;
        }
    }
    Ok(())
}

async fn running(desk: &Desk, work: &mut dyn UnitOfWork, case: &Case) -> Result<Vec<Running>, DeskError> {
    let now = desk.now();
    let limits = work.deadlines_of_case(case.id).await?;
    let running = limits.into_iter().filter(|limit| limit.state.is_running() && guards::is_duty(limit));
    Ok(running.map(|limit| Running { state: state_at(&limit, now), limit }).collect())
}
