//! From what was read to the signature that is kept.

use super::signature::{LinkKey, RARE, SKETCH, Signature};

/// What a signature is made of.
#[derive(Debug, Default)]
pub(crate) struct Ingredients {
    /// The whole text without marks and spaces: equal for copies.
    pub(crate) exact: Vec<char>,
    /// The same without set phrases, for the sketch.
    pub(crate) bare: Vec<char>,
    /// Rare character pairs outside names, bodies and posts, with their bits of surprise.
    pub(crate) rare: Vec<([char; 2], u8)>,
    /// Full names: the main subject's first, empty where it has none.
    pub(crate) persons: Vec<String>,
    /// Surnames, in the same order.
    pub(crate) surnames: Vec<String>,
    /// Whether the first person is surely the main subject.
    pub(crate) sure: bool,
    /// County, town, village.
    pub(crate) places: [Option<String>; 3],
    /// Bodies, by core, and whether a listed department.
    pub(crate) orgs: Vec<(String, bool)>,
    /// Kinds of post.
    pub(crate) roles: Vec<String>,
    /// Days as `2026-07-03`.
    pub(crate) days: Vec<String>,
    /// Months as `2026-07`.
    pub(crate) months: Vec<String>,
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
        let pairs = pairs(&self.bare);
        let mut signature = Signature {
            exact: self.exact(key),
            pairs: pairs.len().min(usize::from(u16::MAX)) as u16,
            received: self.received,
            sure: self.sure,
            sketch: sketch(&pairs, key),
            rare: rarest(&self.rare, key),
            ..Signature::default()
        };
        fill(&mut signature.persons, &self.persons, |name| name_word(key, name));
        fill(&mut signature.surnames, &self.surnames, |name| {
            if name.is_empty() { 0 } else { half(key, "surname", name) }
        });
        for (slot, place) in signature.places.iter_mut().zip(&self.places) {
            *slot = place.as_ref().map_or(0, |place| word(key, "place", place));
        }
        fill(&mut signature.orgs, &self.orgs, |(org, listed)| {
            word(key, "org", org) & !1 | 2 | u32::from(*listed)
        });
        fill(&mut signature.roles, &self.roles, |role| half(key, "role", role));
        fill(&mut signature.days, &self.days, |day| half(key, "day", day));
        fill(&mut signature.months, &self.months, |month| half(key, "month", month));
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

/// Distinct pairs of neighbouring characters.
fn pairs(bare: &[char]) -> Vec<u64> {
    let mut pairs: Vec<u64> =
        bare.windows(2).map(|w| u64::from(w[0] as u32) << 21 | u64::from(w[1] as u32)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// MinHash over the pairs; the low byte of each minimum (b-bit minwise hashing, Li and König 2010).
fn sketch(pairs: &[u64], key: &LinkKey) -> [u8; SKETCH] {
    let (multiplier, offset) = key.seeds();
    let mut minima = [u64::MAX; SKETCH];
    for &pair in pairs {
        let mut z = (pair ^ offset).wrapping_mul(multiplier);
        z ^= z >> 29;
        z = z.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let (mut h, step) = (z ^ (z >> 32), (z >> 11) | 1);
        for minimum in &mut minima {
            // Double hashing stands in for independent functions (Kirsch and Mitzenmacher 2008).
            h = h.wrapping_add(step).rotate_left(7).wrapping_mul(0x94D0_49BB_1331_11EB);
            *minimum = (*minimum).min(h);
        }
    }
    minima.map(|minimum| (minimum >> 24) as u8)
}

/// A weighted sample without replacement that two texts draw alike (Efraimidis and Spirakis 2006, with a
/// hash for the chance): a rare pair is kept before a common one, and a pair that two texts share is in both
/// samples or in neither, as far as their lengths allow.
fn rarest(rare: &[([char; 2], u8)], key: &LinkKey) -> [u16; RARE] {
    let mut drawn: Vec<(f64, u64)> = rare.iter().map(|&(pair, bits)| drawn(pair, bits, key)).collect();
    drawn.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    drawn.dedup_by_key(|(_, hash)| *hash);
    let mut slots = [0; RARE];
    fill(&mut slots, &drawn, |(_, hash)| (*hash as u16).max(1));
    slots
}

/// The place of a pair in every sample, and its hash.
fn drawn(pair: [char; 2], bits: u8, key: &LinkKey) -> (f64, u64) {
    let hash = key.hash("pair", &pair.iter().collect::<String>());
    let chance = ((hash >> 11) as f64 + 1.0) / (1u64 << 53) as f64;
    (-chance.ln() / f64::from(bits.max(1)).powi(3), hash)
}

/// Whether an amount has one digit that is not zero: 五万 and 20000 are said everywhere.
fn round(amount: u64) -> bool {
    let mut left = amount.max(1);
    while left.is_multiple_of(10) {
        left /= 10;
    }
    left < 10
}

/// A full name as surname (12 bits) and two given characters (10 bits each), so that a name with one wrong
/// character is seen to be near. Names of other lengths are hashed as one.
fn name_word(key: &LinkKey, name: &str) -> u32 {
    let chars: Vec<char> = name.chars().collect();
    let bits = |at: usize, bits: u32| {
        let hash = chars.get(at).map_or(0, |c| key.hash("name", &c.to_string()));
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
    fn rare_pairs_are_kept_before_common_ones_and_the_same_in_every_text() {
        let key = LinkKey::new([5; 32]);
        let pairs = |of: char, bits: u8| move |n: u32| ([char::from_u32(0x4e00 + n).unwrap(), of], bits);
        let rare: Vec<([char; 2], u8)> = (0..20).map(pairs('佟', 13)).collect();
        let long: Vec<([char; 2], u8)> = (0..100).map(pairs('的', 8)).chain(rare.clone()).collect();
        let (short, sample) = (rarest(&rare, &key), rarest(&long, &key));
        let kept = short[..20].iter().filter(|hash| sample.contains(hash)).count();
        // By chance a third of them would be.
        assert!(kept >= 12, "{kept} of 20 rare pairs kept among 120");
    }

    #[test]
    fn round_amounts_are_told_from_others() {
        assert!([1, 50_000, 800].into_iter().all(round));
        assert!([38, 45_000, 3_700_000].into_iter().all(|amount| !round(amount)));
    }
}
