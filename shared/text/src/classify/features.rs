//! From a text to numbered features: characters, concepts, pairs of concepts, patterns.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Range;

use crate::Normal;
use crate::classify::border;
use crate::classify::disclaim::disclaimers;
use crate::classify::employer::employers;
use crate::classify::foreign::foreign;
use crate::hashes::{AsIs, mix};
use crate::lexicon::{Hit, Lexicon, PatternHit};
use crate::passages::sentences;
use crate::sign::Signs;

/// Sentences of one tip that are read for concepts; a flood of full stops must not cost more.
const MOST_SENTENCES: usize = 400;
/// Concepts of one sentence that are paired.
const MOST_PAIRED: usize = 24;

/// What kind of feature, which decides how much it weighs before training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One or two characters.
    Gram,
    /// A concept in a sentence.
    Concept,
    /// Two concepts in a sentence.
    Pair,
    /// A pattern.
    Pattern,
    /// Any pattern of a leaf.
    Leaf,
    /// A sign that settles a border between leaves.
    Sign,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] =
        [Self::Gram, Self::Concept, Self::Pair, Self::Pattern, Self::Leaf, Self::Sign];

    /// Weight before training, chosen by cross-validation over the examples.
    pub(crate) fn scale(self) -> f32 {
        match self {
            Self::Gram => 1.0,
            Self::Concept => 1.5,
            Self::Pair => 0.6,
            Self::Pattern => 0.5,
            Self::Leaf => 1.0,
            Self::Sign => 1.5,
        }
    }

    /// Which part of a text's description it belongs to.
    pub(crate) fn part(self) -> Part {
        if self == Self::Gram { Part::Words } else { Part::Lexicon }
    }

    /// The kind that a feature number was made with.
    pub(crate) fn of(feature: u64) -> Self {
        Self::ALL[(feature >> 61) as usize % Self::ALL.len()]
    }

    fn feature(self, hash: u64) -> u64 {
        (self as u64) << 61 | hash >> 3
    }
}

/// The two descriptions of a text, each brought to its own length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The words as they stand.
    Words,
    /// What the lexicon makes of them.
    Lexicon,
}

impl Part {
    pub(crate) const ALL: [Self; 2] = [Self::Words, Self::Lexicon];

    /// How much it counts.
    pub(crate) fn length(self) -> f32 {
        match self {
            Self::Words => 1.0,
            Self::Lexicon => 0.1,
        }
    }
}

/// How often each feature occurs.
pub(crate) type Counts = HashMap<u64, f32, BuildHasherDefault<AsIs>>;

/// A feature at a place of the normalised text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Occurrence {
    pub(crate) feature: u64,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// What the text is made of.
#[derive(Debug, Default)]
pub(crate) struct Features {
    pub(crate) occurrences: Vec<Occurrence>,
    pub(crate) patterns: Vec<PatternHit>,
    pub(crate) disclaimers: Vec<Range<usize>>,
}

impl Features {
    /// Reads the features of a text.
    pub(crate) fn of(text: &Normal, hits: &[Hit], signs: &Signs, lexicon: &Lexicon) -> Self {
        let mut found = Self { disclaimers: disclaimers(&text.chars, signs), ..Self::default() };
        let mut masked = mask(text.len(), &found.disclaimers);
        let said_of_nothing = foreign(&text.chars).into_iter().chain(employers(&text.chars, signs));
        said_of_nothing.for_each(|range| masked[range].fill(true));
        found.grams(&text.chars, &masked);
        for sign in border::signs(signs) {
            found.push(Kind::Sign.feature(mix(4, sign)), 0, 0);
        }
        let mut at = 0;
        for sentence in sentences(&text.chars).into_iter().take(MOST_SENTENCES) {
            while hits.get(at).is_some_and(|hit| (hit.start as usize) < sentence.start) {
                at += 1;
            }
            let first = at;
            while hits.get(at).is_some_and(|hit| (hit.start as usize) < sentence.end) {
                at += 1;
            }
            let within: Vec<Hit> =
                hits[first..at].iter().copied().filter(|hit| !masked[hit.start as usize]).collect();
            found.sentence(&within, lexicon);
        }
        found
    }

    fn grams(&mut self, chars: &[char], masked: &[bool]) {
        let folded: Vec<char> = chars.iter().map(|&c| if c.is_ascii_digit() { '0' } else { c }).collect();
        for start in 0..folded.len() {
            for length in 1..=2 {
                let end = start + length;
                if end > folded.len() || masked[start] || masked[end - 1] {
                    break;
                }
                let mut hash = 0xcbf2_9ce4_8422_2325_u64;
                for &c in &folded[start..end] {
                    hash = mix(hash, u64::from(c as u32));
                }
                self.push(Kind::Gram.feature(hash), start as u32, end as u32);
            }
        }
    }

    fn sentence(&mut self, hits: &[Hit], lexicon: &Lexicon) {
        let mut concepts: Vec<Hit> = Vec::new();
        for hit in hits.iter().filter(|hit| lexicon.is_concept(hit.group)) {
            if !concepts.iter().any(|seen| seen.group == hit.group) {
                concepts.push(*hit);
            }
        }
        for hit in &concepts {
            self.push(Kind::Concept.feature(mix(1, u64::from(hit.group))), hit.start, hit.end);
        }
        concepts.sort_by_key(|hit| hit.group);
        concepts.truncate(MOST_PAIRED);
        for (at, one) in concepts.iter().enumerate() {
            for other in &concepts[at + 1..] {
                let pair = u64::from(one.group) << 16 | u64::from(other.group);
                self.push(Kind::Pair.feature(mix(2, pair)), one.start, one.end);
            }
        }
        let first = self.patterns.len();
        lexicon.patterns(hits, &mut self.patterns);
        for at in first..self.patterns.len() {
            let found = self.patterns[at].clone();
            let (start, end) = (found.range.start as u32, found.range.end as u32);
            self.push(Kind::Pattern.feature(mix(3, u64::from(found.pattern))), start, end);
            self.push(leaf_feature(lexicon.pattern_leaf(found.pattern)), start, end);
        }
    }

    fn push(&mut self, feature: u64, start: u32, end: u32) {
        self.occurrences.push(Occurrence { feature, start, end });
    }

    /// How often each feature occurs.
    pub(crate) fn counts(&self) -> Counts {
        count(&self.occurrences, |_| true)
    }

    /// How often each feature occurs within a range; what is said of the whole text stays out.
    pub(crate) fn counts_within(&self, range: &Range<usize>) -> Counts {
        let inside = |at: &Occurrence| {
            at.start < at.end && range.start <= at.start as usize && at.end as usize <= range.end
        };
        count(&self.occurrences, inside)
    }
}

fn count(occurrences: &[Occurrence], counted: impl Fn(&Occurrence) -> bool) -> Counts {
    let mut counts = Counts::default();
    for occurrence in occurrences.iter().filter(|occurrence| counted(occurrence)) {
        *counts.entry(occurrence.feature).or_insert(0.0) += 1.0;
    }
    counts
}

/// The feature "some pattern of this leaf".
pub(crate) fn leaf_feature(leaf: &str) -> u64 {
    Kind::Leaf.feature(leaf.bytes().fold(7, |hash, byte| mix(hash, u64::from(byte))))
}

fn mask(len: usize, ranges: &[Range<usize>]) -> Vec<bool> {
    let mut mask = vec![false; len];
    for range in ranges {
        mask[range.clone()].fill(true);
    }
    mask
}
