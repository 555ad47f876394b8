//! How strongly two tips speak of one matter: a sum of bits, each part readable by an officer.
//!
//! Record linkage after Fellegi and Sunter (1969): every field that both tips have adds the bits by
//! which its agreement (or disagreement) is likelier for one matter than for two; a field that one
//! of them lacks adds nothing. The weights were fitted by hand-checked pairs (docs of this crate's
//! `measure` example tell how well they do).

use serde::Serialize;

use super::signature::{SKETCH, Signature};

/// Which part of the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum PartKind {
    /// 文字相近: wording shared.
    Wording,
    /// 罕见用语相同: rare expressions shared outside names and bodies.
    Rare,
    /// 人名: a full name.
    Person,
    /// 姓氏.
    Surname,
    /// 地名: county, town or village.
    Place,
    /// 单位.
    Org,
    /// 职务.
    Role,
    /// 日期.
    Date,
    /// 金额与数目.
    Amount,
    /// 问题类别.
    Leaf,
}

pub(crate) const PARTS: usize = 10;

/// All parts, in the order they are shown.
pub const ALL_PARTS: [PartKind; PARTS] = [
    PartKind::Wording,
    PartKind::Rare,
    PartKind::Person,
    PartKind::Surname,
    PartKind::Place,
    PartKind::Org,
    PartKind::Role,
    PartKind::Date,
    PartKind::Amount,
    PartKind::Leaf,
];

/// Two tips compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Bits of each part, by [`ALL_PARTS`].
    pub(crate) bits: [f32; PARTS],
    /// Share of the shorter text's wording found in the other, 0 to 1.
    pub(crate) contained: f32,
    /// Rare expressions shared.
    pub(crate) rare: f32,
    /// The bare texts are equal.
    pub(crate) identical: bool,
    /// A contradiction that forbids joining without a person (other name, other place, other body).
    pub(crate) conflict: bool,
}

/// Prior bits against two tips of one line being one matter, within the candidates found.
const PRIOR: f32 = -8.2;

impl Comparison {
    /// Compares two signatures made under one key. Symmetric.
    pub fn of(a: &Signature, b: &Signature) -> Self {
        let mut bits = [0.0; PARTS];
        let contained = contained(a, b);
        let rare = shared(&a.rare, &b.rare);
        let person = named(&a.persons, &b.persons);
        let surname = named(&a.surnames, &b.surnames);
        let org = agreement(&a.orgs, &b.orgs);
        bits[PartKind::Wording as usize] = wording_bits(contained);
        bits[PartKind::Rare as usize] = rare_bits(a, b, rare);
        bits[PartKind::Person as usize] = match person {
            Named::Main => 4.2,
            Named::Beside => 1.8,
            Named::Apart => -2.5,
            Named::Unknown => 0.0,
        };
        bits[PartKind::Surname as usize] = match (person, surname) {
            (Named::Main | Named::Beside | Named::Apart, _) | (_, Named::Unknown) => 0.0,
            (_, Named::Main) => 3.8,
            (_, Named::Beside) => 2.0,
            (_, Named::Apart) => -1.5,
        };
        let place = Place::of(a, b);
        bits[PartKind::Place as usize] = place.bits();
        bits[PartKind::Org as usize] = match org {
            Agreement::Unknown => 0.0,
            Agreement::Same if a.orgs[0] == b.orgs[0] => 1.8,
            Agreement::Same => 0.4,
            Agreement::Other => -0.6,
        };
        bits[PartKind::Role as usize] = agreement(&a.roles, &b.roles).bits(2.2, -0.9);
        bits[PartKind::Date as usize] = date_bits(a, b);
        bits[PartKind::Amount as usize] = agreement(&a.amounts, &b.amounts).bits(1.5, -0.8);
        bits[PartKind::Leaf as usize] = leaf_bits(a, b);
        let identical = a.exact == b.exact && a.exact != 0;
        // Odd: listed departments, whose cores are certain.
        let bodies = org == Agreement::Other && a.orgs[0] & 1 == 1 && b.orgs[0] & 1 == 1;
        let same_person = matches!(person, Named::Main | Named::Beside);
        let other_person = person == Named::Apart || (person == Named::Unknown && surname == Named::Apart);
        // Another kind of wrong, both readings being sure: same person, other matter.
        let other_matter = bits[PartKind::Leaf as usize] <= -1.5 && contained < 0.6;
        let conflict = other_matter || other_person || (!same_person && (place == Place::Apart || bodies));
        Self { bits, contained, rare: rare as f32, identical, conflict }
    }

    /// The sum, in bits; 0 is even odds.
    pub fn total(&self) -> f32 {
        PRIOR + self.bits.iter().sum::<f32>()
    }

    /// The probability that the two are one matter, by the sum.
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (-f64::from(self.total())).exp2())
    }

    /// Bits of the parts that tell what happened: wording, expressions, days, amounts, leaf.
    pub fn what(&self) -> f32 {
        [PartKind::Wording, PartKind::Rare, PartKind::Date, PartKind::Amount, PartKind::Leaf]
            .into_iter()
            .map(|kind| self.part(kind))
            .sum()
    }

    /// Bits of the parts that tell who and where: names, places, bodies, posts.
    pub fn who(&self) -> f32 {
        [PartKind::Person, PartKind::Surname, PartKind::Place, PartKind::Org, PartKind::Role]
            .into_iter()
            .map(|kind| self.part(kind))
            .sum()
    }

    /// The bits of one part.
    pub fn part(&self, kind: PartKind) -> f32 {
        self.bits[kind as usize]
    }

    /// What spoke for and against, strongest first, as an officer reads it.
    pub fn why(&self) -> String {
        let mut parts: Vec<(PartKind, f32)> = ALL_PARTS
            .iter()
            .map(|&kind| (kind, self.part(kind)))
            .filter(|(_, bits)| bits.abs() >= 0.3)
            .collect();
        parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let mut said: Vec<String> =
            parts.iter().map(|&(kind, bits)| format!("{} {bits:+.1}", label(kind, bits))).collect();
        if self.identical {
            said.insert(0, "全文相同".to_owned());
        }
        said.join("; ")
    }
}

fn label(kind: PartKind, bits: f32) -> &'static str {
    match (kind, bits > 0.0) {
        (PartKind::Wording, true) => "文字相近",
        (PartKind::Wording, false) => "文字不近",
        (PartKind::Rare, true) => "罕见用语相同",
        (PartKind::Rare, false) => "无罕见用语相同",
        (PartKind::Person, true) => "姓名相同",
        (PartKind::Person, false) => "姓名不同",
        (PartKind::Surname, true) => "姓氏相同",
        (PartKind::Surname, false) => "姓氏不同",
        (PartKind::Place, true) => "地点相同",
        (PartKind::Place, false) => "地点不同",
        (PartKind::Org, true) => "单位相同",
        (PartKind::Org, false) => "单位不同",
        (PartKind::Role, true) => "职务相同",
        (PartKind::Role, false) => "职务不同",
        (PartKind::Date, true) => "日期相合",
        (PartKind::Date, false) => "日期不合",
        (PartKind::Amount, true) => "数目相同",
        (PartKind::Amount, false) => "数目不同",
        (PartKind::Leaf, true) => "问题相同",
        (PartKind::Leaf, false) => "问题不同",
    }
}

/// Whether two fields of several values share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// One of them lacks the field.
    Unknown,
    /// A value in common.
    Same,
    /// Both have values and none in common.
    Other,
}

impl Agreement {
    fn bits(self, same: f32, other: f32) -> f32 {
        match self {
            Self::Unknown => 0.0,
            Self::Same => same,
            Self::Other => other,
        }
    }
}

pub(crate) fn agreement<T: Copy + PartialEq + Default>(a: &[T], b: &[T]) -> Agreement {
    let none = T::default();
    if a.iter().all(|v| *v == none) || b.iter().all(|v| *v == none) {
        return Agreement::Unknown;
    }
    if a.iter().any(|v| *v != none && b.contains(v)) { Agreement::Same } else { Agreement::Other }
}

/// Whether the names in two tips meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// One of them names nobody.
    Unknown,
    /// The main subject of one is named in the other.
    Main,
    /// Somebody beside the main subject is named in both.
    Beside,
    /// Both have a main subject with a name, and nobody in common.
    Apart,
}

fn named<T: Copy + PartialEq + Default>(a: &[T; 3], b: &[T; 3]) -> Named {
    let none = T::default();
    let holds = |names: &[T; 3], name: T| name != none && names.contains(&name);
    if holds(b, a[0]) || holds(a, b[0]) {
        Named::Main
    } else if a.iter().any(|name| holds(b, *name)) {
        Named::Beside
    } else if a[0] != none && b[0] != none {
        Named::Apart
    } else {
        Named::Unknown
    }
}

/// Where two tips are, by the finest place both name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Unknown,
    County,
    Township,
    Village,
    /// Another township of the same or an unknown county.
    Elsewhere,
    /// Another county.
    Apart,
}

impl Place {
    fn of(a: &Signature, b: &Signature) -> Self {
        let both = |at: usize| a.places[at] != 0 && b.places[at] != 0;
        let same = |at: usize| both(at) && a.places[at] == b.places[at];
        match () {
            () if same(2) => Self::Village,
            () if same(1) => Self::Township,
            () if both(0) && !same(0) => Self::Apart,
            () if both(1) => Self::Elsewhere,
            () if same(0) => Self::County,
            () => Self::Unknown,
        }
    }

    fn bits(self) -> f32 {
        match self {
            Self::Unknown => 0.0,
            Self::County => 2.8,
            Self::Township => 3.7,
            Self::Village => 4.0,
            Self::Elsewhere => -0.3,
            Self::Apart => -3.5,
        }
    }
}

fn date_bits(a: &Signature, b: &Signature) -> f32 {
    match (agreement(&a.days, &b.days), agreement(&a.months, &b.months)) {
        (Agreement::Same, _) => 4.0,
        (_, Agreement::Same) => 1.8,
        (Agreement::Other, Agreement::Other) => -2.0,
        (_, Agreement::Other) => -1.5,
        _ => 0.0,
    }
}

/// Bits from the leaves both readings thought likely: the chance that they are the same one.
fn leaf_bits(a: &Signature, b: &Signature) -> f32 {
    if a.leaves[0].0 == 0 || b.leaves[0].0 == 0 {
        return 0.0;
    }
    let mut same = 0.0;
    for (leaf, share) in a.leaves {
        for (other, part) in b.leaves {
            if leaf != 0 && leaf == other {
                same += f32::from(share) / 255.0 * f32::from(part) / 255.0;
            }
        }
    }
    // One in twenty pairs of different matters in one unit shares the leaf by chance.
    let bits = ((same + 0.02) / 0.08).log2().clamp(-2.0, 3.5) * 1.1;
    // A sure agreement and a sure difference count more than in proportion.
    bits + if bits > 2.7 { 0.8 } else { 0.0 } - if bits < -1.1 { 0.4 } else { 0.0 }
}

/// Share of the smaller set of character pairs that the larger holds, estimated from the sketches.
fn contained(a: &Signature, b: &Signature) -> f32 {
    if a.pairs == 0 || b.pairs == 0 {
        return 0.0;
    }
    let equal = a.sketch.iter().zip(&b.sketch).filter(|(x, y)| x == y).count() as f32;
    // Low bytes agree by chance once in 256.
    let jaccard = ((equal / SKETCH as f32 - 1.0 / 256.0) / (1.0 - 1.0 / 256.0)).max(0.0);
    let (small, large) = (f32::from(a.pairs.min(b.pairs)), f32::from(a.pairs.max(b.pairs)));
    (jaccard / (1.0 + jaccard) * (small + large) / small).min(1.0)
}

fn wording_bits(contained: f32) -> f32 {
    match contained {
        c if c >= 0.75 => 7.0,
        c if c >= 0.5 => 4.0 + (c - 0.5) * 12.0,
        c if c >= 0.12 => (c - 0.12) * 10.0,
        _ => -0.2,
    }
}

fn shared(a: &[u16], b: &[u16]) -> usize {
    a.iter().filter(|pair| **pair != 0 && b.contains(pair)).count()
}

/// Rare expressions in common, beside what chance gives for samples of these sizes.
fn rare_bits(a: &Signature, b: &Signature, shared: usize) -> f32 {
    let held = |signature: &Signature| signature.rare.iter().filter(|pair| **pair != 0).count() as f32;
    let smaller = held(a).min(held(b));
    if smaller < 3.0 {
        return 0.0;
    }
    match shared {
        0 => -0.4 * (smaller / 20.0).min(1.0),
        n => (n as f32 * 1.1 - 0.4).min(6.5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_field_neither_helps_nor_harms() {
        assert_eq!(agreement(&[0u32, 0], &[3, 0]), Agreement::Unknown);
        assert_eq!(agreement(&[3u32, 0], &[0, 3]), Agreement::Same);
        assert_eq!(agreement(&[4u32, 0], &[0, 3]), Agreement::Other);
    }

    #[test]
    fn another_name_in_the_same_post_is_a_conflict() {
        let one = Signature { persons: [1, 0, 0], orgs: [5, 0], ..Signature::default() };
        let two = Signature { persons: [2, 0, 0], orgs: [5, 0], ..Signature::default() };
        assert!(Comparison::of(&one, &two).conflict);
        assert!(!Comparison::of(&one, &one).conflict);
    }
}
