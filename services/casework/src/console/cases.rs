//! The list of cases.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use dengwen_pages::console::{CaseRow, CasesPage, Choice};
use dengwen_pages::page;
use jiff::Timestamp;
use serde::Deserialize;

use super::shell::{only, shell};
use super::viewer::Viewer;
use super::words;
use crate::access::CaseReader;
use crate::api::cases::list::{self, ListOut, ListQuery, RowOut, StageName};
use crate::desk::Desk;
use crate::refusal::Failure;

/// What the form and the link to older ones send. Empty is as good as missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    stage: String,
    unit: String,
    before: String,
    before_case: String,
    late: String,
}

/// The list.
pub(super) async fn show(
    State(desk): State<Desk>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    only(CaseReader::includes(viewer.principal.role))?;
    let filled = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let query = ListQuery {
        stage: StageName::ALL.into_iter().find(|stage| stage.as_str() == wanted.stage),
        unit: filled(&wanted.unit),
        late: Some(wanted.late == "true"),
        before: filled(&wanted.before).and_then(|text| text.parse::<Timestamp>().ok()),
        before_case: filled(&wanted.before_case),
        ..ListQuery::default()
    };
    let list = list::work(&desk, &viewer.principal, query).await;
    let list = list?;
    let older = older(&wanted, &list);
    let stage = |stage: StageName| Choice {
        code: stage.as_str().to_owned(),
        name: format!("stage.{}", stage.as_str()),
    };
    let shown = CasesPage {
        shell: shell(&viewer, "/desk/cases"),
        cases: list.cases.into_iter().map(|case| row(&desk, &viewer, case)).collect(),
        stages: StageName::ALL.into_iter().map(stage).collect(),
        stage: wanted.stage,
        unit: wanted.unit,
        late: wanted.late == "true",
        older,
    };
    Ok(page(StatusCode::OK, &shown))
}

fn older(wanted: &Wanted, list: &ListOut) -> String {
    let (Some(before), Some(case)) = (list.next_before, list.next_before_case) else { return String::new() };
    // Both filters are codes; anything else would not have got this far with rows to show.
    let safe = |text: &str| {
        text.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect::<String>()
    };
    format!(
        "/desk/cases?stage={}&unit={}&late={}&before={before}&before_case={case}",
        safe(&wanted.stage),
        safe(&wanted.unit),
        wanted.late == "true"
    )
}

fn row(desk: &Desk, viewer: &Viewer, row: RowOut) -> CaseRow {
    let case = row.case;
    let unclassified = case.is_unclassified();
    CaseRow {
        href: format!("/desk/cases/{}", case.case_id),
        number: case.number,
        summary: row.summary,
        category: words::category(desk.runtime().rules(), &case.category, viewer.lang),
        unclassified,
        stage: format!("stage.{}", case.stage),
        unit: case.unit.unwrap_or_default(),
        priority: case.priority.get(),
        tips: case.tip_count,
        late: row.late_tips,
        opened_at: words::time(case.opened_at),
    }
}
