//! The index in memory: what is like this tip, and which matter it belongs to.

use std::collections::HashMap;
use std::hash::Hash;

use super::compare::Comparison;
use super::decide::{Decision, Match, decide};
use super::postings::Postings;
use super::signature::{Signature, WIDE};
use super::words::{self, WordSet};

/// Words that are keys, the first of the sample.
const WORD_KEYS: usize = 5;
/// Most tips looked at for one key: the newest. A hot key (a county head) must not cost more.
const CAP: usize = 16;
/// The same for a key of two fields, which many matters share.
const FIELDS_CAP: usize = 8;
/// Bits below which a tip is not worth an officer's look.
const WORTH: f32 = -2.5;
/// Members of one matter that are compared for the average.
pub(crate) const MEMBERS: usize = 8;

/// An in-memory index of tips, `K` being what the caller calls a tip (an id).
///
/// Everything in it follows from the stored [`Signature`]s and the matter of each tip, so it can be
/// rebuilt from the ledger at any time. About 340 bytes a tip with `K` of 16 (see `bytes`).
#[derive(Debug)]
pub struct Index<K> {
    tips: Vec<Chunk<K>>,
    len: usize,
    postings: Postings,
}

/// Tips for which there is room at a time: few, so that a half-filled chunk weighs little among ten thousand.
const CHUNK: usize = 64;

#[derive(Debug)]
struct Chunk<K> {
    entries: Vec<Entry<K>>,
}

#[derive(Debug)]
struct Entry<K> {
    signature: Signature,
    key: K,
    /// First tip of its matter.
    matter: u32,
    /// Next tip of the matter; the last points to the first.
    next: u32,
}

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self { tips: Vec::new(), len: 0, postings: Postings::default() }
    }
}

impl<K: Clone + Eq + Hash> Index<K> {
    /// An empty index.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of tips in it.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes held, without what `K` owns elsewhere.
    pub fn bytes(&self) -> usize {
        self.postings.bytes()
            + self.tips.iter().map(|c| c.entries.capacity() * size_of::<Entry<K>>()).sum::<usize>()
    }

    /// What is known that this tip may belong to. Reads only.
    pub fn decide(&self, signature: &Signature) -> Decision<K> {
        let words = WordSet::of(&signature.words);
        let mut matters: HashMap<u32, Vec<(u32, Comparison)>> = HashMap::new();
        for tip in self.candidates(signature) {
            let Some(entry) = self.entry(tip) else { continue };
            let comparison = Comparison::with(signature, &words, &entry.signature);
            if comparison.same_text() || comparison.same_act() || comparison.total() > WORTH {
                matters.entry(entry.matter).or_default().push((tip, comparison));
            }
        }
        let mut found: Vec<(u32, Vec<(u32, Comparison)>)> = matters.into_iter().collect();
        found.sort_by_key(|(matter, _)| *matter);
        let matches =
            found.into_iter().map(|(matter, seen)| self.matched(signature, &words, matter, seen)).collect();
        decide(matches, |one, other| self.apart(one, other))
    }

    /// Whether two tips are likelier of two matters than of one.
    fn apart(&self, one: u32, other: u32) -> bool {
        let compared = self.entry(one).zip(self.entry(other));
        compared.is_some_and(|(a, b)| Comparison::of(&a.signature, &b.signature).total() < 0.0)
    }

    /// Compares with further members of the matter, so that one chance likeness does not chain.
    fn matched(
        &self,
        signature: &Signature,
        words: &WordSet,
        matter: u32,
        mut seen: Vec<(u32, Comparison)>,
    ) -> Match<K> {
        let mut member = matter;
        while seen.len() < MEMBERS {
            let Some(entry) = self.entry(member) else { break };
            if !seen.iter().any(|(tip, _)| *tip == member) {
                seen.push((member, Comparison::with(signature, words, &entry.signature)));
            }
            member = entry.next;
            if member == matter {
                break;
            }
        }
        let members =
            seen.into_iter().filter_map(|(tip, c)| self.entry(tip).map(|e| (tip, e.key.clone(), c)));
        Match::new(members.collect())
    }

    /// Tips that share a key with this one, each once, newest first within a key.
    fn candidates(&self, signature: &Signature) -> Vec<u32> {
        let mut found = Vec::with_capacity(64);
        for (keys, most) in [(telling_keys(signature), CAP), (field_keys(signature), FIELDS_CAP)] {
            for key in keys {
                self.postings.newest(key, most, |tip| found.push(tip));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn entry(&self, tip: u32) -> Option<&Entry<K>> {
        self.tips.get(tip as usize / CHUNK)?.entries.get(tip as usize % CHUNK)
    }

    fn entry_mut(&mut self, tip: u32) -> Option<&mut Entry<K>> {
        self.tips.get_mut(tip as usize / CHUNK)?.entries.get_mut(tip as usize % CHUNK)
    }

    /// Adds a tip as the first of a new matter. The number returned is its place in this index.
    pub fn insert_new(&mut self, key: K, signature: Signature) -> u32 {
        let tip = self.len as u32;
        self.push(Entry { signature, key, matter: tip, next: tip });
        tip
    }

    /// Adds a tip to the matter of the tip at place `member` (as [`Match::place`] gives it).
    pub fn insert_joined(&mut self, key: K, signature: Signature, member: u32) -> u32 {
        let tip = self.len as u32;
        let Some((matter, next)) = self.entry(member).map(|e| (e.matter, e.next)) else {
            return self.insert_new(key, signature);
        };
        self.push(Entry { signature, key, matter, next });
        if let Some(entry) = self.entry_mut(member) {
            entry.next = tip;
        }
        tip
    }

    fn push(&mut self, entry: Entry<K>) {
        let tip = self.len as u32;
        for key in keys(&entry.signature) {
            self.postings.insert(key, tip);
        }
        if self.tips.last().is_none_or(|chunk| chunk.entries.len() == CHUNK) {
            self.tips.push(Chunk { entries: Vec::with_capacity(CHUNK) });
        }
        if let Some(chunk) = self.tips.last_mut() {
            chunk.entries.push(entry);
            self.len += 1;
        }
    }
}

/// The keys under which a tip can be found again: some 18, each 32 bits.
///
/// The ledger may store them beside the signature (as a multi-valued index) so that a process
/// without the index in memory finds the same candidates.
pub fn keys(signature: &Signature) -> Vec<u32> {
    let mut keys = telling_keys(signature);
    keys.extend(field_keys(signature));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Keys of the whole text, of telling words and of a name.
fn telling_keys(signature: &Signature) -> Vec<u32> {
    let mut keys = Vec::with_capacity(24);
    // The same text is found however many others share its words.
    if signature.exact != 0 {
        keys.push(mix(1, signature.exact));
    }
    let told = signature.words.iter().filter(|word| **word != 0 && !words::common(**word));
    keys.extend(told.take(WORD_KEYS).map(|word| mix(2, u64::from(*word))));
    keys.extend(signature.given.iter().filter(|g| **g != 0).take(1).map(|g| mix(2, u64::from(*g))));
    keys.extend(signature.persons.iter().filter(|p| **p != 0).take(1).map(|p| mix(3, u64::from(*p))));
    keys
}

/// Two fields of who, where and what together: each alone is shared by too many.
fn field_keys(signature: &Signature) -> Vec<u32> {
    let mut keys = Vec::with_capacity(12);
    let county = signature.places[0];
    let fine = signature.places.iter().rev().copied().find(|p| *p != 0).unwrap_or(0);
    let (org, role) = (signature.orgs[0], u32::from(signature.roles[0]));
    let (surname, leaf) = (u32::from(signature.surnames[0]), u32::from(signature.leaves[0].0));
    let pairs = [
        (fine, org),
        (org, surname),
        (fine, surname),
        (county, surname),
        (org, leaf),
        (fine, leaf),
        (county, leaf),
        (surname, leaf),
        (surname, role),
        (role, leaf),
    ];
    for (kind, (a, b)) in (4..).zip(pairs) {
        // The finest place may be the county: then the two are one key. A city and a kind of wrong are shared by too many.
        let twice = fine == county && matches!(kind, 7 | 10);
        let broad = fine & WIDE != 0 && fine == county && kind == 9;
        if a != 0 && b != 0 && !twice && !broad {
            keys.push(mix(kind, u64::from(a) << 32 | u64::from(b)));
        }
    }
    keys
}

fn mix(kind: u64, value: u64) -> u32 {
    let mut z = value ^ kind.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A signature with every field filled, different for each number.
    fn full(number: u32) -> Signature {
        let mut state = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut signature = Signature { exact: next(), ..Signature::default() };
        signature.words.fill_with(|| next() as u16 | 1 << 15);
        signature.persons[0] = next() as u32 | 1;
        signature.surnames[0] = next() as u16 | 1;
        signature.places = [next() as u32 | 1, next() as u32 | 1, 0];
        signature.orgs[0] = next() as u32 | 1;
        signature.roles[0] = 7;
        signature.leaves[0] = (3, 250);
        signature
    }

    #[test]
    fn at_most_350_bytes_a_tip_with_ids_of_16_bytes() {
        let mut index: Index<[u8; 16]> = Index::new();
        // A multiple of the chunk, so that no half-filled chunk counts.
        let tips = 1024 * CHUNK as u32;
        for tip in 0..tips {
            index.insert_new(u128::from(tip).to_be_bytes(), full(tip));
        }
        assert!(keys(&full(1)).len() >= 14);
        let each = index.bytes() as f64 / f64::from(tips);
        assert!(each <= 350.0, "{each:.1} bytes a tip");
    }

    #[test]
    fn the_same_text_is_found_however_many_share_its_words() {
        let mut index: Index<u32> = Index::new();
        let alike = |number: u32| Signature { exact: u64::from(number) + 1, ..full(1) };
        for tip in 0..2_000 {
            index.insert_new(tip, alike(tip));
        }
        assert_eq!(index.decide(&alike(3)).joined.unwrap().key, 3);
    }

    #[test]
    fn the_same_tip_is_found_among_many_and_its_matter_holds_together() {
        let mut index: Index<u32> = Index::new();
        for tip in 0..5_000 {
            index.insert_new(tip, full(tip));
        }
        let found = index.decide(&full(1234)).joined.unwrap();
        assert_eq!(found.key, 1234);
        index.insert_joined(9_999, full(1234), found.place);
        let again = index.decide(&full(1234)).joined.unwrap();
        assert_eq!(again.key, 1234, "the first member, whatever came after");
        assert_eq!(index.len(), 5_001);
    }
}
