//! The list of cases, and finding one: a form that works without JavaScript, by number and codes alone.

use std::str::FromStr;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dengwen_http::{FieldError, Problem};
use dengwen_pages::console::{CaseRow, CasesPage, Choice};
use dengwen_pages::page;
use jiff::Timestamp;
use serde::Deserialize;

use super::forms::{self, Filter};
use super::shell::{only, say, shell};
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
    number: String,
    category: String,
    stage: String,
    unit: String,
    priority: String,
    overdue: String,
    late: String,
    before: String,
    before_case: String,
}

/// The list.
pub(super) async fn show(
    State(desk): State<Desk>,
    viewer: Viewer,
    Filter(wanted): Filter<Wanted>,
) -> Result<Response, Failure> {
    only(CaseReader::includes(viewer.principal.role))?;
    let found = match query(&wanted).and_then(forms::checked) {
        Ok(query) => forms::told(list::work(&desk, &viewer.principal, query).await),
        Err(problem) => Err(problem),
    };
    let mut shell = shell(&viewer, "/desk/cases");
    let (list, wanted, status) = match found {
        Ok(list) => (list, wanted, StatusCode::OK),
        Err(problem) => {
            shell.error = say(&problem, viewer.lang);
            // What was typed may be words, which stand in no address of ours.
            "/desk/cases".clone_into(&mut shell.path);
            let nothing = ListOut { cases: Vec::new(), next_before: None, next_before_case: None };
            let codes = Wanted { number: String::new(), unit: String::new(), ..wanted };
            (nothing, codes, problem.kind().status())
        }
    };
    let older = older(&wanted, &list);
    let stage = |stage: StageName| Choice {
        code: stage.as_str().to_owned(),
        name: format!("stage.{}", stage.as_str()),
    };
    let shown = CasesPage {
        shell,
        cases: list.cases.into_iter().map(|case| row(&desk, &viewer, case)).collect(),
        stages: StageName::ALL.into_iter().map(stage).collect(),
        categories: words::categories(desk.runtime().rules(), viewer.lang),
        overdue: wanted.overdue == "true",
        late: wanted.late == "true",
        number: wanted.number,
        category: wanted.category,
        stage: wanted.stage,
        unit: wanted.unit,
        priority: wanted.priority,
        older,
    };
    Ok(page(status, &shown))
}

/// The interface's query.
fn query(wanted: &Wanted) -> Result<ListQuery, Problem> {
    let filled = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let stage = filled(&wanted.stage).map(|name| {
        let stage = StageName::ALL.into_iter().find(|stage| stage.as_str() == name);
        stage.ok_or_else(|| unknown("stage"))
    });
    Ok(ListQuery {
        number: filled(&wanted.number),
        category: filled(&wanted.category),
        priority: parsed("priority", filled(&wanted.priority))?,
        overdue: Some(wanted.overdue == "true"),
        stage: stage.transpose()?,
        unit: filled(&wanted.unit),
        late: Some(wanted.late == "true"),
        before: parsed::<Timestamp>("before", filled(&wanted.before))?,
        before_case: filled(&wanted.before_case),
        ..ListQuery::default()
    })
}

fn parsed<T: FromStr>(field: &str, text: Option<String>) -> Result<Option<T>, Problem> {
    text.as_deref().map(str::parse).transpose().map_err(|_| unknown(field))
}

fn unknown(field: &str) -> Problem {
    Problem::invalid(vec![FieldError::new(field, "unknown")])
}

/// Where older ones are, with the same filters. All are codes: nothing else is ever listed by.
fn older(wanted: &Wanted, list: &ListOut) -> String {
    let (Some(before), Some(case)) = (list.next_before, list.next_before_case) else { return String::new() };
    let Wanted { number, category, stage, unit, priority, overdue, late, .. } = wanted;
    let filters = [
        ("number", number),
        ("category", category),
        ("stage", stage),
        ("unit", unit),
        ("priority", priority),
        ("overdue", overdue),
        ("late", late),
    ];
    let filters = filters.into_iter().filter(|(_, code)| !code.trim().is_empty());
    let filters = filters.map(|(name, code)| format!("{name}={}&", code.trim())).collect::<String>();
    format!("/desk/cases?{filters}before={before}&before_case={case}")
}

fn row(desk: &Desk, viewer: &Viewer, row: RowOut) -> CaseRow {
    let case = row.case;
    let unclassified = case.is_unclassified();
    let rules = desk.runtime().rules();
    CaseRow {
        href: format!("/desk/cases/{}", case.case_id),
        number: case.number,
        summary: words::either(viewer.lang, row.summary, row.summary_en),
        category: case.category.map(|code| words::category(rules, &code, viewer.lang)).unwrap_or_default(),
        unclassified,
        stage: format!("stage.{}", case.stage),
        unit: words::with_name(&case.unit.unwrap_or_default(), &case.unit_name.unwrap_or_default()),
        priority: case.priority.get(),
        tips: case.tip_count,
        late: row.late_tips,
        opened_at: words::time(case.opened_at),
    }
}
