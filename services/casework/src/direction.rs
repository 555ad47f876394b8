//! A person chooses the unit (指定办理、改派). What speaks against the unit is told and never passed over in silence;
//! dispatch looks again when it hands the case over.

use dengwen_http::{Problem, Text};
use dengwen_model::{Direction, Principal, UnitCode};
use dengwen_rules::{RouteRequest, Router, Unfit};

use crate::desk::Desk;
use crate::dossier::Dossier;
use crate::refusal::{DeskError, Refusal, problem};
use crate::scope;

/// Why a unit is not given the case.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectionRefused {
    /// The register has no such unit.
    #[error("unknown unit")]
    UnknownUnit,
    /// The unit is none of those the person oversees.
    #[error("a unit that is not theirs to direct")]
    Elsewhere,
    /// The unit has it.
    #[error("the unit has the case already")]
    AlreadyThere,
    /// The machine was not sure; a person classifies first.
    #[error("not classified")]
    NotClassified,
    /// Something speaks against it that nobody may set aside.
    #[error("the unit may not have it")]
    Barred(UnitCode, Vec<Unfit>),
    /// Something speaks against it that was not set aside.
    #[error("the unit would not have it by the rules")]
    NotSetAside(UnitCode, Vec<Unfit>),
    /// See there.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

impl Refusal for DirectionRefused {
    fn problem(&self) -> Problem {
        match self {
            Self::UnknownUnit => {
                problem(422, "unknown-unit", "The units register has no such unit", "机构库中没有该单位")
            }
            Self::Elsewhere => problem(
                403,
                "other-unit",
                "The unit is none of those that you oversee",
                "该单位不在您的管辖范围内，无权指定",
            ),
            Self::AlreadyThere => {
                problem(409, "already-there", "The unit has the case already", "该件已在该单位")
            }
            Self::NotClassified => problem(
                409,
                "not-classified",
                "The case waits for a person to classify it first",
                "该件分类待人工确认，确认后方可指定承办单位",
            ),
            Self::Barred(unit, against) => problem(
                409,
                "unit-barred",
                "The unit may not have this case",
                "该单位不得承办此件",
            )
            .with_detail(told(unit, against)),
            Self::NotSetAside(unit, against) => problem(
                409,
                "override-needed",
                "By the rules the unit would not have this case: send `override` with your reason to give it nevertheless",
                "按规则不应由该单位承办；确需指定的，请确认（override）并说明理由",
            )
            .with_detail(told(unit, against)),
            Self::Desk(error) => error.problem(),
        }
    }
}

fn told(unit: &UnitCode, against: &[Unfit]) -> Text {
    let english: Vec<_> = against.iter().map(|unfit| unfit.why_en(unit)).collect();
    let chinese: Vec<_> = against.iter().map(|unfit| unfit.why(unit)).collect();
    Text::composed(english.join("; "), chinese.join("；"))
}

/// The unit that is wanted, as it came in.
pub(crate) struct Wanted<'a> {
    /// Its code.
    pub(crate) unit: &'a str,
    /// Why.
    pub(crate) reason: &'a str,
    /// What is a matter of jurisdiction alone is set aside.
    pub(crate) set_aside: bool,
}

/// Checks the unit, and notes in the case file that it was chosen. What was set aside, for the audit log.
pub(crate) async fn direct(
    desk: &Desk,
    principal: &Principal,
    dossier: &mut Dossier<'_>,
    wanted: Wanted<'_>,
) -> Result<String, DirectionRefused> {
    let unit: UnitCode = wanted.unit.trim().parse().map_err(|_| DirectionRefused::UnknownUnit)?;
    if !desk.knows_unit(&unit).await? {
        return Err(DirectionRefused::UnknownUnit);
    }
    if !scope::covers(desk, principal, &unit) {
        return Err(DirectionRefused::Elsewhere);
    }
    if dossier.case().abstained {
        return Err(DirectionRefused::NotClassified);
    }
    let against = against(desk, dossier, &unit)?;
    if !against.iter().all(|unfit| unfit.may_be_set_aside()) {
        return Err(DirectionRefused::Barred(unit, against));
    }
    if !against.is_empty() && !wanted.set_aside {
        return Err(DirectionRefused::NotSetAside(unit, against));
    }
    let direction = Direction { unit: unit.clone(), by: principal.id, reason: wanted.reason.to_owned() };
    dossier.file_mut().direction = Some(direction);
    let set_aside: Vec<_> = against.iter().map(|unfit| format!("{unfit:?}")).collect();
    Ok(format!("{unit} {}", set_aside.join(",")).trim_end().to_owned())
}

fn against(desk: &Desk, dossier: &Dossier<'_>, unit: &UnitCode) -> Result<Vec<Unfit>, DeskError> {
    let units = desk.runtime().units();
    let request = RouteRequest::of_case(dossier.case(), dossier.file(), dossier.now());
    Router::new(desk.runtime().rules(), &units).unfit(&request, unit).map_err(|_| DeskError::Rules)
}
