//! `POST /api/v1/assignments/{id}/object` (管辖异议): the unit says that it is not the one; within five
//! working days, with reasons (信访工作条例 23). The dispatcher then decides again.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_ledger::AssignmentRecord;
use dengwen_messages::{CaseObjected, Event, Topic};
use dengwen_model::{
    AssignmentId, AssignmentState, CaseStage, CourseEvent, DeadlineState, Principal, UnitCode,
};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::DeskWorker;
use crate::changed::AssignmentChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::limits::{self, rule};
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Why an objection is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ObjectionRefused {
    /// The five working days are over.
    #[error("objection barred")]
    Barred,
    /// No such unit.
    #[error("unknown unit")]
    UnknownUnit,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for ObjectionRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::Barred => problem(
                409,
                "objection-barred",
                "The time for an objection is over",
                "提出管辖异议的期限已过",
            ),
            Self::UnknownUnit => {
                problem(422, "unknown-unit", "The units register has no such unit", "机构库中没有该单位")
            }
            Self::Desk(error) => error.problem(),
        }
    }
}

/// Why, and who is the one.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectIn {
    /// The reasons.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
    /// The unit that should have it.
    pub(crate) proposed_unit: Option<String>,
}

/// Object to jurisdiction.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/object", tag = "assignments", operation_id = "object",
    params(("id" = String, Path, description = "The assignment")),
    request_body = ObjectIn,
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not held, or the objection is barred")),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    DeskWorker(principal): DeskWorker,
    Id(id): Id<AssignmentId>,
    ValidJson(input): ValidJson<ObjectIn>,
) -> Result<Json<AssignmentChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Objects.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: AssignmentId,
    input: ObjectIn,
) -> Result<AssignmentChanged, ObjectionRefused> {
    let proposed = input.proposed_unit.map(|code| known_unit(desk, &code)).transpose()?;
    let (mut dossier, mut record) = Dossier::open_held(desk, principal, id).await?;
    if is_barred(desk, &mut dossier, &record)? {
        return Err(ObjectionRefused::Barred);
    }
    if matches!(dossier.case().stage, CaseStage::Verifying { .. }) {
        dossier.advance(CaseStage::withdraw)?;
    }
    dossier.advance(|stage| stage.object(proposed))?;
    dossier.note(CourseEvent::Objected { reason: input.reason });
    let now = dossier.now();
    dossier.limits().meet(&[rule::UNIT_ACCEPTS, rule::OBJECTION], now);
    dossier.limits().cancel(|limit| limit.assignment == Some(id));
    record.assignment.state = AssignmentState::Done;
    dossier.put(&mut record).await?;
    let objected = CaseObjected { case: record.assignment.case, assignment: id };
    dossier.tell(Topic::CasesObjected, Event::CaseObjected(objected));
    let case = dossier.save("assignment.objected", record.assignment.unit.as_str()).await?;
    Ok(AssignmentChanged::of(&record.assignment, case))
}

fn known_unit(desk: &Desk, code: &str) -> Result<UnitCode, ObjectionRefused> {
    let code: UnitCode = code.parse().map_err(|_| ObjectionRefused::UnknownUnit)?;
    desk.runtime().units().get(&code).map(|_| code).ok_or(ObjectionRefused::UnknownUnit)
}

/// By the limit that dispatch set; without one, counted from the hand-over.
fn is_barred(desk: &Desk, dossier: &mut Dossier<'_>, record: &AssignmentRecord) -> Result<bool, DeskError> {
    let now = dossier.now();
    let id = record.assignment.id;
    let ours = |limit: &&dengwen_model::Deadline| {
        limit.rule.as_str() == rule::OBJECTION && limit.assignment.is_none_or(|bound| bound == id)
    };
    if let Some(limit) = dossier.limits().all().iter().rev().find(ours) {
        return Ok(limits::has_passed(limit, now) || matches!(limit.state, DeadlineState::Overdue { .. }));
    }
    let rules = desk.runtime().rules().clone();
    let window = rule::OBJECTION.parse().map_err(|_| DeskError::Rules)?;
    let due = rules.deadlines.due(&window, record.assignment.assigned_at).map_err(|_| DeskError::Rules)?;
    Ok(due.cut_off().is_some_and(|end| end <= now))
}
