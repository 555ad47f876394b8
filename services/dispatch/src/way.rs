//! The way of a case: what the router is asked, and who of the chosen units must stay out (C9).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use dengwen_ledger::{CaseRecord, LedgerError, UnitOfWork};
use dengwen_model::{Case, CaseFile, CaseId, UnitCode};
use dengwen_rules::{RouteDecision, RouteError, RouteRequest, Router, Unfit};
use dengwen_service::{Runtime, open_case_file, unit_keys};

/// Open cases looked at for one unit: the newest.
const LOOKED_AT: u32 = 200;

/// A decision, and what speaks against people of the units that it names.
pub(crate) struct Way {
    pub(crate) decision: RouteDecision,
    pub(crate) recusals: Vec<Recusal>,
}

/// People of a unit who are themselves the subject of open cases (C9).
#[derive(Clone)]
pub(crate) struct Recusal {
    pub(crate) unit: UnitCode,
    /// The cases' numbers, for whoever reviews.
    pub(crate) cases: Vec<String>,
    /// Their names; they never leave a sealed file.
    pub(crate) people: Vec<String>,
}

impl Recusal {
    /// What whoever reviews is told: no name.
    pub(crate) fn told(&self) -> String {
        format!("{}：{}", self.unit, self.cases.join("、"))
    }
}

/// Routes a case. An open case against one of a unit's people is a reminder and changes no unit, so it is
/// looked up for the units that were chosen.
pub(crate) async fn of(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    case: &Case,
    file: &CaseFile,
    open: &mut OpenCases,
) -> Result<Way, LedgerError> {
    let units = runtime.units();
    let router = Router::new(runtime.rules(), &units);
    let mut request = RouteRequest::of_case(case, file, runtime.clock().now());
    let decision = decide(router, &request)?;
    let mut recusals = Vec::new();
    // Of a sealed matter nothing is worked on here.
    if !decision.sealed {
        for unit in decision.unit.iter().chain(&decision.co_units) {
            recusals.extend(open.against(runtime, work, case, unit).await?);
        }
    }
    if recusals.is_empty() {
        return Ok(Way { decision, recusals });
    }
    request.open_cases = recusals.iter().map(|recusal| recusal.unit.clone()).collect();
    Ok(Way { decision: decide(router, &request)?, recusals })
}

/// What speaks against a unit that has the case.
pub(crate) fn against(
    runtime: &Runtime,
    case: &Case,
    file: &CaseFile,
    unit: &UnitCode,
) -> Result<Vec<Unfit>, LedgerError> {
    let units = runtime.units();
    let request = RouteRequest::of_case(case, file, runtime.clock().now());
    Router::new(runtime.rules(), &units).unfit(&request, unit).map_err(unroutable)
}

fn decide(router: Router<'_>, request: &RouteRequest) -> Result<RouteDecision, LedgerError> {
    router.route(request).map_err(unroutable)
}

fn unroutable(_: RouteError) -> LedgerError {
    LedgerError::Inconsistent { table: "cases", column: "category" }
}

/// The open cases that are about people of units, each unit looked up once: the cases of a batch mostly go to few.
#[derive(Default)]
pub(crate) struct OpenCases(HashMap<UnitCode, Found>);

/// What was found of a unit.
struct Found {
    open: Vec<OpenCase>,
    /// The cases that the index gave, each as it then stood.
    stood: Vec<(CaseId, i64)>,
}

/// An open case about people of a unit.
struct OpenCase {
    id: CaseId,
    number: String,
    people: Vec<String>,
}

impl OpenCases {
    /// What other open cases than this one are about people of the unit.
    pub(crate) async fn against(
        &mut self,
        runtime: &Runtime,
        work: &mut dyn UnitOfWork,
        case: &Case,
        unit: &UnitCode,
    ) -> Result<Option<Recusal>, LedgerError> {
        let found = match self.0.entry(unit.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(find(runtime, work, unit).await?),
        };
        let mut recusal = Recusal { unit: unit.clone(), cases: Vec::new(), people: Vec::new() };
        for other in found.open.iter().filter(|other| other.id != case.id) {
            recusal.cases.push(other.number.clone());
            recusal.people.extend_from_slice(&other.people);
        }
        recusal.people.sort_unstable();
        recusal.people.dedup();
        Ok((!recusal.cases.is_empty()).then_some(recusal))
    }

    /// Whether what was found of a unit is still all that there is; true where it was not looked up.
    pub(crate) async fn holds(
        &self,
        runtime: &Runtime,
        work: &mut dyn UnitOfWork,
        unit: &UnitCode,
    ) -> Result<bool, LedgerError> {
        let Some(found) = self.0.get(unit) else { return Ok(true) };
        Ok(standing(&about(runtime, work, unit).await?) == found.stood)
    }
}

/// The open cases that the index gives for a unit and its people.
async fn about(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    code: &UnitCode,
) -> Result<Vec<CaseRecord>, LedgerError> {
    match runtime.units().get(code) {
        Some(unit) => work.open_cases_by_keys(&unit_keys(runtime, unit), LOOKED_AT).await,
        None => Ok(Vec::new()),
    }
}

fn standing(cases: &[CaseRecord]) -> Vec<(CaseId, i64)> {
    let mut standing: Vec<_> = cases.iter().map(|record| (record.case.id, record.case.version)).collect();
    standing.sort_unstable();
    standing
}

/// The open cases that are about people of the unit. The index knows hashes alone, so what it finds is opened and
/// read.
async fn find(runtime: &Runtime, work: &mut dyn UnitOfWork, code: &UnitCode) -> Result<Found, LedgerError> {
    let units = runtime.units();
    let router = Router::new(runtime.rules(), &units);
    let cases = about(runtime, work, code).await?;
    let stood = standing(&cases);
    let mut open = Vec::new();
    for found in cases {
        let file = open_case_file(runtime, found.case.id, &found.file)?;
        let theirs: Vec<_> =
            file.subjects.iter().filter(|subject| router.units_of(subject).contains(code)).collect();
        if !theirs.is_empty() {
            let people = theirs.into_iter().filter_map(|subject| subject.name.clone()).collect();
            open.push(OpenCase { id: found.case.id, number: found.case.number, people });
        }
    }
    Ok(Found { open, stood })
}
