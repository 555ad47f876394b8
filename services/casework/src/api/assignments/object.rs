//! `POST /api/v1/assignments/{id}/object` (管辖异议): the unit says that it is not the one; before it accepts, within
//! five working days, with reasons (信访工作条例 23). Nothing moves before the objection is consented to
//! (`POST /api/v1/cases/{id}/jurisdiction`): the unit has the case, and its clocks go on.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_ledger::AssignmentRecord;
use dengwen_model::{
    AssignmentId, AssignmentState, AssignmentTask, CourseEvent, DeadlineState, Principal, UnitCode,
};
use jiff::Timestamp;
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
    /// It was raised before, and not consented to.
    #[error("objection decided")]
    Decided,
    /// Somebody of the unit accepted it already, and gave it back.
    #[error("accepted before")]
    Accepted,
    /// The item asks for no investigation.
    #[error("nothing to object to")]
    OtherTask,
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
            Self::Decided => problem(
                409,
                "objection-decided",
                "The unit has objected before, and that was decided",
                "本单位已就此件提出过管辖异议，且已审定",
            ),
            Self::Accepted => problem(
                409,
                "accepted-before",
                "The unit has accepted it: an objection comes before that",
                "本单位已签收此件，管辖异议应在签收前提出",
            ),
            Self::OtherTask => problem(
                409,
                "other-task",
                "Only what is to be verified can be objected to",
                "只有交办查核的件可提出管辖异议",
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
    #[serde(default, deserialize_with = "dengwen_http::said")]
    pub(crate) proposed_unit: Option<String>,
}

/// Object to jurisdiction.
#[utoipa::path(
    post, path = "/api/v1/assignments/{id}/object", tag = "assignments", operation_id = "object",
    params(("id" = String, Path, description = "The assignment")),
    request_body = ObjectIn,
    responses((status = 200, body = AssignmentChanged), (status = 409, description = "Not held, accepted already, or the objection is barred or was decided")),
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
    if record.assignment.task != AssignmentTask::Verify {
        return Err(ObjectionRefused::OtherTask);
    }
    dossier.advance(|stage| stage.object(proposed))?;
    if dossier.was_accepted() {
        return Err(ObjectionRefused::Accepted);
    }
    in_time(desk, &mut dossier, &record)?;
    dossier.note(CourseEvent::Objected { reason: input.reason });
    let now = dossier.now();
    dossier.limits().meet(&[rule::OBJECTION], now);
    dossier.start_limit(rule::OBJECTION_DECISION)?;
    record.assignment.state = AssignmentState::Done;
    dossier.put(&mut record).await?;
    let case = dossier.save("assignment.objected", record.assignment.unit.as_str()).await?;
    Ok(AssignmentChanged::of(&record.assignment, case))
}

fn known_unit(desk: &Desk, code: &str) -> Result<UnitCode, ObjectionRefused> {
    let code: UnitCode = code.parse().map_err(|_| ObjectionRefused::UnknownUnit)?;
    desk.runtime().units().get(&code).map(|_| code).ok_or(ObjectionRefused::UnknownUnit)
}

/// By the limit that dispatch set, which an objection meets; without one, counted from the hand-over.
fn in_time(
    desk: &Desk,
    dossier: &mut Dossier<'_>,
    record: &AssignmentRecord,
) -> Result<(), ObjectionRefused> {
    let now = dossier.now();
    let id = record.assignment.id;
    let ours = |limit: &&dengwen_model::Deadline| {
        limit.rule.as_str() == rule::OBJECTION && limit.assignment.is_none_or(|bound| bound == id)
    };
    let barred = match dossier.limits().all().iter().rev().find(ours) {
        Some(limit) if matches!(limit.state, DeadlineState::Met { .. }) => {
            return Err(ObjectionRefused::Decided);
        }
        Some(limit) => limits::has_passed(limit, now) || matches!(limit.state, DeadlineState::Overdue { .. }),
        None => has_lapsed(desk, record, now)?,
    };
    if barred { Err(ObjectionRefused::Barred) } else { Ok(()) }
}

fn has_lapsed(desk: &Desk, record: &AssignmentRecord, now: Timestamp) -> Result<bool, DeskError> {
    let window = rule::OBJECTION.parse().map_err(|_| DeskError::Rules)?;
    let rules = desk.runtime().rules();
    let due = rules.deadlines.due(&window, record.assignment.assigned_at).map_err(|_| DeskError::Rules)?;
    Ok(due.cut_off().is_some_and(|end| end <= now))
}
