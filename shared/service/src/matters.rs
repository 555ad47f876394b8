//! What is known under the keys of some tips, looked up once and compared in memory.

use std::collections::HashMap;
use std::sync::Arc;

use dengwen_ledger::{LedgerError, UnitOfWork};
use dengwen_model::{CaseId, TipId};
use dengwen_text::link::{Decision, Index, Signature, keys};

use crate::{KnownLink, LinkCache};

/// Decisions on one matter are made one after the other; the keys are folded into so many locks.
const LOCKS: i64 = 256;

/// The known tips that share a key with some tips, by their cases.
#[derive(Debug, Default)]
pub struct Matters {
    index: Index<(TipId, CaseId)>,
    /// A tip of each case, for those that join it.
    places: HashMap<CaseId, u32>,
}

impl Matters {
    /// Looks them up, to be looked at.
    ///
    /// # Errors
    /// As the ledger's.
    pub async fn of(work: &mut dyn UnitOfWork, tips: &[&Signature]) -> Result<Self, LedgerError> {
        Ok(Self::made_of(KnownLink::under(work, &wanted(tips)).await?))
    }

    /// Looks them up, when no other replica can decide on the same matters any more until this unit of work
    /// ends: of a pair that comes to two replicas in one second the second one sees the first. Nothing may have been
    /// written in the unit of work.
    ///
    /// # Errors
    /// As the ledger's.
    pub async fn locked(
        work: &mut dyn UnitOfWork,
        tips: &[&Signature],
        links: &LinkCache,
    ) -> Result<Self, LedgerError> {
        let wanted = wanted(tips);
        let mut locks: Vec<i64> = wanted.iter().map(|key| key % LOCKS).collect();
        locks.sort_unstable();
        locks.dedup();
        work.lock_keys(&locks).await?;
        Ok(Self::made_of(links.under(work, &wanted).await?))
    }

    /// Of entries in the order of their numbers.
    fn made_of(links: Vec<Arc<KnownLink>>) -> Self {
        let mut matters = Self::default();
        for link in links {
            if let Some(signature) = &link.signature {
                matters.add(link.tip, link.case, signature.clone());
            }
        }
        matters
    }

    /// What of it a tip may belong to.
    pub fn decide(&self, signature: &Signature) -> Decision<(TipId, CaseId)> {
        self.index.decide(signature)
    }

    /// One more tip of a case, seen by those that come after it.
    pub fn add(&mut self, tip: TipId, case: CaseId, signature: Signature) {
        let place = match self.places.get(&case) {
            Some(place) => self.index.insert_joined((tip, case), signature, *place),
            None => self.index.insert_new((tip, case), signature),
        };
        self.places.entry(case).or_insert(place);
    }
}

fn wanted(tips: &[&Signature]) -> Vec<i64> {
    let mut wanted: Vec<i64> = tips.iter().flat_map(|tip| keys(tip)).map(i64::from).collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}
