//! Numbers of tips and cases, and which tips of a batch are new.

use std::collections::{BTreeMap, HashMap, HashSet};

use dengwen_model::{TipId, UnitCode};
use jiff::Timestamp;

use crate::{LedgerError, NewTip, Registration};

/// Numbers count by the year in China, which has kept UTC+8 without summer time since 1992.
fn year(at: Timestamp) -> i16 {
    jiff::tz::offset(8).to_datetime(at).year()
}

/// The counter behind a department's case numbers of a year.
pub fn case_series(department: &UnitCode, year: i16) -> String {
    format!("case/{department}-{year}")
}

/// The counter behind the numbers of tips like this one.
fn tip_series(tip: &NewTip) -> String {
    let channel = tip.channel.as_str().to_ascii_uppercase();
    format!("tip/{}-{}-{channel}", tip.received_by, year(tip.registered_at))
}

/// The `nth` number of a counter, as `990000-2026-000123`.
pub fn number(series: &str, nth: i64) -> String {
    let name = series.split_once('/').map_or(series, |(_, name)| name);
    format!("{name}-{nth:06}")
}

/// The `count` numbers that end with the `last` one taken.
pub fn numbers(series: &str, last: i64, count: i64) -> Vec<String> {
    (last - count + 1..=last).map(|nth| number(series, nth)).collect()
}

/// Tips that are registered, found by id or by external key.
#[derive(Debug, Default)]
pub struct Known {
    ids: HashSet<TipId>,
    keys: HashMap<Vec<u8>, TipId>,
}

impl Known {
    /// From the ids and external keys that the ledger has.
    pub fn new(rows: impl IntoIterator<Item = (TipId, Option<Vec<u8>>)>) -> Self {
        let mut known = Self::default();
        for (id, key) in rows {
            known.add(id, key);
        }
        known
    }

    fn add(&mut self, id: TipId, key: Option<Vec<u8>>) {
        self.ids.insert(id);
        if let Some(key) = key {
            self.keys.insert(key, id);
        }
    }

    /// The tip that this one is, if it is registered.
    pub fn find(&self, id: TipId, key: Option<&[u8]>) -> Option<TipId> {
        if self.ids.contains(&id) { Some(id) } else { key.and_then(|key| self.keys.get(key)).copied() }
    }
}

/// A batch of tips, sorted into those that are new and those that are there.
#[derive(Debug)]
pub struct Intake<'a> {
    /// What becomes of each tip, in the order given.
    pub outcomes: Vec<Registration>,
    fresh: Vec<(&'a NewTip, String)>,
}

impl<'a> Intake<'a> {
    /// Sorts a batch; a tip that comes twice in it is there the second time.
    pub fn new(tips: &'a [NewTip], mut known: Known) -> Self {
        let mut fresh = Vec::new();
        let outcomes = tips
            .iter()
            .map(|tip| match known.find(tip.id, tip.external_key.as_deref()) {
                Some(tip) => Registration::AlreadyThere { tip },
                None => {
                    known.add(tip.id, tip.external_key.clone());
                    fresh.push((tip, tip_series(tip)));
                    Registration::Registered
                }
            })
            .collect();
        Self { outcomes, fresh }
    }

    /// How many numbers of which counters are needed, in the one order in which all take them.
    pub fn demand(&self) -> Vec<(String, i64)> {
        let mut demand = BTreeMap::<String, i64>::new();
        for (_, series) in &self.fresh {
            *demand.entry(series.clone()).or_default() += 1;
        }
        demand.into_iter().collect()
    }

    /// The new tips with their numbers; `taken` are the counters after the demand was taken.
    pub fn numbered(&self, taken: &[(String, i64)]) -> Result<Vec<(&'a NewTip, String)>, LedgerError> {
        let mut next: HashMap<&str, i64> =
            taken.iter().map(|(series, last)| (series.as_str(), *last)).collect();
        for (series, count) in self.demand() {
            let last = next.get_mut(series.as_str());
            *last.ok_or(LedgerError::Inconsistent { table: "counters", column: "last" })? -= count;
        }
        let numbered = self.fresh.iter().filter_map(|(tip, series)| {
            let nth = next.get_mut(series.as_str())?;
            *nth += 1;
            Some((*tip, number(series, *nth)))
        });
        Ok(numbered.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_with_the_last_taken_and_turn_the_year_in_china() {
        let department: UnitCode = "990000".parse().expect("a code");
        let series = case_series(&department, 2026);
        assert_eq!(numbers(&series, 12, 2), ["990000-2026-000011", "990000-2026-000012"]);
        assert_eq!(number(&series, 1_234_567), "990000-2026-1234567");
        assert_eq!(year("2025-12-31T15:59:59Z".parse().expect("a time")), 2025);
        assert_eq!(year("2025-12-31T16:00:00Z".parse().expect("a time")), 2026);
    }
}
