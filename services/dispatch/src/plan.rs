//! What dispatch makes of a case as it stood at a version: the thinking apart from the doing.

use dengwen_ledger::{CaseRecord, LedgerError, UnitOfWork};
use dengwen_messages::TraceParent;
use dengwen_model::{Case, CaseFile, CaseId, CaseStage, ReportedMember, UnitCode};
use dengwen_rules::Router;
use dengwen_service::{Runtime, open_case_file};

use crate::duty::{self, LATE_TIP};
use crate::hand_over::{Told, send};
use crate::review::Review;
use crate::way::{self, OpenCases, Way};

/// What is to be done with a case.
pub(crate) struct Plan {
    version: i64,
    /// `None` where it neither waits nor is asked about.
    look: Option<Box<Look>>,
    /// A concluded case that tips joined since.
    late: Option<Box<Case>>,
}

/// What was found at a look.
struct Look {
    case: Case,
    file: CaseFile,
    way: Way,
    step: Step,
    /// People of units of whom it is new that they are reported here (C9).
    reported: Vec<ReportedMember>,
}

enum Step {
    /// It waits for a unit.
    HandOver,
    /// A unit has it.
    Review(Review),
}

impl Plan {
    /// Thinks about a case; reads only. `again`: also about one that a unit has.
    pub(crate) async fn of(
        runtime: &Runtime,
        work: &mut dyn UnitOfWork,
        record: CaseRecord,
        again: bool,
        open: &mut OpenCases,
    ) -> Result<Self, LedgerError> {
        let CaseRecord { case, file } = record;
        let (version, waits) = (case.version, case.stage == CaseStage::Opened);
        let is_asked_about = waits || (again && case.stage.held_by().is_some());
        if !is_asked_about {
            let late = (case.waiting_late_tips() > 0).then(|| Box::new(case));
            return Ok(Self { version, look: None, late });
        }
        let file = open_case_file(runtime, case.id, &file)?;
        let way = way::of(runtime, work, &case, &file, open).await?;
        let step = match waits {
            true => Step::HandOver,
            false => Step::Review(Review::of(runtime, work, &case, &file, &way, open).await?),
        };
        let reported = reported(runtime, &file);
        Ok(Self { version, look: Some(Box::new(Look { case, file, way, step, reported })), late: None })
    }

    /// The version of the case that was thought about.
    pub(crate) fn version(&self) -> i64 {
        self.version
    }

    /// Whether the case waits for a unit.
    pub(crate) fn waits(&self) -> bool {
        self.look.as_ref().is_some_and(|look| matches!(look.step, Step::HandOver))
    }

    /// The units whose people it was asked about: it holds while nothing else is open against these.
    pub(crate) fn relies_on(&self) -> impl Iterator<Item = &UnitCode> {
        let decision = self.look.iter().map(|look| &look.way.decision).filter(|decision| !decision.sealed);
        decision.flat_map(|decision| decision.unit.iter().chain(&decision.co_units))
    }

    /// The units that are to be locked while it is carried out: those that may get the case, and those that are to hear
    /// of it.
    pub(crate) fn units(&self) -> impl Iterator<Item = &UnitCode> {
        let reported = self.look.iter().flat_map(|look| look.reported.iter().map(|member| &member.unit));
        self.relies_on().chain(reported)
    }

    /// Does it, in a unit of work that has the case locked at that version.
    pub(crate) async fn carry_out(
        self,
        runtime: &Runtime,
        work: &mut dyn UnitOfWork,
        trace: TraceParent,
        told: &mut Told,
    ) -> Result<(), LedgerError> {
        if let Some(case) = &self.late {
            duty::set(runtime, work, case, LATE_TIP).await?;
        }
        let Some(look) = self.look else { return Ok(()) };
        let Look { case, mut file, way, step, reported } = *look;
        let is_news = !reported.is_empty();
        if is_news {
            told.looks.extend(cases_of_their_units(work, &case, &reported).await?);
            file.reported_members.extend(reported);
        }
        match step {
            Step::HandOver => send(runtime, work, case, file, way, trace, told).await,
            Step::Review(review) => {
                review.carry_out(runtime, work, (case, file, is_news), way, trace, told).await
            }
        }
    }
}

/// Whom of the register's units the case is about, as far as their units were not told to be looked at.
fn reported(runtime: &Runtime, file: &CaseFile) -> Vec<ReportedMember> {
    let units = runtime.units();
    let router = Router::new(runtime.rules(), &units);
    let mut found = Vec::new();
    for subject in &file.subjects {
        let Some(name) = &subject.name else { continue };
        for unit in router.units_of(subject) {
            let member = ReportedMember { unit, name: name.clone() };
            if !file.reported_members.contains(&member) && !found.contains(&member) {
                found.push(member);
            }
        }
    }
    found
}

/// What else their units have: from each of these cases they are kept out from now on (C9). The clock looks at them,
/// so that a case against somebody does not hold up the batch that it came with.
async fn cases_of_their_units(
    work: &mut dyn UnitOfWork,
    case: &Case,
    reported: &[ReportedMember],
) -> Result<Vec<CaseId>, LedgerError> {
    let mut units: Vec<UnitCode> = reported.iter().map(|member| member.unit.clone()).collect();
    units.sort_unstable();
    units.dedup();
    let mut held = work.cases_held_by(&units).await?;
    held.retain(|id| *id != case.id);
    Ok(held)
}
