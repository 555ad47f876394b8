//! How the wording of two tips came out, and what was changed in it: rows of tables in [`super::weights`].

use super::fields::{Agreement, Org, Place, agreement, exchanged};
use super::signature::Signature;
use super::words::Shared;

/// Much the same wording, and what was changed in it. Rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Altered {
    Not,
    /// A date, a sum or a number, as typing errors make them.
    Slightly,
    /// A year, a place or a post, or all dates or sums: a template filled in for another matter.
    Other,
}

/// Share of the shorter text's wording from which two texts are one, or one template.
const ALIKE: f32 = 0.45;

pub(crate) fn altered(
    a: &Signature,
    b: &Signature,
    told: Shared,
    place: Place,
    org: Org,
    known: bool,
) -> Altered {
    if told.contained < ALIKE || told.fewer < FEW {
        return Altered::Not;
    }
    let other = |agreement: Agreement| agreement == Agreement::Other;
    let (sums, dates) =
        (exchanged(&a.amounts, &b.amounts), exchanged(&a.days, &b.days) || exchanged(&a.months, &b.months));
    let elsewhere = matches!(place, Place::Elsewhere | Place::Apart);
    let posted = other(agreement(&a.roles, &b.roles));
    let facts = other(agreement(&a.amounts, &b.amounts)) || other(agreement(&a.months, &b.months));
    // Whoever names the person means the person, whatever slip is in the post or in the figures.
    let body = org == Org::OtherListed || (org == Org::Other && !known);
    let surnamed = other(agreement(&a.surnames, &b.surnames));
    // Whoever names the village need not name the person.
    let placed = matches!(place, Place::Township | Place::Village | Place::Mentioned);
    let renamed = !placed && renamed(a, b, told);
    let another = !known && (posted || surnamed || (facts && sums && dates) || renamed);
    // Another meeting, and no slip in a day.
    let moved = other(agreement(&a.months, &b.months)) && other(agreement(&a.days, &b.days));
    if exchanged(&a.years, &b.years) || elsewhere || body || moved || another {
        Altered::Other
    } else if sums || dates || posted || exchanged(&a.counts, &b.counts) {
        Altered::Slightly
    } else {
        Altered::Not
    }
}

/// Whether only one names a person, and the other has words in that place and no surname that would be his.
fn renamed(a: &Signature, b: &Signature, told: Shared) -> bool {
    if agreement(&a.surnames, &b.surnames) == Agreement::Same {
        return false;
    }
    let alone = |one: &Signature, other: &Signature| one.persons[0] != 0 && other.persons[0] == 0;
    (alone(a, b) && told.lacking[1]) || (alone(b, a) && told.lacking[0])
}

/// From this share of the shorter text on, it is the same text again.
pub(crate) const COPY: f32 = 0.6;

/// Words below which nothing is said of what was changed in them.
const FEW: usize = 3;
/// Words below which a text is too short for its wording to be compared.
pub(crate) const SHORT: usize = 5;

pub(crate) fn wording(told: Shared) -> u8 {
    if told.fewer < SHORT {
        return 0;
    }
    let bounds = [0.08, 0.15, 0.25, 0.4, 0.55, 0.7];
    1 + bounds.iter().filter(|bound| told.contained >= **bound).count() as u8
}

pub(crate) fn everyday(told: Shared) -> u8 {
    if told.fewer < SHORT && told.known == 0 {
        return 0;
    }
    1 + [1, 2, 4, 7, 12].iter().filter(|bound| told.known >= **bound).count() as u8
}

pub(crate) fn rare(told: Shared) -> u8 {
    if told.fewer < SHORT && told.rare == 0 {
        return 0;
    }
    1 + [1, 2, 3, 5, 8, 14].iter().filter(|bound| told.rare >= **bound).count() as u8
}
