//! `POST /api/v1/cases/{id}/jurisdiction` (管辖异议的审定): the department that commissioned the unit, or one above,
//! consents to the unit's objection or does not (信访工作条例 23: 经同意后交还材料). With consent the case leaves the
//! unit and goes to the one that is named, or that the rules choose; without, the unit has it as before, and no
//! clock of it was stopped.

use axum::Json;
use axum::extract::State;
use dengwen_http::{Problem, ValidJson};
use dengwen_messages::{CaseObjected, Event, Topic};
use dengwen_model::{AssignmentState, CaseId, CaseStage, CourseEvent, Objection, Principal, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::access::Dispatcher;
use crate::changed::CaseChanged;
use crate::commission;
use crate::desk::Desk;
use crate::direction::{self, DirectionRefused, Wanted};
use crate::dossier::Dossier;
use crate::edge::{Id, REASON_MAX, filled};
use crate::limits::rule;
use crate::refusal::{DeskError, Failure, NotNow, Refusal, problem};

/// Nobody objected, or it was decided.
const NO_OBJECTION: NotNow =
    NotNow::new("no-objection", "No objection of a unit waits for a decision", "没有待审定的管辖异议");

/// Why nothing is decided.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecisionRefused {
    /// A unit is named, and the case stays where it is.
    #[error("a unit for a refused objection")]
    NoUnitWanted,
    /// See there.
    #[error(transparent)]
    Direction(#[from] DirectionRefused),
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for DecisionRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::NoUnitWanted => problem(
                422,
                "no-unit-wanted",
                "Where the objection is refused the case stays: name no unit",
                "不同意异议的，件仍由原单位承办，不得另列单位",
            ),
            Self::Direction(refused) => refused.problem(),
            Self::Desk(error) => error.problem(),
        }
    }
}

/// Whether the unit is let off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decision {
    /// 同意: the case leaves the unit.
    Uphold,
    /// 不同意: the unit has it as before.
    Refuse,
}

/// The decision, and why.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JurisdictionIn {
    /// `uphold` or `refuse`.
    pub(crate) decision: Decision,
    /// The reasons.
    #[validate(custom(function = filled), length(max = REASON_MAX))]
    pub(crate) reason: String,
    /// Where the objection is upheld: the unit that shall have the case now. Without it the rules choose.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 40))]
    pub(crate) unit: Option<String>,
    /// That unit shall have it although by the rules it would not, as in `reassign`.
    #[serde(default, rename = "override")]
    pub(crate) set_aside: bool,
}

/// Decide a unit's objection to its jurisdiction.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/jurisdiction", tag = "cases", operation_id = "decide_objection",
    params(("id" = String, Path, description = "The case")),
    request_body = JurisdictionIn,
    responses((status = 200, body = CaseChanged), (status = 403, description = "The objecting unit does not decide"), (status = 409, description = "No objection waits, or the named unit may not have it"), (status = 422)),
    security(("token" = []), ("session" = []))
)]
pub(crate) async fn handler(
    State(desk): State<Desk>,
    Dispatcher(principal): Dispatcher,
    Id(id): Id<CaseId>,
    ValidJson(input): ValidJson<JurisdictionIn>,
) -> Result<Json<CaseChanged>, Failure> {
    Ok(Json(work(&desk, &principal, id, input).await?))
}

/// Decides.
pub(crate) async fn work(
    desk: &Desk,
    principal: &Principal,
    id: CaseId,
    input: JurisdictionIn,
) -> Result<CaseChanged, DecisionRefused> {
    let mut dossier = Dossier::open(desk, principal, id).await?;
    let CaseStage::Objected { objection } = dossier.case().stage.clone() else {
        return Err(DeskError::from(NO_OBJECTION).into());
    };
    if objector(&dossier) == Some(principal.id) {
        return Err(DeskError::SamePerson.into());
    }
    let received_by = &dossier.case().received_by;
    if !commission::decides_on_objection(desk, principal, received_by, &objection.unit) {
        return Err(DeskError::NotCommissioning.into());
    }
    let upheld = input.decision == Decision::Uphold;
    dossier.note(CourseEvent::ObjectionDecided { upheld, reason: input.reason.clone() });
    let now = dossier.now();
    dossier.limits().meet(&[rule::OBJECTION_DECISION], now);
    let (action, code) = match upheld {
        true => ("objection.upheld", uphold(desk, principal, &mut dossier, input).await?),
        false => ("objection.refused", refuse(&mut dossier, &objection, &input).await?),
    };
    Ok(dossier.save(action, &code).await?.into())
}

/// Who raised the objection that waits.
fn objector(dossier: &Dossier<'_>) -> Option<UserId> {
    let objected = dossier.file().course.iter().rev();
    let mut objected = objected.filter(|entry| matches!(entry.event, CourseEvent::Objected { .. }));
    objected.next().and_then(|entry| entry.by)
}

/// The material goes back, and the unit is chosen again; never the same one by itself.
async fn uphold(
    desk: &Desk,
    principal: &Principal,
    dossier: &mut Dossier<'_>,
    input: JurisdictionIn,
) -> Result<String, DecisionRefused> {
    let (stage, Objection { unit, assignment, .. }) =
        dossier.case().stage.clone().uphold_objection().map_err(DeskError::from)?;
    let case = dossier.case_mut();
    case.stage = stage;
    case.exclude(unit.clone());
    dossier.file_mut().direction = None;
    let mut code = unit.to_string();
    if let Some(named) = &input.unit {
        let wanted = Wanted { unit: named, reason: &input.reason, set_aside: input.set_aside };
        code = format!("{code} -> {}", direction::direct(desk, principal, dossier, wanted).await?);
    }
    dossier.end_assignment(assignment).await?;
    let case = dossier.case().id;
    dossier.tell(Topic::CasesObjected, Event::CaseObjected(CaseObjected { case, assignment }));
    Ok(code)
}

/// The unit can pull it again.
async fn refuse(
    dossier: &mut Dossier<'_>,
    objection: &Objection,
    input: &JurisdictionIn,
) -> Result<String, DecisionRefused> {
    if input.unit.is_some() {
        return Err(DecisionRefused::NoUnitWanted);
    }
    dossier.advance(CaseStage::refuse_objection)?;
    let record = dossier.work().assignment(objection.assignment).await.map_err(DeskError::from)?;
    let mut record = record.ok_or(DeskError::NotFound)?;
    record.assignment.state = AssignmentState::Waiting;
    dossier.put(&mut record).await?;
    Ok(objection.unit.to_string())
}
