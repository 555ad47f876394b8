//! `POST /api/v1/cases/{id}/approve`: grants what somebody else asked for or proposed (I3: never one's
//! own): an extension, a waiver of 四个必查, another handling form, a clarification. The department that
//! commissioned the unit approves (`立项的组织部门分管领导`, `交办部门负责人`), never the unit itself.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, Text, ValidJson};
use dengwen_model::{CaseId, CourseEvent, HandlingForm, Principal, Role};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Reviewer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX};
use crate::extension::{self, NoExtension};
use crate::guards::{self, mark};
use crate::limits::{RESULT_RULES, result_rule, rule};
use crate::mailing;
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Why nothing is approved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApproveRefused {
    /// A field that this approval needs is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// What must be investigated is not only kept: that takes a leader's waiver first.
    #[error("must be investigated")]
    MustBeInvestigated,
    /// A clarification that nobody proposed.
    #[error("not proposed")]
    NotProposed,
    /// See there.
    #[error(transparent)]
    Extension(#[from] NoExtension),
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for ApproveRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Missing(field) => {
                problem(422, "field-missing", "This approval needs another field", "此项审批缺少必要内容")
                    .with_detail(Text::composed(format!("{field} is missing"), format!("缺少 {field}")))
            }
            Self::MustBeInvestigated => problem(
                409,
                "must-investigate",
                "What must be investigated is not only registered and kept (H0), unless a leader waives that in writing",
                "属于必查情形，未经书面批准不得登记留存",
            ),
            Self::NotProposed => {
                problem(409, "not-proposed", "Nobody has proposed a clarification", "没有人提出过澄清建议")
            }
            Self::Extension(refused) => refused.problem(),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// What is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// 延期 of `rule`, as an officer asked for it.
    Extension,
    /// 不予查核的书面批准: 四个必查 may be left aside; a leader, with `reason`.
    Waiver,
    /// 办理方式: `handling` from now on, with `reason`; H1 (立项督查) a leader.
    Handling,
    /// 澄清正名 as the conclusion proposed it.
    Clarification,
}

/// The approval.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApproveIn {
    /// What is approved.
    pub(crate) what: What,
    /// For an extension: the rule.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(min = 1, max = 24))]
    pub(crate) rule: Option<String>,
    /// For another handling form: H0 to H8.
    #[schema(value_type = Option<String>)]
    pub(crate) handling: Option<HandlingForm>,
    /// For a waiver and another handling form: why.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(min = 1, max = REASON_MAX))]
    pub(crate) reason: Option<String>,
}

/// Approve an extension, a waiver, a handling form or a clarification.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/approve", tag = "cases", operation_id = "approve",
    params(("id" = String, Path, description = "The case")),
    request_body = ApproveIn,
    responses((status = 200, body = CaseChanged), (status = 403, description = "Not yours to approve"), (status = 409), (status = 422)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Reviewer(principal): Reviewer,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<ApproveIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Approves.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: ApproveIn,
) -> Result<CaseChanged, ApproveRefused> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    dossier.must_commission(principal)?;
    let (action, code) = match input.what {
        What::Extension => {
            let rule = input.rule.ok_or(ApproveRefused::Missing("rule"))?;
            extend(desk, principal, &mut dossier, &rule).await?;
            ("extension.granted", rule)
        }
        What::Waiver => {
            let reason = filled(input.reason)?;
            only_a_leader(principal)?;
            dossier.note_that(mark::WAIVED, Some(&reason));
            ("investigation.waived", dossier.case().must_investigate.join(","))
        }
        What::Handling => {
            let form = input.handling.ok_or(ApproveRefused::Missing("handling"))?;
            let change = set_handling(principal, &mut dossier, form, filled(input.reason)?).await?;
            ("handling.approved", change)
        }
        What::Clarification => {
            clarify(principal, &mut dossier)?;
            ("clarification.approved", rule::CLARIFY_DONE.to_owned())
        }
    };
    Ok(dossier.save(action, &code).await?.into())
}

fn filled(reason: Option<String>) -> Result<String, ApproveRefused> {
    reason.filter(|reason| !reason.trim().is_empty()).ok_or(ApproveRefused::Missing("reason"))
}

fn only_a_leader(principal: &Principal) -> Result<(), DeskError> {
    if principal.role == Role::Leader { Ok(()) } else { Err(DeskError::Forbidden) }
}

async fn extend(
    desk: &Desk,
    principal: &Principal,
    dossier: &mut Dossier<'_>,
    rule: &str,
) -> Result<(), ApproveRefused> {
    let (asked_by, reason) = extension::pending(dossier, rule)?;
    if asked_by == Some(principal.id) {
        return Err(DeskError::SamePerson.into());
    }
    let extension = extension::of(desk, dossier, rule, &reason)?;
    if !extension::may_grant(principal.role, &extension.approver) {
        return Err(DeskError::Forbidden.into());
    }
    let due = extension.due;
    dossier.limits().extend(rule, due.date, due.provisional);
    dossier.note(CourseEvent::ExtensionGranted { rule: rule.to_owned() });
    if extension.tell_reporter {
        let words = format!("您反映的问题情况复杂，经批准延长办理期限至{}。", due.date);
        mailing::tell_all(dossier, &words).await?;
    }
    Ok(())
}

async fn set_handling(
    principal: &Principal,
    dossier: &mut Dossier<'_>,
    form: HandlingForm,
    reason: String,
) -> Result<String, ApproveRefused> {
    if form == HandlingForm::H1 {
        only_a_leader(principal)?;
    }
    if form == HandlingForm::H0 && guards::must_be_investigated(dossier.case(), dossier.file()) {
        return Err(ApproveRefused::MustBeInvestigated);
    }
    let change = format!("handling {:?} -> {form:?}", dossier.case().handling);
    dossier.case_mut().handling = form;
    // The unit that has it works by it from now on: what it accepts by, and the time for the result.
    let desk = dossier.desk();
    dossier.limits().replace(desk, &RESULT_RULES, result_rule(form))?;
    if let Some((_, held)) = dossier.case().stage.held_by()
        && let Some(mut record) = dossier.work().assignment(held).await.map_err(DeskError::from)?
    {
        record.assignment.handling = form;
        dossier.put(&mut record).await?;
    }
    dossier.note(CourseEvent::Corrected { change: change.clone(), reason });
    Ok(change)
}

fn clarify(principal: &Principal, dossier: &mut Dossier<'_>) -> Result<(), ApproveRefused> {
    if !guards::is_marked(dossier.file(), mark::CLARIFY) {
        return Err(ApproveRefused::NotProposed);
    }
    let proposer = dossier.file().course.iter().rev().find_map(|entry| match &entry.event {
        CourseEvent::Noted { what, .. } if what == mark::CLARIFY => entry.by,
        _ => None,
    });
    if proposer == Some(principal.id) {
        return Err(DeskError::SamePerson.into());
    }
    let now = dossier.now();
    dossier.limits().meet(&[rule::CLARIFY_TAKE_UP], now);
    dossier.start_limit(rule::CLARIFY_DONE)?;
    dossier.note_that("clarification_approved", None);
    Ok(())
}
