//! A look at cases: thought out from what the ledger holds, then carried out in a short unit of work.
//!
//! Thinking takes long where a case is about many people or many cases are open against a unit's, and whoever has
//! a case locked keeps triage from joining tips to it. So nothing is locked while dispatch thinks. Then the units on
//! the way are locked, and all cases at once, in the order of their ids as triage locks them; and only what is thought
//! of a case as it still stands, and of units as they still stand, is carried out.

use std::collections::{BTreeMap, BTreeSet};

use dengwen_ledger::{CaseRecord, LedgerError, UnitOfWork};
use dengwen_messages::TraceParent;
use dengwen_model::{CaseId, UnitCode};
use dengwen_service::{Runtime, unit_lock};

use crate::hand_over::Told;
use crate::plan::Plan;
use crate::way::OpenCases;

/// How often a case is thought about with nothing locked. One that changed each time meanwhile, as in a campaign,
/// is thought about under its lock.
const ROUNDS: usize = 3;

/// Why a case is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) trace: TraceParent,
    /// Something was said that may speak against the unit that has it. Otherwise only one that waits is looked at.
    pub(crate) again: bool,
}

/// Looks at each of the cases once, however often it was asked for.
pub(crate) async fn look(runtime: &Runtime, mut asked: BTreeMap<CaseId, Asked>) -> Result<(), LedgerError> {
    for round in 0..=ROUNDS {
        if asked.is_empty() {
            return Ok(());
        }
        let thought = think(runtime, &asked).await?;
        asked = carry_out(runtime, asked, thought, round == ROUNDS).await?;
    }
    Ok(())
}

/// What is to be done with each case as it stood, and what was found of the units on the way.
struct Thought {
    plans: BTreeMap<CaseId, Plan>,
    open: OpenCases,
}

/// What is to be done with each case as it stands.
async fn think(runtime: &Runtime, asked: &BTreeMap<CaseId, Asked>) -> Result<Thought, LedgerError> {
    let mut work = runtime.ledger().read().await?;
    let mut open = OpenCases::default();
    let mut plans = BTreeMap::new();
    for record in work.cases_by_id(&ids(asked)).await? {
        let id = record.case.id;
        let again = asked.get(&id).is_some_and(|asked| asked.again);
        plans.insert(id, Plan::of(runtime, work.as_mut(), record, again, &mut open).await?);
    }
    Ok(Thought { plans, open })
}

impl Thought {
    /// Locks the units of the plans. A case that goes to a unit and another that is opened against somebody of it then
    /// follow one another, and the later is carried out knowing of the earlier (C9).
    async fn lock_units(&self, runtime: &Runtime, work: &mut dyn UnitOfWork) -> Result<(), LedgerError> {
        let units = self.plans.values().flat_map(Plan::units);
        let mut keys: Vec<i64> = units.map(|unit| unit_lock(runtime, unit)).collect();
        keys.sort_unstable();
        keys.dedup();
        work.lock_keys(&keys).await
    }

    /// The units against whose people something else is open by now.
    async fn outdated(
        &self,
        runtime: &Runtime,
        work: &mut dyn UnitOfWork,
    ) -> Result<BTreeSet<UnitCode>, LedgerError> {
        let units: BTreeSet<&UnitCode> = self.plans.values().flat_map(Plan::relies_on).collect();
        let mut outdated = BTreeSet::new();
        for unit in units {
            if !self.open.holds(runtime, work, unit).await? {
                outdated.insert(unit.clone());
            }
        }
        Ok(outdated)
    }
}

/// Carries out the plans whose cases, and what is open against the people of their units, are as they were. What is
/// left has changed meanwhile; where this is the `last` round it is thought about again now, under the locks.
async fn carry_out(
    runtime: &Runtime,
    mut asked: BTreeMap<CaseId, Asked>,
    mut thought: Thought,
    last: bool,
) -> Result<BTreeMap<CaseId, Asked>, LedgerError> {
    let mut work = runtime.ledger().begin().await?;
    // The units before the cases, as triage locks the keys of matters before theirs.
    thought.lock_units(runtime, work.as_mut()).await?;
    let records = work.cases_by_id(&ids(&asked)).await?;
    let outdated = thought.outdated(runtime, work.as_mut()).await?;
    let (mut told, mut open, mut left) = (Told::default(), OpenCases::default(), BTreeMap::new());
    let mut looked = Vec::new();
    for record in records {
        let (id, version) = (record.case.id, record.case.version);
        let Some(one) = asked.remove(&id) else { continue };
        let plan = thought.plans.remove(&id);
        let stands =
            |plan: &Plan| plan.version() == version && !plan.relies_on().any(|unit| outdated.contains(unit));
        let plan = match plan.filter(stands) {
            Some(plan) => plan,
            None if last => Plan::of(runtime, work.as_mut(), record, one.again, &mut open).await?,
            None => {
                left.insert(id, one);
                continue;
            }
        };
        if one.again || plan.waits() {
            looked.push(id);
        }
        plan.carry_out(runtime, work.as_mut(), one.trace, &mut told).await?;
    }
    // Those that are not there any more need no look either.
    looked.extend(asked.iter().filter(|(_, one)| one.again).map(|(id, _)| *id));
    work.looked_at(&looked).await?;
    told.commit(runtime, work).await?;
    Ok(left)
}

fn ids(asked: &BTreeMap<CaseId, Asked>) -> Vec<CaseId> {
    asked.keys().copied().collect()
}

/// Looks at one case that is locked already.
pub(crate) async fn look_locked(
    runtime: &Runtime,
    work: &mut dyn UnitOfWork,
    record: CaseRecord,
    trace: TraceParent,
    told: &mut Told,
) -> Result<(), LedgerError> {
    let id = record.case.id;
    let mut open = OpenCases::default();
    let plan = Plan::of(runtime, work, record.clone(), true, &mut open).await?;
    let mut thought = Thought { plans: BTreeMap::from([(id, plan)]), open };
    thought.lock_units(runtime, work).await?;
    let plan = match thought.outdated(runtime, work).await?.is_empty() {
        true => thought.plans.remove(&id),
        false => None,
    };
    let plan = match plan {
        Some(plan) => plan,
        None => Plan::of(runtime, work, record, true, &mut OpenCases::default()).await?,
    };
    plan.carry_out(runtime, work, trace, told).await?;
    work.looked_at(&[id]).await
}

#[cfg(test)]
mod tests;
