//! The forms of a case: what reviewing roles decide.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use dengwen_http::{FieldError, Problem, problems};
use dengwen_model::{CaseId, Role};

use super::case_page::again;
use super::forms::{self, Fields, Sent, checked, optional, text, told, word};
use super::shell::only;
use super::viewer::Viewer;
use crate::access::{Answerer, CaseReader, Dispatcher, LeaderOnly, Reviewer, ScreenReviewer};
use crate::api::cases as api;
use crate::changed::CaseChanged;
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
    only(may(viewer.principal.role, &action))?;
    let id: CaseId = id.parse().map_err(|_| DeskError::NotFound)?;
    match carry_out(&desk, &viewer, id, &action, &fields).await {
        Ok(_) => Ok(Redirect::to(&format!("/desk/cases/{id}?done={action}")).into_response()),
        Err(problem) => again(&desk, &viewer, id, forms::given(&action, &fields), Some(problem)).await,
    }
}

/// The same sets of roles as the interface's.
fn may(role: Role, action: &str) -> bool {
    match action {
        "approve" | "return" | "conclude" | "close" | "reassign" | "clarify" | "release-file" => {
            Reviewer::includes(role)
        }
        "jurisdiction" => Dispatcher::includes(role),
        "feedback" | "objection" => Answerer::includes(role),
        "archive" | "split" => ScreenReviewer::includes(role),
        "reopen" => LeaderOnly::includes(role),
        "ask" => CaseReader::includes(role),
        _ => false,
    }
}

async fn carry_out(
    desk: &Desk,
    viewer: &Viewer,
    id: CaseId,
    action: &str,
    fields: &Fields,
) -> Result<CaseChanged, Problem> {
    let who = &viewer.principal;
    match action {
        "approve" => told(api::approve::work(desk, who, id, checked(approval(fields)?)?).await),
        "return" => {
            let input = api::send_back::ReturnIn { gaps: text(fields, "gaps") };
            told(api::send_back::work(desk, who, id, checked(input)?).await)
        }
        "conclude" => told(api::conclude::work(desk, who, id, checked(conclusion(fields)?)?).await),
        "feedback" => {
            let (text, reason) = (text(fields, "text"), optional(fields, "reason"));
            let input = api::feedback::FeedbackIn { text, reason };
            told(api::feedback::work(desk, who, id, checked(input)?).await)
        }
        "objection" => {
            let input = ReasonIn { reason: text(fields, "reason") };
            told(api::objection::work(desk, who, id, checked(input)?).await)
        }
        "close" => {
            let input = api::close::CloseIn { correction: optional(fields, "correction") };
            told(api::close::work(desk, who, id, checked(input)?).await)
        }
        "archive" => told(api::archive::work(desk, who, id).await),
        "split" => told(api::split::work(desk, who, id, checked(split(fields)?)?).await),
        "reopen" => {
            let input = ReasonIn { reason: text(fields, "reason") };
            told(api::reopen::work(desk, who, id, checked(input)?).await)
        }
        "reassign" => {
            let (officer, unit) = (optional(fields, "officer"), optional(fields, "unit"));
            let set_aside = fields.contains_key("override");
            let input =
                api::reassign::ReassignIn { officer, unit, set_aside, reason: text(fields, "reason") };
            told(api::reassign::work(desk, who, id, checked(input)?).await)
        }
        "release-file" => {
            let input = api::release_file::ReleaseFileIn { reason: text(fields, "reason") };
            told(api::release_file::work(desk, who, id, &text(fields, "file"), checked(input)?).await)
        }
        "jurisdiction" => told(api::jurisdiction::work(desk, who, id, checked(jurisdiction(fields)?)?).await),
        "clarify" => {
            let input = api::clarify::ClarifyIn { way: word(fields, "way")?, points: text(fields, "points") };
            told(api::clarify::work(desk, who, id, checked(input)?).await)
        }
        "ask" => {
            let input = api::ask::AskIn { tip: forms::parsed(fields, "tip")?, text: text(fields, "text") };
            told(api::ask::work(desk, who, id, checked(input)?).await)
        }
        _ => Err(problems::NOT_FOUND.into()),
    }
}

fn approval(fields: &Fields) -> Result<api::approve::ApproveIn, Problem> {
    Ok(api::approve::ApproveIn {
        what: word(fields, "what")?,
        rule: optional(fields, "rule"),
        handling: None,
        reason: optional(fields, "reason"),
    })
}

fn jurisdiction(fields: &Fields) -> Result<api::jurisdiction::JurisdictionIn, Problem> {
    Ok(api::jurisdiction::JurisdictionIn {
        decision: word(fields, "decision")?,
        reason: text(fields, "reason"),
        unit: optional(fields, "unit"),
        set_aside: fields.contains_key("override"),
    })
}

fn split(fields: &Fields) -> Result<api::split::SplitIn, Problem> {
    let wrong = |code: &'static str| Problem::invalid(vec![FieldError::new("tips", code)]);
    let ticked = fields.keys().filter_map(|name| name.strip_prefix("tip_"));
    let tips = ticked.map(|tip| tip.parse().map_err(|_| wrong("invalid"))).collect::<Result<Vec<_>, _>>()?;
    if tips.is_empty() {
        return Err(wrong("required"));
    }
    Ok(api::split::SplitIn { tips, reason: text(fields, "reason") })
}

fn conclusion(fields: &Fields) -> Result<api::conclude::ConcludeIn, Problem> {
    let ticked = fields.iter().filter(|(_, value)| value.as_str() == "1");
    let mut measures: Vec<_> =
        ticked.filter_map(|(name, _)| name.strip_prefix("measure_").map(str::to_owned)).collect();
    measures.sort_unstable();
    Ok(api::conclude::ConcludeIn {
        outcome: word(fields, "outcome")?,
        measures,
        decided_by: text(fields, "decided_by"),
        reasoning: text(fields, "reasoning"),
        clarify: fields.contains_key("clarify"),
    })
}
