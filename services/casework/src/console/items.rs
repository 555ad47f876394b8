//! The officer's desk: what is in hand, and pulling more.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_model::{AssignmentTask, Role};
use dengwen_pages::console::{ItemCard, ItemsPage, LateCase};
use dengwen_pages::page;
use serde::Deserialize;

use super::forms::{self, Asked, Fields, Sent};
use super::shell::{only, say, shell};
use super::viewer::Viewer;
use super::words;
use crate::access::DeskWorker;
use crate::api::assignments::mine;
use crate::api::cases::list::{self, ListQuery, RowOut};
use crate::api::pull::{self, ItemOut, PullIn};
use crate::desk::Desk;
use crate::refusal::{Failure, Refusal};

/// Concluded cases with late tips that the desk shows; the list of cases has them all.
const LATE_CASES: u32 = 10;

/// What was just done.
#[derive(Debug, Default, Deserialize)]
pub(super) struct After {
    /// `pulled`, `none` or the name of an action.
    #[serde(default)]
    pub(super) done: String,
}

/// The desk.
pub(super) async fn show(
    State(desk): State<Desk>,
    viewer: Viewer,
    Asked(after): Asked<After>,
) -> Result<Response, Failure> {
    only(DeskWorker::includes(viewer.principal.role))?;
    let mut shown = items_page(&desk, &viewer).await?;
    shown.nothing_there = after.done == "none";
    shown.shell.done = done_key(&after.done);
    Ok(page(StatusCode::OK, &shown))
}

/// The words for what was done, where there are some.
pub(super) fn done_key(done: &str) -> String {
    let key = format!("done.{done}");
    if dengwen_pages::Lang::Zh.t(&key) == key { String::new() } else { key }
}

/// Pulls.
pub(super) async fn pull(
    State(desk): State<Desk>,
    viewer: Viewer,
    Sent(fields): Sent,
) -> Result<Response, Failure> {
    only(DeskWorker::includes(viewer.principal.role))?;
    match try_pull(&desk, &viewer, &fields).await {
        Ok(true) => Ok(Redirect::to("/desk/items?done=pulled").into_response()),
        Ok(false) => Ok(Redirect::to("/desk/items?done=none").into_response()),
        Err(problem) => {
            let mut shown = items_page(&desk, &viewer).await?;
            shown.shell.error = say(&problem, viewer.lang);
            Ok(page(problem.kind().status(), &shown))
        }
    }
}

async fn try_pull(desk: &Desk, viewer: &Viewer, fields: &Fields) -> Result<bool, dengwen_http::Problem> {
    let input =
        PullIn { max: forms::parsed(fields, "max")?, lease_minutes: forms::parsed(fields, "lease_minutes")? };
    let input = forms::checked(input)?;
    let pulled = pull::work(desk, &viewer.principal, forms::text(fields, "unit").trim(), input).await;
    pulled.map(|pulled| !pulled.items.is_empty()).map_err(|error| error.problem())
}

async fn items_page(desk: &Desk, viewer: &Viewer) -> Result<ItemsPage, Failure> {
    let held = mine::work(desk, &viewer.principal).await;
    let held = held?;
    let late = ListQuery { late: Some(true), limit: Some(LATE_CASES), ..ListQuery::default() };
    let late = list::work(desk, &viewer.principal, late).await?;
    let line = &desk.runtime().settings().line.received_by;
    let unit = viewer.principal.unit.as_ref().unwrap_or(line);
    Ok(ItemsPage {
        shell: shell(viewer, "/desk/items"),
        items: held.items.into_iter().map(|item| card(desk, viewer, item)).collect(),
        late: late.cases.into_iter().map(late_case).collect(),
        unit: unit.to_string(),
        unit_name: desk.unit_name(unit),
        may_choose_unit: viewer.principal.role != Role::Officer,
        max_lease: desk.runtime().settings().desk.max_lease_minutes,
        nothing_there: false,
    })
}

fn late_case(row: RowOut) -> LateCase {
    LateCase {
        href: format!("/desk/cases/{}", row.case.case_id),
        number: row.case.number,
        tips: row.late_tips,
    }
}

fn card(desk: &Desk, viewer: &Viewer, item: ItemOut) -> ItemCard {
    let rules = desk.runtime().rules();
    ItemCard {
        href: format!("/desk/cases/{}", item.case_id),
        number: item.number,
        summary: words::either(viewer.lang, item.summary, item.summary_en),
        category: item.category.map(|code| words::category(rules, &code, viewer.lang)).unwrap_or_default(),
        unclassified: item.abstained,
        task: task_key(item.task).to_owned(),
        state: format!("item.{}", item.state),
        lease_until: item.lease_until.map(words::time).unwrap_or_default(),
        priority: item.priority.get(),
        must_investigate: item.must_investigate.join(" "),
        limits: item.deadlines.into_iter().map(|limit| words::limit(limit, rules, viewer.lang)).collect(),
    }
}

/// The translation key of a task.
pub(super) fn task_key(task: AssignmentTask) -> &'static str {
    match task {
        AssignmentTask::Verify => "task.verify",
        AssignmentTask::Screen => "task.screen",
        AssignmentTask::PassUp => "task.pass_up",
    }
}
