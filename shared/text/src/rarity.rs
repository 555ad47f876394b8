//! How rare a pair of characters is, counted over the shipped examples (`data/pairs.txt`).

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::hashes::{AsIs, pair_number};

/// Share of the examples in which a pair is seen that is a common word.
const COMMON: f32 = 0.002;
/// Bits from which a pair was never seen in two examples.
pub(crate) const NEVER_BITS: u8 = 13;

/// Document counts of pairs.
#[derive(Debug)]
pub(crate) struct Rarity {
    seen: HashMap<u64, Seen, BuildHasherDefault<AsIs>>,
    /// Bits of a pair that was never seen.
    never: u8,
}

/// A pair that was seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    common: bool,
    bits: u8,
}

impl Rarity {
    /// The counts shipped with the crate: lines of `COUNT pairs…`, the first of them the number of texts.
    pub(crate) fn shipped() -> Self {
        let mut seen = HashMap::default();
        let mut total = 1.0;
        for (_, line) in crate::lexicon::lines(include_str!("../data/pairs.txt")) {
            let Some((count, pairs)) = line.split_once(' ') else { continue };
            if count == "texts" {
                total = pairs.trim().parse().unwrap_or(1.0);
                continue;
            }
            let texts = f32::from(count.parse::<u16>().unwrap_or(1));
            let found = Seen { common: texts >= COMMON * total, bits: bits(total, texts) };
            let mut chars = pairs.chars();
            while let (Some(a), Some(b)) = (chars.next(), chars.next()) {
                seen.insert(pair_number(a, b), found);
            }
        }
        Self { seen, never: bits(total, 0.35) }
    }

    /// Bits of surprise at meeting the pair in a text, 0 to 15.
    pub(crate) fn bits(&self, a: char, b: char) -> u8 {
        self.seen.get(&pair_number(a, b)).map_or(self.never, |seen| seen.bits)
    }

    /// Whether the pair is a common word or part of one.
    pub(crate) fn common(&self, a: char, b: char) -> bool {
        self.seen.get(&pair_number(a, b)).is_some_and(|seen| seen.common)
    }

    /// Whether the pair was ever seen in two of the examples.
    pub(crate) fn known(&self, a: char, b: char) -> bool {
        self.seen.contains_key(&pair_number(a, b))
    }

    /// The file's content for these texts.
    pub(crate) fn listing<'t>(texts: impl Iterator<Item = &'t [char]>) -> String {
        let mut counts: HashMap<[char; 2], u16> = HashMap::new();
        let mut total = 0;
        for text in texts {
            total += 1;
            let han = |c: char| c.is_alphanumeric();
            let mut pairs: Vec<[char; 2]> =
                text.windows(2).map(|w| [w[0], w[1]]).filter(|p| han(p[0]) && han(p[1])).collect();
            pairs.sort_unstable();
            pairs.dedup();
            for pair in pairs {
                *counts.entry(pair).or_insert(0) += 1;
            }
        }
        let mut by_count: std::collections::BTreeMap<u16, Vec<[char; 2]>> = std::collections::BTreeMap::new();
        for (pair, count) in counts.into_iter().filter(|(_, count)| *count >= 2) {
            by_count.entry(count).or_default().push(pair);
        }
        let mut out = format!(
            "# Pairs of characters by the number of example texts that hold them (made by examples/train.rs).\ntexts {total}\n"
        );
        for (count, mut pairs) in by_count {
            pairs.sort_unstable();
            out.push_str(&format!("{count} "));
            out.extend(pairs.into_iter().flatten());
            out.push('\n');
        }
        out
    }
}

fn bits(total: f32, texts: f32) -> u8 {
    (total / texts).log2().round().clamp(0.0, 15.0) as u8
}
