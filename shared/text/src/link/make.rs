//! From what was read to the signature that is kept.

use super::signature::{LinkKey, Signature, WIDE};
use super::sound::sound;
use super::words;

/// Borne by more than half of all people: sharing one says little (Ministry of Public Security, 2021).
const COMMON_SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩邓冯曹";

/// What a signature is made of.
#[derive(Debug, Default)]
pub(crate) struct Ingredients {
    /// The whole text without marks and spaces: equal for copies.
    pub(crate) exact: Vec<char>,
    /// Pairs of neighbouring characters outside set phrases, names, bodies, places and posts, with their bits of
    /// surprise.
    pub(crate) words: Vec<([char; 2], u8)>,
    /// A pair of each full name, in the order of `persons`, with its bits; none for a common word.
    pub(crate) given: Vec<Option<([char; 2], u8)>>,
    /// Full names: the main subject's first, empty where it has none.
    pub(crate) persons: Vec<String>,
    /// Surnames, in the same order.
    pub(crate) surnames: Vec<String>,
    /// Whether the first person is surely the main subject.
    pub(crate) sure: bool,
    /// The main subject heads a body.
    pub(crate) heads: bool,
    /// It says that it speaks of another matter than one that is known.
    pub(crate) another: bool,
    /// County, town, village.
    pub(crate) places: [Option<String>; 3],
    /// The first place is a city, and which of its counties is meant is not told.
    pub(crate) wide: bool,
    /// Bodies, by core, and whether a listed department.
    pub(crate) orgs: Vec<(String, bool)>,
    /// Kinds of post.
    pub(crate) roles: Vec<String>,
    /// Days as `2026-07-03`.
    pub(crate) days: Vec<String>,
    /// Months as `2026-07`.
    pub(crate) months: Vec<String>,
    /// Years.
    pub(crate) years: Vec<i16>,
    /// Amounts of money.
    pub(crate) amounts: Vec<u64>,
    /// Other telling numbers.
    pub(crate) counts: Vec<u64>,
    /// Likeliest leaves (1-based) and their probability.
    pub(crate) leaves: Vec<(u8, f64)>,
    /// Days since 2000-01-01.
    pub(crate) received: u16,
}

impl Ingredients {
    /// The signature under the line's key.
    pub(crate) fn signature(&self, key: &LinkKey) -> Signature {
        let mut signature = Signature {
            exact: self.exact(key),
            received: self.received,
            sure: self.sure,
            heads: self.heads,
            another: self.another,
            words: words::sample(&self.words, key),
            ..Signature::default()
        };
        fill(&mut signature.persons, &self.persons, |name| name_word(key, name));
        for (slot, given) in signature.given.iter_mut().zip(&self.given) {
            *slot = given.map_or(0, |(pair, bits)| words::word(pair, bits, key));
        }
        fill(&mut signature.surnames, &self.surnames, |name| {
            let rare = u16::from(!COMMON_SURNAMES.contains(name.as_str()));
            if name.is_empty() { 0 } else { half(key, "surname", name) & !1 | 2 | rare }
        });
        for (slot, place) in signature.places.iter_mut().zip(&self.places) {
            *slot = place.as_ref().map_or(0, |place| place_word(key, place));
        }
        if self.wide && signature.places[0] != 0 {
            signature.places[0] |= WIDE;
        }
        fill(&mut signature.orgs, &self.orgs, |(org, listed)| {
            word(key, "org", org) & !1 | 2 | u32::from(*listed)
        });
        fill(&mut signature.roles, &self.roles, |role| half(key, "role", role));
        fill(&mut signature.days, &self.days, |day| half(key, "day", day));
        fill(&mut signature.months, &self.months, |month| half(key, "month", month));
        fill(&mut signature.years, &self.years, |year| half(key, "year", &year.to_string()));
        fill(&mut signature.amounts, &self.amounts, |amount| {
            half(key, "amount", &amount.to_string()) & !1 | 2 | u16::from(!round(*amount))
        });
        fill(&mut signature.counts, &self.counts, |count| half(key, "count", &count.to_string()));
        for (slot, (leaf, share)) in signature.leaves.iter_mut().zip(&self.leaves) {
            *slot = (*leaf, (share * 255.0).round().clamp(0.0, 255.0) as u8);
        }
        signature
    }

    fn exact(&self, key: &LinkKey) -> u64 {
        if self.exact.is_empty() {
            return 0;
        }
        let exact: String = self.exact.iter().collect();
        key.hash("text", &exact).max(1)
    }
}

/// Fills the slots, each value once, so that what two tips share counts the same from both sides.
fn fill<S: Copy + PartialEq + Default, T>(slots: &mut [S], values: &[T], hash: impl Fn(&T) -> S) {
    let mut filled = 0;
    for value in values.iter().map(hash) {
        let repeated = value != S::default() && slots[..filled].contains(&value);
        if filled < slots.len() && !repeated {
            slots[filled] = value;
            filled += 1;
        }
    }
}

fn word(key: &LinkKey, kind: &str, text: &str) -> u32 {
    ((key.hash(kind, text) >> 32) as u32).max(1)
}

fn half(key: &LinkKey, kind: &str, text: &str) -> u16 {
    ((key.hash(kind, text) >> 48) as u16).max(1)
}

/// A place: the hash of its name, and of the name's first two characters as the words have them, since a
/// reporter may name it without saying that it is a place (石碾街口, 东墩尾的).
fn place_word(key: &LinkKey, name: &str) -> u32 {
    let mut chars = name.chars();
    let first = [chars.next().unwrap_or(' '), chars.next().unwrap_or(' ')];
    word(key, "place", name) & 0xffff_0000 | u32::from(words::hash(first, key))
}

/// Whether an amount has one digit that is not zero: 五万 and 20000 are said everywhere.
fn round(amount: u64) -> bool {
    let mut left = amount.max(1);
    while left.is_multiple_of(10) {
        left /= 10;
    }
    left < 10
}

/// A full name as surname (12 bits) and the sounds of two given characters (10 bits each), so that 冯健 is 冯建
/// to whoever only heard it, and a name with one wrong character is seen to be near. Names of other lengths are
/// hashed as one.
fn name_word(key: &LinkKey, name: &str) -> u32 {
    let chars: Vec<char> = name.chars().collect();
    let bits = |at: usize, bits: u32| {
        let hash = |c: &char| match sound(*c) {
            Some(sound) if at > 0 => key.hash("sound", sound),
            _ => key.hash("name", &c.to_string()),
        };
        let hash = chars.get(at).map_or(0, hash);
        ((hash >> (64 - bits)) as u32).max(u32::from(at < chars.len()))
    };
    match chars.len() {
        0 => 0,
        2 | 3 => bits(0, 12) << 20 | bits(1, 10) << 10 | bits(2, 10),
        _ => word(key, "person", name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_name_is_known_by_its_sound_and_a_surname_by_its_character() {
        let key = LinkKey::new([5; 32]);
        assert_eq!(name_word(&key, "冯建"), name_word(&key, "冯健"));
        assert_ne!(name_word(&key, "徐建"), name_word(&key, "许建"));
        assert_ne!(name_word(&key, "冯建"), name_word(&key, "冯刚"));
    }

    #[test]
    fn round_amounts_are_told_from_others() {
        assert!([1, 50_000, 800].into_iter().all(round));
        assert!([38, 45_000, 3_700_000].into_iter().all(|amount| !round(amount)));
    }
}
