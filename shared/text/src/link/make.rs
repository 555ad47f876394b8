//! From what was read to the signature that is kept.

use super::signature::{LinkKey, RARE, SKETCH, Signature};

/// What a signature is made of.
#[derive(Debug, Default)]
pub(crate) struct Ingredients {
    /// The whole text without marks and spaces: equal for copies.
    pub(crate) exact: Vec<char>,
    /// The same without set phrases, for the sketch.
    pub(crate) bare: Vec<char>,
    /// Rare character pairs outside names, bodies, places and posts.
    pub(crate) rare: Vec<[char; 2]>,
    /// Full names: the main subject's first, empty where it has none.
    pub(crate) persons: Vec<String>,
    /// Surnames.
    pub(crate) surnames: Vec<String>,
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
    /// Amounts and telling numbers.
    pub(crate) amounts: Vec<u64>,
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
            sketch: sketch(&pairs, key),
            rare: rarest(&self.rare, key),
            ..Signature::default()
        };
        fill(&mut signature.persons, &self.persons, |name| {
            if name.is_empty() { 0 } else { word(key, "person", name) }
        });
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
        fill(&mut signature.amounts, &self.amounts, |amount| half(key, "amount", &amount.to_string()));
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

fn fill<S: Copy, T>(slots: &mut [S], values: &[T], hash: impl Fn(&T) -> S) {
    for (slot, value) in slots.iter_mut().zip(values) {
        *slot = hash(value);
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

/// The pairs with the smallest hashes (bottom-k sampling): a pair that two texts share is in both
/// samples or in neither, as far as their lengths allow.
fn rarest(rare: &[[char; 2]], key: &LinkKey) -> [u16; RARE] {
    let mut hashes: Vec<u64> =
        rare.iter().map(|pair| key.hash("pair", &pair.iter().collect::<String>())).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let mut slots = [0; RARE];
    for (slot, hash) in slots.iter_mut().zip(hashes) {
        *slot = (hash as u16).max(1);
    }
    slots
}
