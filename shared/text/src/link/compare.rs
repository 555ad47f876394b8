//! How strongly two tips speak of one matter: a sum of bits, each part readable by an officer.
//!
//! Record linkage after Fellegi and Sunter (1969): every field that both tips have comes out one way of a few,
//! and each way adds the bits by which it is likelier for one matter than for two; a field that one of them
//! lacks adds nothing. The bits stand in [`super::weights`].

use serde::Serialize;

use super::signature::Signature;
use super::weights::{self, Level};
use super::words::{self, Shared, WordSet};

/// Which part of the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum PartKind {
    /// 文字: share of the wording.
    Wording,
    /// 用语: words shared that stand in many texts.
    Words,
    /// 罕见用语: words shared that stand in hardly any.
    Rare,
    /// 对象: the main subject's name.
    Person,
    /// 旁人: others who are named.
    Others,
    /// 地点: county, town or village.
    Place,
    /// 单位.
    Org,
    /// 职务.
    Role,
    /// 日期 named in the texts.
    Date,
    /// 年份 named in the texts.
    Year,
    /// 金额.
    Amount,
    /// 数目: other numbers.
    Count,
    /// 问题类别.
    Leaf,
    /// 收件时间: days between the two receipts.
    Received,
    /// 改动: the same words about another year, place, post or sum.
    Altered,
}

pub(crate) const PARTS: usize = 15;

/// All parts, in the order they are shown.
pub const ALL_PARTS: [PartKind; PARTS] = [
    PartKind::Wording,
    PartKind::Words,
    PartKind::Rare,
    PartKind::Person,
    PartKind::Others,
    PartKind::Place,
    PartKind::Org,
    PartKind::Role,
    PartKind::Date,
    PartKind::Year,
    PartKind::Amount,
    PartKind::Count,
    PartKind::Leaf,
    PartKind::Received,
    PartKind::Altered,
];

/// Two tips compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// How each part came out, by [`ALL_PARTS`]: a row of [`weights::levels`].
    levels: [u8; PARTS],
    /// The sum of their bits.
    total: f32,
    /// Share of the shorter text's wording found in the other, 0 to 1.
    pub(crate) contained: f32,
    /// The bare texts are equal.
    pub(crate) identical: bool,
    /// A contradiction that forbids joining without a person (other name, place, body; the same words about
    /// another year).
    conflict: bool,
}

impl Comparison {
    /// Compares two signatures made under one key. Symmetric.
    pub fn of(a: &Signature, b: &Signature) -> Self {
        Self::with(a, &WordSet::of(&a.words), b)
    }

    /// The same, with the words of `a` laid out once for many comparisons.
    pub(crate) fn with(a: &Signature, words: &WordSet, b: &Signature) -> Self {
        let told = words.shared(&b.words);
        let contained = told.contained;
        let (person, others) = (person(a, words, b), others(a, b));
        let (place, org) = (place(a, words, b), org(a, b));
        let leaf = leaf(a, b);
        let known = matches!(person, Person::Same | Person::Near | Person::Mentioned)
            || others == weights::OTHERS_NAMED;
        let altered = altered(a, b, told, place, known);
        let levels = [
            wording(told),
            everyday(told),
            rare(told),
            person as u8,
            others,
            place as u8,
            org as u8,
            agreement(&a.roles, &b.roles) as u8,
            date(a, b),
            year(a, b) as u8,
            amount(a, b),
            count(a, b),
            leaf as u8,
            received(a, b),
            altered as u8,
        ];
        let stranger = matches!(person, Person::Apart | Person::Namesake);
        let elsewhere = place == Place::Apart || org == Org::OtherListed;
        // The same person, another kind of wrong, both readings being sure.
        let other_matter = leaf == Leaf::Other && contained < 0.25 && told.rare < 4;
        Self {
            levels,
            total: weights::PRIOR + sum(&levels, &ALL_PARTS),
            contained,
            identical: a.exact == b.exact && a.exact != 0,
            conflict: other_matter || stranger || (elsewhere && !known) || altered == Altered::Other,
        }
    }

    /// Whether something contradicts, so that a person has to look: another name, place, body or kind of wrong.
    pub fn conflict(&self) -> bool {
        self.conflict
    }

    /// The sum, in bits; 0 is even odds.
    pub fn total(&self) -> f32 {
        self.total
    }

    /// The probability that the two are one matter, by the sum.
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (-f64::from(self.total())).exp2())
    }

    /// Bits of the parts that tell what happened.
    pub fn what(&self) -> f32 {
        const WHAT: [PartKind; 10] = [
            PartKind::Wording,
            PartKind::Words,
            PartKind::Rare,
            PartKind::Others,
            PartKind::Date,
            PartKind::Year,
            PartKind::Amount,
            PartKind::Count,
            PartKind::Leaf,
            PartKind::Altered,
        ];
        sum(&self.levels, &WHAT)
    }

    /// What the two have in common of who and where; a post and a surname alone are in every county.
    pub(crate) fn located(&self) -> Located {
        let named = matches!(self.row(PartKind::Person), NAMED | NEARLY_NAMED | MENTIONED);
        let surname = self.part(PartKind::Person) > 0.0;
        let body = matches!(self.row(PartKind::Org), SAME_LISTED | SAME_BODY);
        if named || self.part(PartKind::Place) > 0.0 {
            Located::Found
        } else if surname || body {
            Located::Loosely
        } else {
            Located::Not
        }
    }

    /// The shorter text's wording stands in the other, and nothing that tells one matter from another was changed.
    pub(crate) fn same_text(&self) -> bool {
        let compared = self.row(PartKind::Wording) > 0;
        self.identical || (compared && self.contained >= COPY && self.row(PartKind::Altered) == 0)
    }

    /// Whether it may be one template for two bodies: much wording in common, and another body.
    pub(crate) fn template(&self) -> bool {
        self.contained >= 0.4 || self.part(PartKind::Org) < 0.0
    }

    /// The bits of one part.
    pub fn part(&self, kind: PartKind) -> f32 {
        self.level(kind).bits
    }

    /// How one part came out: a row of its table, 0 where one of the tips lacks the field.
    pub fn row(&self, kind: PartKind) -> u8 {
        self.levels[kind as usize]
    }

    pub(crate) fn level(&self, kind: PartKind) -> Level {
        weights::levels(kind)[usize::from(self.row(kind))]
    }

    /// What spoke for and against, strongest first, as an officer reads it: `姓名相同 +6.1`.
    pub fn reasons(&self) -> Vec<String> {
        let mut parts: Vec<Level> =
            ALL_PARTS.iter().map(|&kind| self.level(kind)).filter(|level| level.bits.abs() >= 0.3).collect();
        parts.sort_by(|a, b| b.bits.abs().total_cmp(&a.bits.abs()));
        let identical = self.identical.then(|| "全文相同".to_owned());
        identical
            .into_iter()
            .chain(parts.iter().map(|level| format!("{} {:+.1}", level.said, level.bits)))
            .collect()
    }

    /// The reasons in one line.
    pub fn why(&self) -> String {
        self.reasons().join("; ")
    }
}

/// The bits of these parts.
fn sum(levels: &[u8; PARTS], parts: &[PartKind]) -> f32 {
    parts.iter().map(|&kind| weights::levels(kind)[usize::from(levels[kind as usize])].bits).sum()
}

/// What two tips have in common of who and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Located {
    /// A person or a place.
    Found,
    /// A surname, or a body of everyday name.
    Loosely,
    Not,
}

/// Whether two fields of several values share one. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Agreement {
    /// One of them lacks the field.
    Unknown,
    /// A value in common.
    Same,
    /// Both have values and none in common.
    Other,
}

pub(crate) fn agreement<T: Copy + PartialEq + Default>(a: &[T], b: &[T]) -> Agreement {
    let none = T::default();
    if a.iter().all(|v| *v == none) || b.iter().all(|v| *v == none) {
        return Agreement::Unknown;
    }
    if shared(a, b) > 0 { Agreement::Same } else { Agreement::Other }
}

fn shared<T: Copy + PartialEq + Default>(a: &[T], b: &[T]) -> usize {
    a.iter().filter(|v| **v != T::default() && b.contains(v)).count()
}

/// Whether the main subjects are one. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Person {
    Unknown,
    /// The main subject's full name stands in the other.
    Same,
    /// One character of it is written otherwise.
    Near,
    /// A full name of the one stands in the other's words, where nobody saw that it is a name.
    Mentioned,
    /// One of them tells the surname alone, and it is the other's and a rare one.
    RareSurname,
    /// The same with one of the commonest surnames.
    Surname,
    /// The surname of the one is somebody's beside the other's main subject.
    SurnameBeside,
    /// Two full names with one surname.
    Namesake,
    /// Two surnames, and both are surely the main subjects'.
    Apart,
    /// Two surnames, one perhaps of somebody beside the main subject.
    PerhapsApart,
}

const NAMED: u8 = Person::Same as u8;
const NEARLY_NAMED: u8 = Person::Near as u8;
const MENTIONED: u8 = Person::Mentioned as u8;

fn person(a: &Signature, words: &WordSet, b: &Signature) -> Person {
    let names = |s: &Signature, name: u32| name != 0 && s.persons.contains(&name);
    let near = |s: &Signature, name: u32| s.persons.iter().any(|&other| nearly(name, other));
    let (one, two) = (a.persons[0], b.persons[0]);
    if names(b, one) || names(a, two) {
        return Person::Same;
    }
    if near(b, one) || near(a, two) {
        return Person::Near;
    }
    let told = |pair: &u16| *pair != 0 && words.holds(*pair);
    if a.given.iter().any(|pair| holds(b, *pair)) || b.given.iter().any(told) {
        return Person::Mentioned;
    }
    let (surname, other) = (a.surnames[0], b.surnames[0]);
    if surname == 0 || other == 0 {
        return Person::Unknown;
    }
    match surname == other {
        true if one != 0 && two != 0 => Person::Namesake,
        // Odd: few people bear it.
        true if surname & 1 == 1 => Person::RareSurname,
        true => Person::Surname,
        false if b.surnames.contains(&surname) || a.surnames.contains(&other) => Person::SurnameBeside,
        false if a.sure && b.sure => Person::Apart,
        false => Person::PerhapsApart,
    }
}

/// Whether the pair is one of the tip's words.
fn holds(signature: &Signature, pair: u16) -> bool {
    pair != 0 && signature.words.contains(&pair)
}

/// Two of three characters in common, each at its place; given names are compared by sound already.
fn nearly(a: u32, b: u32) -> bool {
    let [surname, first, second] = [(a ^ b) >> 20, (a ^ b) >> 10 & 0x3ff, (a ^ b) & 0x3ff];
    let long = a & 0x3ff != 0 && b & 0x3ff != 0;
    a != 0 && b != 0 && long && [surname, first, second].iter().filter(|part| **part == 0).count() >= 2
}

/// Somebody beside the main subject who is named in both.
fn others(a: &Signature, b: &Signature) -> u8 {
    let mains = [a.persons[0], b.persons[0]];
    let common = |name: &&u32| **name != 0 && !mains.contains(name) && b.persons.contains(name);
    if a.persons.iter().any(|name| common(&name)) { weights::OTHERS_NAMED } else { 0 }
}

/// Where two tips are, by the finest place both name. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Place {
    Unknown,
    County,
    Township,
    Village,
    /// One names a township or a village whose name stands in the other's words.
    Mentioned,
    /// Another township or village of the same or an unknown county.
    Elsewhere,
    /// Another county.
    Apart,
}

fn place(a: &Signature, words: &WordSet, b: &Signature) -> Place {
    let both = |at: usize| a.places[at] != 0 && b.places[at] != 0;
    let same = |at: usize| both(at) && a.places[at] == b.places[at];
    match () {
        () if same(2) => Place::Village,
        () if both(2) && same(1) => Place::Elsewhere,
        () if same(1) => Place::Township,
        () if both(0) && !same(0) => Place::Apart,
        () if both(1) => Place::Elsewhere,
        () if mentioned(a, words, b) => Place::Mentioned,
        () if both(2) => Place::Elsewhere,
        () if same(0) => Place::County,
        () => Place::Unknown,
    }
}

/// Whether a township or village of the one stands in the other: as another kind of place, or in its words.
fn mentioned(a: &Signature, words: &WordSet, b: &Signature) -> bool {
    let fine = |of: &Signature| [of.places[1], of.places[2]].into_iter().filter(|place| *place != 0);
    fine(a).any(|place| b.places.contains(&place) || words::any_hash(&b.words, place as u16))
        || fine(b).any(|place| a.places.contains(&place) || words.holds_hash(place as u16))
}

/// Whether the bodies are one. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Org {
    Unknown,
    /// The subject's body, and it is in the list of departments.
    SameListed,
    /// The subject's body.
    Same,
    /// A body that at least one of them names beside the subject's.
    SameBeside,
    /// Two listed departments.
    OtherListed,
    Other,
}

const SAME_LISTED: u8 = Org::SameListed as u8;
const SAME_BODY: u8 = Org::Same as u8;

fn org(a: &Signature, b: &Signature) -> Org {
    // Odd: listed departments, whose cores are certain.
    let listed = a.orgs[0] & b.orgs[0] & 1 == 1;
    match agreement(&a.orgs, &b.orgs) {
        Agreement::Unknown => Org::Unknown,
        Agreement::Same if a.orgs[0] == b.orgs[0] && listed => Org::SameListed,
        Agreement::Same if a.orgs[0] == b.orgs[0] => Org::Same,
        Agreement::Same => Org::SameBeside,
        Agreement::Other if listed => Org::OtherListed,
        Agreement::Other => Org::Other,
    }
}

fn date(a: &Signature, b: &Signature) -> u8 {
    match (agreement(&a.days, &b.days), agreement(&a.months, &b.months)) {
        (Agreement::Same, _) => 1,
        (_, Agreement::Same) => 2,
        (Agreement::Other, Agreement::Other) => 3,
        (_, Agreement::Other) => 4,
        _ => 0,
    }
}

/// Whether the years named are the same. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Year {
    Unknown,
    Same,
    /// One in common, and each has one that the other lacks.
    Partly,
    Other,
}

fn year(a: &Signature, b: &Signature) -> Year {
    match agreement(&a.years, &b.years) {
        Agreement::Unknown => Year::Unknown,
        Agreement::Same if exchanged(&a.years, &b.years) => Year::Partly,
        Agreement::Same => Year::Same,
        Agreement::Other => Year::Other,
    }
}

/// Whether each has a value that the other lacks.
fn exchanged<T: Copy + PartialEq + Default>(a: &[T], b: &[T]) -> bool {
    let more = |one: &[T], other: &[T]| one.iter().any(|v| *v != T::default() && !other.contains(v));
    more(a, b) && more(b, a)
}

/// Much the same wording, and what was changed in it. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Altered {
    Not,
    /// A date, a sum or a number, as typing errors make them.
    Slightly,
    /// A year, a place or a post, or all dates or sums: a template filled in for another matter.
    Other,
}

/// Share of the shorter text's wording from which two texts are one, or one template.
const ALIKE: f32 = 0.45;

fn altered(a: &Signature, b: &Signature, told: Shared, place: Place, known: bool) -> Altered {
    if told.contained < ALIKE || told.fewer < SHORT {
        return Altered::Not;
    }
    let other = |agreement: Agreement| agreement == Agreement::Other;
    let (sums, dates) =
        (exchanged(&a.amounts, &b.amounts), exchanged(&a.days, &b.days) || exchanged(&a.months, &b.months));
    let elsewhere = matches!(place, Place::Elsewhere | Place::Apart);
    let posted = other(agreement(&a.roles, &b.roles));
    let facts = other(agreement(&a.amounts, &b.amounts)) || other(agreement(&a.months, &b.months));
    // Whoever names the person means the person, whatever slip is in the post or in the figures.
    let another = !known && (posted || (facts && sums && dates) || renamed(a, b, told));
    if exchanged(&a.years, &b.years) || elsewhere || another {
        Altered::Other
    } else if sums || dates || posted || exchanged(&a.counts, &b.counts) {
        Altered::Slightly
    } else {
        Altered::Not
    }
}

fn amount(a: &Signature, b: &Signature) -> u8 {
    let telling = a.amounts.iter().any(|v| v & 1 == 1 && b.amounts.contains(v));
    match (agreement(&a.amounts, &b.amounts), shared(&a.amounts, &b.amounts)) {
        (Agreement::Unknown, _) => 0,
        (_, 2..) => 1,
        (_, 1) if telling => 2,
        (_, 1) => 3,
        _ => 4,
    }
}

fn count(a: &Signature, b: &Signature) -> u8 {
    match shared(&a.counts, &b.counts) {
        0 => 0,
        1 => 1,
        _ => 2,
    }
}

/// Whether both tell one kind of wrong. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Leaf {
    Unknown,
    Same,
    Likely,
    Perhaps,
    Hardly,
    /// Another one, but one of the readings is not sure.
    PerhapsOther,
    Other,
}

/// Share of its first leaf from which a reading is sure, in 255ths.
const SURE: u8 = 191;

/// From the leaves both readings thought likely: the chance that they are the same one.
fn leaf(a: &Signature, b: &Signature) -> Leaf {
    if a.leaves[0].0 == 0 || b.leaves[0].0 == 0 {
        return Leaf::Unknown;
    }
    let mut same = 0.0;
    for (leaf, share) in a.leaves {
        for (other, part) in b.leaves {
            if leaf != 0 && leaf == other {
                same += f32::from(share) / 255.0 * f32::from(part) / 255.0;
            }
        }
    }
    match same {
        s if s >= 0.6 => Leaf::Same,
        s if s >= 0.3 => Leaf::Likely,
        s if s >= 0.1 => Leaf::Perhaps,
        s if s >= 0.02 => Leaf::Hardly,
        _ if a.leaves[0].1.min(b.leaves[0].1) >= SURE => Leaf::Other,
        _ => Leaf::PerhapsOther,
    }
}

/// Days between the receipts: a matter is mostly reported within weeks.
fn received(a: &Signature, b: &Signature) -> u8 {
    if a.received == 0 || b.received == 0 {
        return 0;
    }
    match a.received.abs_diff(b.received) {
        0..=3 => 1,
        4..=14 => 2,
        15..=45 => 3,
        46..=150 => 4,
        _ => 5,
    }
}

/// Whether only one names a person, and the other has words in that place.
fn renamed(a: &Signature, b: &Signature, told: Shared) -> bool {
    let alone = |one: &Signature, other: &Signature| one.persons[0] != 0 && other.persons[0] == 0;
    (alone(a, b) && told.lacking[1]) || (alone(b, a) && told.lacking[0])
}

/// From this share of the shorter text on, it is the same text again.
const COPY: f32 = 0.6;

/// Words below which a text is too short for its wording to be compared.
const SHORT: usize = 5;

fn wording(told: Shared) -> u8 {
    if told.fewer < SHORT {
        return 0;
    }
    let bounds = [0.08, 0.15, 0.25, 0.4, 0.55, 0.7];
    1 + bounds.iter().filter(|bound| told.contained >= **bound).count() as u8
}

fn everyday(told: Shared) -> u8 {
    if told.fewer < SHORT && told.known == 0 {
        return 0;
    }
    1 + [1, 2, 4, 7, 12].iter().filter(|bound| told.known >= **bound).count() as u8
}

fn rare(told: Shared) -> u8 {
    if told.fewer < SHORT && told.rare == 0 {
        return 0;
    }
    1 + [1, 2, 3, 5, 8, 14].iter().filter(|bound| told.rare >= **bound).count() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_field_neither_helps_nor_harms() {
        assert_eq!(agreement(&[0u32, 0], &[3, 0]), Agreement::Unknown);
        assert_eq!(agreement(&[3u32, 0], &[0, 3]), Agreement::Same);
        assert_eq!(agreement(&[4u32, 0], &[0, 3]), Agreement::Other);
        let nothing = Comparison::of(&Signature::default(), &Signature::default());
        assert_eq!(nothing.total(), weights::PRIOR);
    }

    #[test]
    fn another_name_in_the_same_post_is_a_conflict() {
        let named = |name: u32| Signature {
            persons: [name << 20 | name << 10 | name, 0, 0],
            surnames: [name as u16, 0, 0],
            orgs: [5, 0],
            sure: true,
            ..Signature::default()
        };
        let (one, two) = (named(1), named(2));
        assert!(Comparison::of(&one, &two).conflict);
        assert!(!Comparison::of(&one, &one).conflict);
    }

    #[test]
    fn a_name_with_one_wrong_character_is_near() {
        let word = |first: u32, second: u32| 7 << 20 | first << 10 | second;
        assert!(nearly(word(1, 2), word(1, 3)));
        assert!(!nearly(word(1, 2), word(3, 4)));
        assert!(nearly(7 << 20 | 1 << 10 | 2, 8 << 20 | 1 << 10 | 2), "张建国 and 章建国");
        assert!(!nearly(word(1, 2), word(1, 0)), "a shorter name is another name");
    }
}
