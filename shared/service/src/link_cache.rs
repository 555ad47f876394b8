//! The part of the link index that a replica of triage holds in memory: what it was asked for last.
//!
//! It answers as the ledger does, entry for entry; it saves asking. It is made of the ledger's own answers, so after
//! a restart it fills again by itself, and what it does not hold is asked for. Nothing is missed, because:
//!
//! 1. Entries are numbered in the order of their commits. The number is taken from one row that stays locked until
//!    its writer commits or gives up (`LinkIndex::insert_links`), so whoever gets a later number got it after the
//!    earlier one was committed, and a statement that sees an entry sees every entry with a lower number. "Up to the
//!    highest number seen" is therefore no gap, and reading on from there brings all that came since.
//!    A number that was given back by a rollback was never seen here.
//! 2. It is asked within a unit of work that has the locks of all keys it asks for. Another replica that puts an
//!    entry under one of these keys holds the key's lock until it has committed. So when the locks are ours, such
//!    an entry is committed, and the statement that reads on begins after that (READ COMMITTED: each statement sees
//!    what was committed before it; SQLite: there is no other writer).
//! 3. Reading on comes after whatever else was read. A list that the ledger gave has all entries up to the number
//!    from which is read on; those that it has beyond are put in once more, which changes nothing.
//! 4. A moved entry gets a new number and keeps its keys: it takes the place of the old one.
//! 5. Only what was read before the unit of work wrote anything is kept, so a rollback leaves nothing here.
//!
//! A replica that was idle while others worked begins anew instead of reading all that, and so does one whose
//! ledger lost its end (a failover to a copy that was behind).

use std::collections::HashMap;
use std::sync::Arc;

use dengwen_ledger::{LedgerError, LinkEntry, UnitOfWork};
use dengwen_model::{CaseId, TipId};
use dengwen_text::link::Signature;
use tokio::sync::Mutex;

/// Entries looked at for one key: the newest.
const PER_KEY: u32 = 40;
const PLACES: usize = PER_KEY as usize;
/// Entries that are read on at once, and how often, before it is cheaper to begin anew.
const PAGE: u32 = 1_000;
const PAGES: usize = 4;
/// Bytes of a list beside its entries, and of an entry, with what the tables around them take.
const LIST: usize = 112;
const LINK: usize = size_of::<KnownLink>() + 64;

/// An entry of the index as it is compared.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownLink {
    /// Its number.
    pub seq: i64,
    /// The tip.
    pub tip: TipId,
    /// Its case.
    pub case: CaseId,
    /// `None` where another version made it: it cannot be compared until the tip is read again.
    pub signature: Option<Signature>,
}

impl KnownLink {
    fn of(entry: &LinkEntry) -> Arc<Self> {
        let signature = Signature::from_bytes(&entry.signature).ok();
        Arc::new(Self { seq: entry.seq, tip: entry.tip, case: entry.case, signature })
    }

    /// The newest entries under each of the keys, each once, in the order of their numbers, from the ledger.
    ///
    /// # Errors
    /// As the ledger's.
    pub async fn under(work: &mut dyn UnitOfWork, keys: &[i64]) -> Result<Vec<Arc<Self>>, LedgerError> {
        let newest_first = work.links_by_keys(keys, PER_KEY).await?;
        Ok(newest_first.iter().rev().map(Self::of).collect())
    }
}

/// The part of the index in memory.
#[derive(Debug)]
pub struct LinkCache {
    /// Most bytes.
    most: usize,
    held: Mutex<Held>,
}

impl LinkCache {
    /// Holds at most so many bytes; with 0 it asks the ledger for everything.
    pub fn new(most: usize) -> Self {
        Self { most, held: Mutex::default() }
    }

    /// As [`KnownLink::under`], in a unit of work that has the locks of these keys and has written nothing.
    ///
    /// # Errors
    /// As the ledger's; it begins anew then.
    pub async fn under(
        &self,
        work: &mut dyn UnitOfWork,
        keys: &[i64],
    ) -> Result<Vec<Arc<KnownLink>>, LedgerError> {
        if self.most == 0 {
            return KnownLink::under(work, keys).await;
        }
        let mut place = self.held.lock().await;
        // Whatever ends this early, an error or a shutdown, leaves an empty one behind and never half a step.
        let mut held = std::mem::take(&mut *place);
        if !held.brought_up(work, keys).await? {
            held = Held::default();
            if !held.brought_up(work, keys).await? {
                return KnownLink::under(work, keys).await;
            }
        }
        let found = held.found(keys);
        held.shrink(self.most);
        *place = held;
        Ok(found)
    }
}

#[derive(Debug, Default)]
struct Held {
    /// The last entry that is in all lists; `None` before anything was read.
    last: Option<Last>,
    lists: HashMap<i64, List>,
    /// The entries of the lists, so that those of several lists are there once.
    links: HashMap<TipId, Arc<KnownLink>>,
    /// Places in the lists.
    places: usize,
    /// Counts the questions.
    now: u64,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    seq: i64,
    /// Whose it is, once it was seen.
    tip: Option<TipId>,
}

/// The newest entries under a key, the newest first.
#[derive(Debug)]
struct List {
    links: Vec<Arc<KnownLink>>,
    /// The question that asked for it last.
    asked: u64,
}

impl Held {
    /// Holds these keys as the ledger has them now. `false` where it lost track, and has to begin anew.
    async fn brought_up(&mut self, work: &mut dyn UnitOfWork, keys: &[i64]) -> Result<bool, LedgerError> {
        if self.last.is_none() {
            self.last = Some(Last { seq: work.last_link().await?, tip: None });
        }
        let missing: Vec<i64> = keys.iter().copied().filter(|key| !self.lists.contains_key(key)).collect();
        count("memory", keys.len() - missing.len());
        count("ledger", missing.len());
        if !missing.is_empty() {
            let newest_first = work.links_by_keys(&missing, PER_KEY).await?;
            self.take_in(&missing, &newest_first);
        }
        self.read_on(work).await
    }

    /// Takes in what the ledger has under keys that were not held.
    fn take_in(&mut self, keys: &[i64], newest_first: &[LinkEntry]) {
        let asked = self.now;
        let mut lists: HashMap<i64, List> =
            keys.iter().map(|key| (*key, List { links: Vec::new(), asked })).collect();
        for entry in newest_first {
            let link = self.shared(entry);
            for key in &entry.keys {
                let Some(List { links, .. }) = lists.get_mut(key) else { continue };
                // It may be here for another key and too old for this one; and a key may stand in it twice.
                if links.len() < PLACES && links.last().is_none_or(|last| last.seq != entry.seq) {
                    links.push(Arc::clone(&link));
                    self.places += 1;
                }
            }
        }
        self.lists.extend(lists);
    }

    fn shared(&mut self, entry: &LinkEntry) -> Arc<KnownLink> {
        match self.links.get(&entry.tip).filter(|link| link.seq == entry.seq) {
            Some(known) => Arc::clone(known),
            None => {
                let link = KnownLink::of(entry);
                self.links.insert(entry.tip, Arc::clone(&link));
                link
            }
        }
    }

    /// Puts in what was committed since.
    async fn read_on(&mut self, work: &mut dyn UnitOfWork) -> Result<bool, LedgerError> {
        for _ in 0..PAGES {
            let Some(last) = self.last else { return Ok(false) };
            // With the last one itself, to see that it is still there. Where it moved, it stands further on.
            let page = work.links_after(last.seq - 1, PAGE).await?;
            let is_lost = match page.first() {
                None => last.seq > 0,
                Some(first) => first.seq == last.seq && last.tip.is_some_and(|tip| tip != first.tip),
            };
            if is_lost {
                return Ok(false);
            }
            for entry in page.iter().filter(|entry| entry.seq > last.seq) {
                self.put_in(entry);
            }
            if let Some(entry) = page.last() {
                self.last = Some(Last { seq: entry.seq, tip: Some(entry.tip) });
            }
            if page.len() < PAGE as usize {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Puts a new or moved entry into the lists that are held.
    fn put_in(&mut self, entry: &LinkEntry) {
        if !entry.keys.iter().any(|key| self.lists.contains_key(key)) {
            return;
        }
        let link = self.shared(entry);
        for key in &entry.keys {
            let Some(list) = self.lists.get_mut(key) else { continue };
            self.places -= list.links.len();
            list.links.retain(|other| other.tip != entry.tip);
            let place = list.links.partition_point(|other| other.seq > entry.seq);
            list.links.insert(place, Arc::clone(&link));
            list.links.truncate(PLACES);
            self.places += list.links.len();
        }
    }

    /// The entries under these keys, each once, in the order of their numbers.
    fn found(&mut self, keys: &[i64]) -> Vec<Arc<KnownLink>> {
        self.now += 1;
        let mut found = Vec::new();
        for key in keys {
            if let Some(list) = self.lists.get_mut(key) {
                list.asked = self.now;
                found.extend(list.links.iter().cloned());
            }
        }
        found.sort_unstable_by_key(|link| link.seq);
        found.dedup_by_key(|link| link.seq);
        found
    }

    fn bytes(&self) -> usize {
        self.lists.len() * LIST + self.places * size_of::<Arc<KnownLink>>() + self.links.len() * LINK
    }

    /// Lets go of the lists that nobody asked for longest, until a quarter is free.
    fn shrink(&mut self, most: usize) {
        if self.bytes() <= most {
            return;
        }
        // Whoever asked last still holds what was found, so the lists are counted and not the references.
        let mut times: HashMap<TipId, usize> = HashMap::new();
        for link in self.lists.values().flat_map(|list| &list.links) {
            *times.entry(link.tip).or_default() += 1;
        }
        // Entries that newer ones pushed out of all lists are still here.
        self.links.retain(|tip, _| times.contains_key(tip));
        let mut oldest: Vec<(u64, i64)> = self.lists.iter().map(|(key, list)| (list.asked, *key)).collect();
        oldest.sort_unstable();
        for (_, key) in oldest {
            if self.bytes() <= most / 4 * 3 {
                return;
            }
            let Some(list) = self.lists.remove(&key) else { continue };
            self.places -= list.links.len();
            for link in list.links {
                if let Some(left) = times.get_mut(&link.tip) {
                    *left -= 1;
                    if *left == 0 {
                        self.links.remove(&link.tip);
                    }
                }
            }
        }
    }
}

/// How much of what is asked for is held.
fn count(place: &'static str, keys: usize) {
    let keys = u64::try_from(keys).unwrap_or(u64::MAX);
    metrics::counter!("dengwen_link_keys_asked", "of" => place).increment(keys);
}

#[cfg(test)]
mod tests {
    use dengwen_ledger::Ledger;
    use dengwen_ledger_sqlite::SqliteLedger;
    use dengwen_model::{Entropy, ManualClock, SeededEntropy};

    use super::*;

    /// Keys of the test: few, so that lists are long and entries share several.
    const KEYS: i64 = 24;

    struct Bench {
        ledger: SqliteLedger,
        clock: ManualClock,
        entropy: SeededEntropy,
        tips: Vec<TipId>,
        _home: tempfile::TempDir,
    }

    async fn bench(seed: u64) -> Bench {
        let home = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&home.path().join("ledger.db").display().to_string());
        ledger.migrate().await.unwrap();
        let clock = ManualClock::at("2026-03-02T01:00:00Z".parse().unwrap());
        Bench { ledger, clock, entropy: SeededEntropy::new(seed), tips: Vec::new(), _home: home }
    }

    impl Bench {
        fn below(&self, bound: u64) -> u64 {
            let mut bytes = [0; 8];
            self.entropy.fill(&mut bytes);
            u64::from_le_bytes(bytes) % bound
        }

        fn keys(&self, most: u64) -> Vec<i64> {
            (0..self.below(most)).map(|_| self.below(KEYS as u64) as i64).collect()
        }

        fn entries(&self) -> Vec<LinkEntry> {
            let case = CaseId::new(&self.clock, &self.entropy);
            let entry = |_| LinkEntry {
                tip: TipId::new(&self.clock, &self.entropy),
                case,
                // One in eight is of another version.
                signature: match self.below(8) {
                    0 => vec![0; 5],
                    _ => Signature::default().to_bytes().to_vec(),
                },
                keys: self.keys(9),
                seq: 0,
            };
            (0..self.below(12)).map(entry).collect()
        }

        /// Another replica adds, moves, or gives up.
        async fn happens(&mut self) {
            let mut work = self.ledger.begin().await.unwrap();
            let entries = self.entries();
            work.insert_links(&entries).await.unwrap();
            for _ in 0..self.below(3) {
                if let Some(tip) = self.tips.get(self.below(1 + self.tips.len() as u64) as usize) {
                    work.move_link(*tip, CaseId::new(&self.clock, &self.entropy)).await.unwrap();
                }
            }
            if self.below(4) == 0 {
                return work.roll_back().await.unwrap();
            }
            work.commit().await.unwrap();
            self.tips.extend(entries.iter().map(|entry| entry.tip));
        }

        /// The ledger's answer to these keys, with which each cache has to agree.
        async fn agree(&self, caches: &[&LinkCache], keys: &[i64]) {
            let mut work = self.ledger.begin().await.unwrap();
            let wanted = KnownLink::under(work.as_mut(), keys).await.unwrap();
            for cache in caches {
                assert_eq!(cache.under(work.as_mut(), keys).await.unwrap(), wanted, "{keys:?}");
            }
            work.roll_back().await.unwrap();
        }
    }

    #[tokio::test]
    async fn it_answers_as_the_ledger_does_whatever_is_added_moved_given_up_or_let_go() {
        for seed in 0..4 {
            let mut bench = bench(seed).await;
            // One that holds all, one that lets go of most with each question, and one that asks for everything.
            let caches = [1 << 20, 4_000, 0].map(LinkCache::new);
            let rare = LinkCache::new(1 << 20);
            for round in 0..120 {
                bench.happens().await;
                let mut keys = bench.keys(KEYS as u64);
                keys.sort_unstable();
                keys.dedup();
                bench.agree(&[&caches[0], &caches[1], &caches[2]], &keys).await;
                if round % 40 == 0 {
                    bench.agree(&[&rare], &keys).await;
                }
            }
            assert!(caches[1].held.lock().await.bytes() <= 4_000);
            let held = caches[0].held.lock().await;
            assert_eq!(held.places, held.lists.values().map(|list| list.links.len()).sum::<usize>());
            assert!(held.lists.values().any(|list| list.links.len() == PLACES), "lists are cut somewhere");
        }
    }

    #[tokio::test]
    async fn it_begins_anew_where_it_is_far_behind_and_where_the_ledger_lost_its_end() {
        let mut bench = bench(9).await;
        let cache = LinkCache::new(1 << 20);
        let keys: Vec<i64> = (0..KEYS).collect();
        bench.happens().await;
        bench.agree(&[&cache], &keys).await;
        let case = CaseId::new(&bench.clock, &bench.entropy);
        let many: Vec<LinkEntry> = (0..PAGES as i64 * i64::from(PAGE) + 1)
            .map(|n| LinkEntry {
                tip: TipId::new(&bench.clock, &bench.entropy),
                case,
                signature: Signature::default().to_bytes().to_vec(),
                keys: vec![n % KEYS],
                seq: 0,
            })
            .collect();
        let mut work = bench.ledger.begin().await.unwrap();
        work.insert_links(&many).await.unwrap();
        work.commit().await.unwrap();
        bench.agree(&[&cache], &keys).await;

        // A ledger that knows less, as a copy that was behind.
        for entries in [3, 2] {
            let mut older = self::bench(10).await;
            let mut work = older.ledger.begin().await.unwrap();
            work.insert_links(&many[..entries]).await.unwrap();
            work.commit().await.unwrap();
            older.agree(&[&cache], &keys).await;
            older.happens().await;
            older.agree(&[&cache], &keys).await;
        }
    }
}
