//! The forms of an item in one's hands.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_http::{Problem, problems};
use dengwen_model::{AssignmentId, CaseId};

use super::actions::{MAX_ROWS, ROWS};
use super::case_page::again;
use super::forms::{self, Fields, Sent, checked, optional, text, told};
use super::shell::only;
use super::viewer::Viewer;
use crate::access::DeskWorker;
use crate::api::assignments as api;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::edge::ReasonIn;
use crate::refusal::{DeskError, Failure};

/// Carries a form out.
pub(super) async fn send(
    State(desk): State<Desk>,
    viewer: Viewer,
    Path((id, action)): Path<(String, String)>,
    Sent(fields): Sent,
) -> Result<Response, Failure> {
    only(DeskWorker::includes(viewer.principal.role))?;
    let id: AssignmentId = id.parse().map_err(|_| DeskError::NotFound)?;
    let case = case_of(&desk, id).await?;
    if action == "report" && fields.contains_key("more") {
        return again(&desk, &viewer, case, forms::given("report", &more_rows(fields)), None).await;
    }
    match carry_out(&desk, &viewer, id, &action, &fields).await {
        Ok(_) => Ok(Redirect::to(&after(&action, case)).into_response()),
        Err(problem) => again(&desk, &viewer, case, forms::given(&action, &fields), Some(problem)).await,
    }
}

/// What leaves one's hands is not shown again.
fn after(action: &str, case: CaseId) -> String {
    match action {
        "accept" | "extend" | "report" => format!("/desk/cases/{case}?done={action}"),
        _ => format!("/desk/items?done={action}"),
    }
}

async fn case_of(desk: &Desk, id: AssignmentId) -> Result<CaseId, DeskError> {
    let record = desk.read().await?.assignment(id).await?;
    record.map(|record| record.assignment.case).ok_or(DeskError::NotFound)
}

fn more_rows(mut fields: Fields) -> Fields {
    let rows = text(&fields, "rows").parse().unwrap_or(ROWS);
    fields.insert("rows".to_owned(), (rows + ROWS).min(MAX_ROWS).to_string());
    fields
}

async fn carry_out(
    desk: &Desk,
    viewer: &Viewer,
    id: AssignmentId,
    action: &str,
    fields: &Fields,
) -> Result<AssignmentChanged, Problem> {
    let who = &viewer.principal;
    match action {
        "accept" => told(api::accept::work(desk, who, id).await),
        "pass_up" => told(api::pass_up::work(desk, who, id).await),
        "release" => {
            let input = api::release::ReleaseIn { reason: optional(fields, "reason") };
            told(api::release::work(desk, who, id, checked(input)?).await)
        }
        "object" => {
            let proposed_unit = optional(fields, "proposed_unit");
            let input = api::object::ObjectIn { reason: text(fields, "reason"), proposed_unit };
            told(api::object::work(desk, who, id, checked(input)?).await)
        }
        "extend" => {
            let input = api::extend::ExtendIn { rule: text(fields, "rule"), reason: text(fields, "reason") };
            told(api::extend::work(desk, who, id, checked(input)?).await)
        }
        "report" => told(api::report::work(desk, who, id, checked(report(fields)?)?).await),
        "refer" => {
            let input = api::refer::ReferIn { referral: text(fields, "referral") };
            told(api::refer::work(desk, who, id, checked(input)?).await)
        }
        "keep" => {
            let input = ReasonIn { reason: text(fields, "reason") };
            told(api::keep::work(desk, who, id, checked(input)?).await)
        }
        "explain" => {
            let input = api::explain::ExplainIn { text: text(fields, "text") };
            told(api::explain::work(desk, who, id, checked(input)?).await)
        }
        "classify" => {
            let input = api::classify::ClassifyIn {
                category: text(fields, "category"),
                reason: text(fields, "reason"),
            };
            told(api::classify::work(desk, who, id, checked(input)?).await)
        }
        _ => Err(problems::NOT_FOUND.into()),
    }
}

/// Rows in which something was chosen or reasoned; an allegation alone is what the page proposed.
fn report(fields: &Fields) -> Result<api::report::ReportIn, Problem> {
    let rows = text(fields, "rows").parse().unwrap_or(ROWS).clamp(1, MAX_ROWS);
    let mut findings = Vec::new();
    for row in 1..=rows {
        let outcome = format!("outcome_{row}");
        let reasoning = text(fields, &format!("reasoning_{row}"));
        if text(fields, &outcome).is_empty() && reasoning.trim().is_empty() {
            continue;
        }
        findings.push(api::report::FindingIn {
            allegation: text(fields, &format!("allegation_{row}")),
            outcome: forms::word(fields, &outcome)?,
            reasoning,
            must_investigate: answered(fields, row),
        });
    }
    Ok(api::report::ReportIn { findings, text: text(fields, "text") })
}

/// The M-codes that were ticked in a row.
fn answered(fields: &Fields, row: usize) -> Vec<String> {
    let prefix = format!("must_{row}_");
    let mut codes: Vec<_> =
        fields.keys().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect();
    codes.sort_unstable();
    codes
}
