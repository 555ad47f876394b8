//! What a tip tells, as a sample of its pairs of neighbouring characters outside names, bodies, places and posts.
//!
//! A pair is kept as 16 bits: how rare it is (2 bits) and its hash under the line's key (14 bits). Where a text has
//! more pairs than there is room for, a weighted sample without replacement is drawn (Efraimidis and Spirakis
//! 2006) with the hash for the chance: a rare pair is kept before a common one, and a pair that two texts share is
//! in both samples or in neither, as far as their lengths allow.

use super::signature::LinkKey;
use crate::rarity::NEVER_BITS;

/// Pairs kept: all of a message or a call as it was written down, a sample of a letter's.
pub(crate) const WORDS: usize = 50;

/// Bits of surprise from which a pair is of the next kind: in one text of 60, of 500, in no two.
const RARER: [u8; 3] = [6, 9, NEVER_BITS];
/// Bits of surprise that a pair of each kind has, about.
const SURPRISE: [f32; 4] = [4.0, 7.0, 10.0, 13.0];
const HASH: u16 = 0x3fff;

/// A pair as it is kept; never 0.
pub(super) fn word(pair: [char; 2], bits: u8, key: &LinkKey) -> u16 {
    let kind = RARER.iter().filter(|bound| bits >= **bound).count() as u16;
    kind << 14 | hash(pair, key)
}

/// The part of a word that does not tell how rare it is.
pub(super) fn hash(pair: [char; 2], key: &LinkKey) -> u16 {
    (key.hash("pair", &String::from_iter(pair)) as u16 & HASH).max(1)
}

/// The hash of a kept word.
pub(super) fn hash_of(word: u16) -> u16 {
    word & HASH
}

/// Whether a pair with this [`hash`] is among the words. Looks at all of them, which is faster than stopping.
pub(super) fn any_hash(words: &[u16; WORDS], hash: u16) -> bool {
    words.iter().fold(false, |found, word| found | (hash_of(*word) == hash))
}

fn kind(word: u16) -> usize {
    usize::from(word >> 14)
}

/// Whether many texts have the pair, so that it is no key.
pub(super) fn common(word: u16) -> bool {
    kind(word) == 0
}

/// The place of a word in every sample: the smallest are kept.
fn order(word: u16) -> f32 {
    let chance = (f32::from(hash_of(word)) + 1.0) / f32::from(HASH + 2);
    -chance.ln() / SURPRISE[kind(word)].powi(2)
}

/// The sample of these pairs, in its order, ended by 0 where there is room left.
pub(super) fn sample(pairs: &[([char; 2], u8)], key: &LinkKey) -> [u16; WORDS] {
    let mut drawn: Vec<(f32, u16)> =
        pairs.iter().map(|&(pair, bits)| word(pair, bits, key)).map(|word| (order(word), word)).collect();
    drawn.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    drawn.dedup();
    let mut slots = [0; WORDS];
    for (slot, (_, word)) in slots.iter_mut().zip(drawn) {
        *slot = word;
    }
    slots
}

/// Number of words in a sample.
pub(super) fn held(words: &[u16; WORDS]) -> usize {
    words.partition_point(|word| *word != 0)
}

/// What two samples share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shared {
    /// Words shared that stand in many texts.
    pub(super) known: usize,
    /// Those of them that stand in one text of 60 or fewer: 茶叶, and not 自己.
    pub(super) seldom: usize,
    /// Words shared that stand in hardly any, one that was never seen counting twice.
    pub(super) rare: usize,
    /// Share of the smaller text's words that the larger holds, 0 to 1, among those that both samples had room for.
    pub(super) contained: f32,
    /// Words of the smaller sample.
    pub(super) fewer: usize,
    /// Whether the first and the second sample have words that the other lacks though it had room.
    pub(super) lacking: [bool; 2],
}

/// The words of one tip, laid out so that another's are looked up one by one.
#[derive(Debug)]
pub(crate) struct WordSet {
    bits: Box<[u64; 1024]>,
    words: [u16; WORDS],
    held: usize,
}

impl WordSet {
    pub(super) fn of(words: &[u16; WORDS]) -> Self {
        let mut set = Self { bits: Box::new([0; 1024]), words: *words, held: held(words) };
        for &word in &words[..set.held] {
            set.bits[usize::from(word) / 64] |= 1 << (word % 64);
        }
        set
    }

    /// How many words there are.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Whether a pair with this [`hash`] is among the words, however rare it is.
    pub(super) fn holds_hash(&self, hash: u16) -> bool {
        (0..4).any(|kind| self.holds(kind << 14 | hash))
    }

    pub(super) fn holds(&self, word: u16) -> bool {
        self.bits[usize::from(word) / 64] >> (word % 64) & 1 == 1
    }

    pub(super) fn shared(&self, other: &[u16; WORDS]) -> Shared {
        let held = held(other);
        let mut kinds = [0; 4];
        for word in other[..held].iter().filter(|word| self.holds(**word)) {
            kinds[kind(*word)] += 1;
        }
        let number: usize = kinds.iter().sum();
        // A full sample says nothing of words that come after its last.
        let (mine, theirs) = (up_to(&self.words[..self.held], other), up_to(&other[..held], &self.words));
        let fewer = mine.min(theirs);
        let contained = if fewer == 0 { 0.0 } else { (number as f32 / fewer as f32).min(1.0) };
        let (known, rare) = (kinds[0] + kinds[1], kinds[2] + 2 * kinds[3]);
        let lacking = [number < mine, number < theirs];
        Shared { known, seldom: kinds[1], rare, contained, fewer: self.held.min(held), lacking }
    }
}

/// How many of `words` another sample had room for.
fn up_to(words: &[u16], other: &[u16; WORDS]) -> usize {
    match other[WORDS - 1] {
        0 => words.len(),
        last => {
            let bound = order(last);
            words.partition_point(|word| order(*word) <= bound)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: char, bits: u8, range: std::ops::Range<u32>) -> Vec<([char; 2], u8)> {
        range.map(|n| ([char::from_u32(0x4e00 + n).unwrap(), of], bits)).collect()
    }

    #[test]
    fn rare_words_are_kept_before_common_ones_and_the_same_in_every_text() {
        let key = LinkKey::new([5; 32]);
        let rare = pairs('佟', 14, 0..30);
        let long: Vec<_> = pairs('的', 4, 0..400).into_iter().chain(rare.clone()).collect();
        let shared = WordSet::of(&sample(&rare, &key)).shared(&sample(&long, &key));
        // By chance a seventh of them would be kept among 430.
        assert!(shared.rare >= 15 * 2, "{shared:?}");
    }

    #[test]
    fn a_text_cut_short_is_contained_in_the_whole_and_a_stranger_is_not() {
        let key = LinkKey::new([5; 32]);
        let long = pairs('佟', 10, 0..300);
        let whole = WordSet::of(&sample(&long, &key));
        let cut = whole.shared(&sample(&long[..120], &key));
        assert!(cut.contained > 0.9, "{cut:?}");
        let stranger = whole.shared(&sample(&pairs('章', 10, 0..300), &key));
        assert!(stranger.contained < 0.1, "{stranger:?}");
        assert_eq!(whole.shared(&[0; WORDS]).contained, 0.0);
    }
}
