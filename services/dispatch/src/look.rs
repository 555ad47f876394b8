//! A look at cases: thought out from what the ledger holds, then carried out in a short unit of work.
//!
//! Thinking takes long where a case is about many people or many cases are open against a unit's, and whoever has
//! a case locked keeps triage from joining tips to it. So nothing is locked while dispatch thinks. Then all cases
//! are locked at once, in the order of their ids as triage locks them, and only what is thought of a case as it
//! still stands is carried out.

use std::collections::BTreeMap;

use dengwen_ledger::{CaseRecord, LedgerError, UnitOfWork};
use dengwen_messages::TraceParent;
use dengwen_model::CaseId;
use dengwen_service::Runtime;

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
    for _ in 0..ROUNDS {
        if asked.is_empty() {
            return Ok(());
        }
        let plans = think(runtime, &asked).await?;
        asked = carry_out(runtime, asked, Some(plans)).await?;
    }
    carry_out(runtime, asked, None).await.map(drop)
}

/// What is to be done with each case as it stands.
async fn think(
    runtime: &Runtime,
    asked: &BTreeMap<CaseId, Asked>,
) -> Result<BTreeMap<CaseId, Plan>, LedgerError> {
    let mut work = runtime.ledger().read().await?;
    let mut open = OpenCases::default();
    let mut plans = BTreeMap::new();
    for record in work.cases_by_id(&ids(asked)).await? {
        let id = record.case.id;
        let again = asked.get(&id).is_some_and(|asked| asked.again);
        plans.insert(id, Plan::of(runtime, work.as_mut(), record, again, &mut open).await?);
    }
    Ok(plans)
}

/// Carries out the plans whose cases are as they were; without plans they are made now. What is left has changed
/// meanwhile.
async fn carry_out(
    runtime: &Runtime,
    mut asked: BTreeMap<CaseId, Asked>,
    plans: Option<BTreeMap<CaseId, Plan>>,
) -> Result<BTreeMap<CaseId, Asked>, LedgerError> {
    if asked.is_empty() {
        return Ok(asked);
    }
    let mut work = runtime.ledger().begin().await?;
    let (thinks_now, mut plans) = (plans.is_none(), plans.unwrap_or_default());
    let (mut told, mut open, mut left) = (Told::default(), OpenCases::default(), BTreeMap::new());
    let mut looked = Vec::new();
    for record in work.cases_by_id(&ids(&asked)).await? {
        let (id, version) = (record.case.id, record.case.version);
        let Some(one) = asked.remove(&id) else { continue };
        let plan = match plans.remove(&id).filter(|plan| plan.version() == version) {
            Some(plan) => plan,
            None if thinks_now => Plan::of(runtime, work.as_mut(), record, one.again, &mut open).await?,
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
    let plan = Plan::of(runtime, work, record, true, &mut OpenCases::default()).await?;
    plan.carry_out(runtime, work, trace, told).await?;
    work.looked_at(&[id]).await
}
