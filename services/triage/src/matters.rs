//! What is known under the keys of a batch, looked up once and compared in memory.

use std::collections::HashMap;

use dengwen_ledger::{LedgerError, UnitOfWork};
use dengwen_model::{CaseId, TipId};
use dengwen_text::link::{Decision, Index, Signature, keys};

/// Entries looked at for one key: the newest.
const PER_KEY: u32 = 40;
/// Decisions on one matter are made one after the other; the keys are folded into so many locks.
const LOCKS: i64 = 256;

/// The known tips that share a key with one of the batch, by their cases.
pub(crate) struct Matters {
    index: Index<(TipId, CaseId)>,
    /// A tip of each case, for those that join it.
    places: HashMap<CaseId, u32>,
}

impl Matters {
    /// Looks them up, when no other replica can decide on the same matters any more until this unit of work
    /// ends: of a pair that comes to two replicas in one second the second one sees the first.
    pub(crate) async fn of(work: &mut dyn UnitOfWork, tips: &[&Signature]) -> Result<Self, LedgerError> {
        let mut wanted: Vec<i64> = tips.iter().flat_map(|tip| keys(tip)).map(i64::from).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut locks: Vec<i64> = wanted.iter().map(|key| key % LOCKS).collect();
        locks.sort_unstable();
        locks.dedup();
        work.lock_keys(&locks).await?;
        let mut entries = work.links_by_keys(&wanted, PER_KEY).await?;
        entries.sort_by_key(|entry| entry.seq);
        let mut matters = Self { index: Index::new(), places: HashMap::new() };
        for entry in entries {
            // A signature of another version cannot be compared; its tip is not found until it is read again.
            if let Ok(signature) = Signature::from_bytes(&entry.signature) {
                matters.add(entry.tip, entry.case, signature);
            }
        }
        Ok(matters)
    }

    pub(crate) fn decide(&self, signature: &Signature) -> Decision<(TipId, CaseId)> {
        self.index.decide(signature)
    }

    /// One more tip of a case, seen by those that come after it in the batch.
    pub(crate) fn add(&mut self, tip: TipId, case: CaseId, signature: Signature) {
        let place = match self.places.get(&case) {
            Some(place) => self.index.insert_joined((tip, case), signature, *place),
            None => self.index.insert_new((tip, case), signature),
        };
        self.places.entry(case).or_insert(place);
    }
}
