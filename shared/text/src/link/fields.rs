//! How one field of two tips came out: a row of its table in [`super::weights`], 0 where one of them lacks it.

use super::signature::{Signature, WIDE};
use super::weights;
use super::words::{self, WordSet};

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

pub(crate) fn shared<T: Copy + PartialEq + Default>(a: &[T], b: &[T]) -> usize {
    a.iter().filter(|v| **v != T::default() && b.contains(v)).count()
}

/// Whether the main subjects are one. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Person {
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

pub(crate) const NAMED: u8 = Person::Same as u8;
pub(crate) const MENTIONED: u8 = Person::Mentioned as u8;
pub(crate) const RARE_SURNAME: u8 = Person::RareSurname as u8;
pub(crate) const SURNAME: u8 = Person::Surname as u8;
pub(crate) const SURNAME_BESIDE: u8 = Person::SurnameBeside as u8;

pub(crate) fn person(a: &Signature, words: &WordSet, b: &Signature) -> Person {
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
pub(crate) fn others(a: &Signature, b: &Signature) -> u8 {
    let mains = [a.persons[0], b.persons[0]];
    let common = |name: &&u32| **name != 0 && !mains.contains(name) && b.persons.contains(name);
    if a.persons.iter().any(|name| common(&name)) { weights::OTHERS_NAMED } else { 0 }
}

/// Whether each names somebody beside one main subject, and nobody whom the other names: he took money from another.
pub(crate) fn others_apart(a: &Signature, b: &Signature) -> bool {
    let main = a.surnames[0];
    let beside = |s: &Signature| s.surnames.iter().skip(1).any(|name| *name != 0 && *name != main);
    let shared = |name: &u16| *name != 0 && *name != main && b.surnames.contains(name);
    main == b.surnames[0] && beside(a) && beside(b) && !a.surnames.iter().any(shared)
}

/// Where two tips are, by the finest place both name. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Place {
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

/// The rows of a place finer than a county.
pub(crate) const FINE_PLACE: [u8; 3] = [Place::Township as u8, Place::Village as u8, Place::Mentioned as u8];

pub(crate) fn place(a: &Signature, words: &WordSet, b: &Signature) -> Place {
    let both = |at: usize| a.places[at] != 0 && b.places[at] != 0;
    // 阳泽 said alone may be the city or a county.
    let same = |at: usize| both(at) && (a.places[at] ^ b.places[at]) & !WIDE == 0;
    match () {
        () if same(2) => Place::Village,
        () if both(2) && same(1) => Place::Elsewhere,
        () if same(1) => Place::Township,
        () if both(0) && !same(0) && wide(a) == wide(b) => Place::Apart,
        () if both(1) => Place::Elsewhere,
        () if mentioned(a, words, b) => Place::Mentioned,
        () if both(2) => Place::Elsewhere,
        () if same(0) || county_mentioned(a, words, b) => Place::County,
        () => Place::Unknown,
    }
}

/// Whether the first place is a city, which may have the other's county.
fn wide(signature: &Signature) -> bool {
    signature.places[0] & WIDE != 0
}

/// The name's first pair, as the words have it.
fn pair(place: u32) -> u16 {
    words::hash_of(place as u16)
}

/// Whether one names no county, and the other's stands in its words: 栖梧书记.
fn county_mentioned(a: &Signature, words: &WordSet, b: &Signature) -> bool {
    match (a.places[0], b.places[0]) {
        (0, 0) => false,
        (county, 0) => words::any_hash(&b.words, pair(county)),
        (0, county) => words.holds_hash(pair(county)),
        _ => false,
    }
}

/// Whether a township or village of the one stands in the other: as another kind of place, or in its words.
fn mentioned(a: &Signature, words: &WordSet, b: &Signature) -> bool {
    let fine = |of: &Signature| [of.places[1], of.places[2]].into_iter().filter(|place| *place != 0);
    fine(a).any(|place| b.places.contains(&place) || words::any_hash(&b.words, pair(place)))
        || fine(b).any(|place| a.places.contains(&place) || words.holds_hash(pair(place)))
}

/// Whether the bodies are one. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Org {
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

pub(crate) const SAME_LISTED: u8 = Org::SameListed as u8;
pub(crate) const SAME_BODY: u8 = Org::Same as u8;
pub(crate) const SAME_BESIDE: u8 = Org::SameBeside as u8;

pub(crate) fn org(a: &Signature, b: &Signature) -> Org {
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

pub(crate) fn date(a: &Signature, b: &Signature) -> u8 {
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
pub(crate) enum Year {
    Unknown,
    Same,
    /// One in common, and each has one that the other lacks.
    Partly,
    Other,
}

pub(crate) fn year(a: &Signature, b: &Signature) -> Year {
    match agreement(&a.years, &b.years) {
        Agreement::Unknown => Year::Unknown,
        Agreement::Same if exchanged(&a.years, &b.years) => Year::Partly,
        Agreement::Same => Year::Same,
        Agreement::Other => Year::Other,
    }
}

/// Whether each has a value that the other lacks.
pub(crate) fn exchanged<T: Copy + PartialEq + Default>(a: &[T], b: &[T]) -> bool {
    let more = |one: &[T], other: &[T]| one.iter().any(|v| *v != T::default() && !other.contains(v));
    more(a, b) && more(b, a)
}

/// The row of amounts of which none is the same.
pub(crate) const OTHER_AMOUNTS: u8 = 4;

pub(crate) fn amount(a: &Signature, b: &Signature) -> u8 {
    let telling = a.amounts.iter().any(|v| v & 1 == 1 && b.amounts.contains(v));
    match (agreement(&a.amounts, &b.amounts), shared(&a.amounts, &b.amounts)) {
        (Agreement::Unknown, _) => 0,
        (_, 2..) => 1,
        (_, 1) if telling => 2,
        (_, 1) => 3,
        _ => OTHER_AMOUNTS,
    }
}

pub(crate) fn count(a: &Signature, b: &Signature) -> u8 {
    match shared(&a.counts, &b.counts) {
        0 => 0,
        1 => 1,
        _ => 2,
    }
}

/// Whether both tell one kind of wrong. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Leaf {
    Unknown,
    Same,
    Likely,
    Perhaps,
    Hardly,
    /// Another one, but one of the readings is not sure.
    PerhapsOther,
    Other,
}

pub(crate) const SAME_LEAF: u8 = Leaf::Same as u8;
pub(crate) const LIKELY_LEAF: u8 = Leaf::Likely as u8;
pub(crate) const PERHAPS_LEAF: u8 = Leaf::Perhaps as u8;

/// Share of its first leaf from which a reading is sure, in 255ths.
const SURE: u8 = 191;
/// The same below which it is a guess.
const GUESSED: u8 = 128;

/// From the leaves both readings thought likely: the chance that they are the same one.
pub(crate) fn leaf(a: &Signature, b: &Signature) -> Leaf {
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
        // A reading that was more likely wrong than right denies nothing.
        _ if a.leaves[0].1.min(b.leaves[0].1) < GUESSED => Leaf::Hardly,
        _ if a.leaves[0].1.min(b.leaves[0].1) >= SURE => Leaf::Other,
        _ => Leaf::PerhapsOther,
    }
}

/// Days between the receipts: a matter is mostly reported within weeks.
pub(crate) fn received(a: &Signature, b: &Signature) -> u8 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_one_wrong_character_is_near() {
        let word = |first: u32, second: u32| 7 << 20 | first << 10 | second;
        assert!(nearly(word(1, 2), word(1, 3)));
        assert!(!nearly(word(1, 2), word(3, 4)));
        assert!(nearly(7 << 20 | 1 << 10 | 2, 8 << 20 | 1 << 10 | 2), "张建国 and 章建国");
        assert!(!nearly(word(1, 2), word(1, 0)), "a shorter name is another name");
    }
}
