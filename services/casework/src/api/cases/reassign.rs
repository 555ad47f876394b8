//! `POST /api/v1/cases/{id}/reassign`: a supervisor takes the work from an officer, for another one, for
//! the unit to pull again, or for another unit. The other unit is the one that was named or none: what speaks
//! against it is told. Every clock goes on but for the unit that gives it up.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_ledger::{AssignmentRecord, StaffRecord};
use dengwen_messages::{CaseOpened, Event, Topic};
use dengwen_model::{AssignmentId, AssignmentState, CaseId, CaseStage, Principal, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::{DeskWorker, Reviewer};
use crate::api::pull;
use crate::changed::CaseChanged;
use crate::desk::Desk;
use crate::direction::{self, DirectionRefused, Wanted};
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::limits::rule;
use crate::refusal::{DeskError, Failure, Refusal, problem};
use crate::scope;

/// Why the work is not reassigned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReassignRefused {
    /// Nobody holds it.
    #[error("nobody holds the case")]
    NotHeldByAnyone,
    /// Nobody of the unit who works on its items.
    #[error("unknown officer")]
    Unknown,
    /// Its report or its unit's objection waits for a decision.
    #[error("a decision is waited for")]
    DecisionFirst,
    /// See there.
    #[error(transparent)]
    Direction(#[from] DirectionRefused),
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
            Self::Unknown => problem(
                422,
                "unknown-assignee",
                "No such officer, or not one who may work on this case",
                "没有该人员，或该人员不能承办此件",
            ),
            Self::DecisionFirst => problem(
                409,
                "decision-first",
                "The unit's report or objection waits for a decision: decide on that first",
                "承办单位的报告或管辖异议尚待审定，请先作出决定",
            ),
            Self::Direction(refused) => refused.problem(),
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
    /// The new responsible officer, as `usr_…`: an account of the handling unit.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    pub(crate) officer: Option<String>,
    /// The unit that shall have it.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    pub(crate) unit: Option<String>,
    /// The unit shall have it although by the rules it would not: it does not manage the subject, or objected
    /// before. A conflict of interest is never set aside.
    #[serde(default, rename = "override")]
    pub(crate) set_aside: bool,
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
    Unit(String),
    WhoeverPulls,
}

/// Reassigns.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: ReassignIn,
) -> Result<CaseChanged, ReassignRefused> {
    let target = target(&input)?;
    let mut dossier = Dossier::open(desk, principal, id).await?;
    let held = dossier.case().stage.held_by().map(|(_, assignment)| assignment);
    let assignment = held.ok_or(ReassignRefused::NotHeldByAnyone)?;
    let (action, code) = match target {
        Target::Officer(officer) => {
            hand_over(&mut dossier, assignment, officer).await?;
            ("case.reassigned", assignment.to_string())
        }
        Target::WhoeverPulls => {
            take_back(&mut dossier, assignment).await?;
            ("case.reassigned", assignment.to_string())
        }
        Target::Unit(unit) => {
            let wanted = Wanted { unit: &unit, reason: &input.reason, set_aside: input.set_aside };
            ("case.directed", give_to(desk, principal, &mut dossier, assignment, wanted).await?)
        }
    };
    dossier.note_that("reassigned", Some(&input.reason));
    Ok(dossier.save(action, &code).await?.into())
}

fn target(input: &ReassignIn) -> Result<Target, ReassignRefused> {
    match (&input.officer, &input.unit) {
        (Some(_), Some(_)) => Err(ReassignRefused::Both),
        (Some(officer), None) => officer.parse().map(Target::Officer).map_err(|_| ReassignRefused::Unknown),
        (None, Some(unit)) => Ok(Target::Unit(unit.clone())),
        (None, None) => Ok(Target::WhoeverPulls),
    }
}

async fn hand_over(
    dossier: &mut Dossier<'_>,
    id: AssignmentId,
    officer: UserId,
) -> Result<(), ReassignRefused> {
    if !can_hold(dossier, id, officer).await? {
        return Err(ReassignRefused::Unknown);
    }
    dossier.advance(|stage| stage.reassign(officer))?;
    let at = dossier.now();
    Ok(set_state(dossier, id, AssignmentState::Accepted { officer, at }).await?)
}

/// Whether this person has an account by which they work on the item: of its unit, with a role for it, and the case is
/// not about them. Nobody else could open what they are given, and it would be in nobody's hands.
async fn can_hold(dossier: &mut Dossier<'_>, id: AssignmentId, officer: UserId) -> Result<bool, DeskError> {
    let Some(account) = dossier.work().staff(officer).await?.filter(|account| !account.disabled) else {
        return Ok(false);
    };
    let Some(AssignmentRecord { assignment, .. }) = dossier.work().assignment(id).await? else {
        return Ok(false);
    };
    let StaffRecord { id, name, role, unit, .. } = account;
    let person = Principal { id, role, name, unit };
    Ok(DeskWorker::includes(role)
        && pull::works_on(&person, assignment.task)
        && scope::covers(dossier.desk(), &person, &assignment.unit)
        && !scope::is_about(dossier.file(), &person))
}

async fn take_back(dossier: &mut Dossier<'_>, id: AssignmentId) -> Result<(), DeskError> {
    // Leased at most: only the lease ends. A report that waits for review has to be sent back first,
    // which the transition says.
    if !matches!(dossier.case().stage, CaseStage::Dispatched { .. }) {
        dossier.advance(CaseStage::withdraw)?;
    }
    set_state(dossier, id, AssignmentState::Waiting).await
}

/// Directs it to a unit: takes it from the one that has it, and dispatch hands it over. Naming that one again says
/// that it stays, where a tip that joined had made that doubtful.
async fn give_to(
    desk: &Desk,
    principal: &Principal,
    dossier: &mut Dossier<'_>,
    id: AssignmentId,
    wanted: Wanted<'_>,
) -> Result<String, ReassignRefused> {
    if !matches!(dossier.case().stage, CaseStage::Dispatched { .. } | CaseStage::Verifying { .. }) {
        return Err(ReassignRefused::DecisionFirst);
    }
    let stays = dossier.handling_unit().as_str() == wanted.unit.trim();
    if stays && dossier.limits().running(rule::RECHECK).is_none() {
        return Err(DirectionRefused::AlreadyThere.into());
    }
    let code = direction::direct(desk, principal, dossier, wanted).await?;
    let now = dossier.now();
    dossier.limits().meet(&[rule::RECHECK], now);
    if !stays {
        dossier.advance(CaseStage::recall)?;
        dossier.end_assignment(id).await?;
        let case = dossier.case().id;
        dossier.tell(Topic::CasesOpened, Event::CaseOpened(CaseOpened { case }));
    }
    Ok(code)
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
