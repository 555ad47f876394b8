//! `POST /api/v1/cases/{id}/reassign`: a supervisor takes the work from an officer, for another one, for
//! the unit to pull again, or for the dispatcher to choose another unit. Every clock goes on but for the
//! unit that gives it up.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_messages::{CaseObjected, Event, Topic};
use dengwen_model::{AssignmentId, AssignmentState, CaseId, CaseStage, Principal, UnitCode, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Reviewer;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::refusal::{DeskError, Failure, Refusal, problem};

/// Why the work is not reassigned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReassignRefused {
    /// Nobody holds it.
    #[error("nobody holds the case")]
    NotHeldByAnyone,
    /// Neither an id of an officer nor a unit of the register.
    #[error("unknown officer or unit")]
    Unknown,
    /// One or the other.
    #[error("both an officer and a unit")]
    Both,
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for ReassignRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::NotHeldByAnyone => {
                problem(409, "not-assigned", "No unit has the case at the moment", "该件目前不在任何承办单位")
            }
            Self::Unknown => problem(422, "unknown-assignee", "No such officer or unit", "没有该人员或单位"),
            Self::Both => problem(
                422,
                "officer-or-unit",
                "Name an officer or a unit, not both",
                "请只指定人员或单位之一",
            ),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// To whom, and why. Without officer and unit the unit's officers can pull it again.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReassignIn {
    /// The new responsible officer, as `usr_…`.
    pub(crate) officer: Option<String>,
    /// The unit that is proposed to the dispatcher.
    pub(crate) unit: Option<String>,
    /// The reason.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
}

/// Reassign the work.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/reassign", tag = "cases", operation_id = "reassign",
    params(("id" = String, Path, description = "The case")),
    request_body = ReassignIn,
    responses((status = 200, body = CaseChanged), (status = 409), (status = 422)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Reviewer(principal): Reviewer,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<ReassignIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// To whom.
enum Target {
    Officer(UserId),
    Unit(UnitCode),
    WhoeverPulls,
}

/// Reassigns.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: ReassignIn,
) -> Result<CaseChanged, ReassignRefused> {
    let target = target(desk, &input)?;
    let mut dossier = Dossier::open(desk, principal, id).await?;
    let held = dossier.case().stage.held_by().map(|(_, assignment)| assignment);
    let assignment = held.ok_or(ReassignRefused::NotHeldByAnyone)?;
    match target {
        Target::Officer(officer) => hand_over(&mut dossier, assignment, officer).await?,
        Target::WhoeverPulls => take_back(&mut dossier, assignment).await?,
        Target::Unit(unit) => give_away(&mut dossier, assignment, unit).await?,
    }
    dossier.note_that("reassigned", Some(&input.reason));
    Ok(dossier.save("case.reassigned", &assignment.to_string()).await?.into())
}

fn target(desk: &Desk, input: &ReassignIn) -> Result<Target, ReassignRefused> {
    match (&input.officer, &input.unit) {
        (Some(_), Some(_)) => Err(ReassignRefused::Both),
        (Some(officer), None) => officer.parse().map(Target::Officer).map_err(|_| ReassignRefused::Unknown),
        (None, Some(unit)) => {
            let unit: UnitCode = unit.parse().map_err(|_| ReassignRefused::Unknown)?;
            match desk.runtime().units().get(&unit) {
                Some(known) if known.handles => Ok(Target::Unit(unit)),
                _ => Err(ReassignRefused::Unknown),
            }
        }
        (None, None) => Ok(Target::WhoeverPulls),
    }
}

async fn hand_over(dossier: &mut Dossier<'_>, id: AssignmentId, officer: UserId) -> Result<(), DeskError> {
    dossier.advance(|stage| stage.reassign(officer))?;
    let at = dossier.now();
    set_state(dossier, id, AssignmentState::Accepted { officer, at }).await
}

async fn take_back(dossier: &mut Dossier<'_>, id: AssignmentId) -> Result<(), DeskError> {
    // Leased at most: only the lease ends. A report that waits for review has to be sent back first,
    // which the transition says.
    if !matches!(dossier.case().stage, CaseStage::Dispatched { .. }) {
        dossier.advance(CaseStage::withdraw)?;
    }
    set_state(dossier, id, AssignmentState::Waiting).await
}

async fn give_away(dossier: &mut Dossier<'_>, id: AssignmentId, unit: UnitCode) -> Result<(), DeskError> {
    if !matches!(dossier.case().stage, CaseStage::Dispatched { .. }) {
        dossier.advance(CaseStage::withdraw)?;
    }
    dossier.advance(|stage| stage.object(Some(unit)))?;
    dossier.limits().cancel(|limit| limit.assignment == Some(id));
    let case = dossier.case().id;
    dossier.tell(Topic::CasesObjected, Event::CaseObjected(CaseObjected { case, assignment: id }));
    set_state(dossier, id, AssignmentState::Done).await
}

async fn set_state(
    dossier: &mut Dossier<'_>,
    id: AssignmentId,
    state: AssignmentState,
) -> Result<(), DeskError> {
    let record = dossier.work().assignment(id).await?;
    let mut record = record.ok_or(DeskError::NotFound)?;
    record.assignment.state = state;
    dossier.put(&mut record).await
}
