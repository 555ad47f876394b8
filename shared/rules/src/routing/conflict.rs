//! Conflicts of interest C1–C11: why a unit may not get a tip.

use std::fmt;

use dengwen_model::SubjectKind;
use serde::{Deserialize, Serialize};

use super::place::Placed;
use super::post::{self, Post};
use crate::units::{Unit, UnitKind, Units};

/// The code of a conflict, as in `routing.yaml`. C7 (kinship and other ties of the person who
/// handles) is the desk's to declare and is not decided here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the codes are the table's; routing.yaml has the words")]
pub enum Conflict {
    C1,
    C2,
    C3,
    C4,
    C5,
    C6,
    C8,
    C9,
    C10,
    C11,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What about the tip itself keeps it away from the department of the subject's own division.
#[derive(Debug, Default)]
pub(super) struct Circumstances<'a> {
    /// C5: local bodies know the reporter, leaked, suppressed or retaliate.
    pub(super) local_bodies_know: bool,
    /// C6, honoured.
    pub(super) asks_not_down: bool,
    /// C8.
    pub(super) identifiable: bool,
    /// The flag that the tip is about the organisation department or the handling unit.
    pub(super) about_department: bool,
    /// The department that took the tip in.
    pub(super) receiver: Option<&'a Unit>,
}

impl Circumstances<'_> {
    /// Why the department of the subject's own division may not have it.
    pub(super) fn against_local(&self) -> Option<Conflict> {
        match self {
            Self { local_bodies_know: true, .. } => Some(Conflict::C5),
            Self { about_department: true, .. } => Some(Conflict::C1),
            Self { identifiable: true, .. } => Some(Conflict::C8),
            Self { asks_not_down: true, .. } => Some(Conflict::C6),
            _ => None,
        }
    }
}

/// Why a unit may not have the tip because of who it is about.
pub(super) fn of_unit(
    units: &Units,
    unit: &Unit,
    people: &[Placed<'_>],
    circumstances: &Circumstances<'_>,
) -> Option<Conflict> {
    people
        .iter()
        .filter_map(|someone| of_person(units, unit, someone, circumstances))
        .min_by_key(|c| rank(*c))
}

/// Which conflict is told first where several hold.
fn rank(conflict: Conflict) -> u8 {
    match conflict {
        Conflict::C4 => 0,
        Conflict::C2 => 1,
        Conflict::C3 => 2,
        _ => 3,
    }
}

fn of_person(
    units: &Units,
    unit: &Unit,
    someone: &Placed<'_>,
    circumstances: &Circumstances<'_>,
) -> Option<Conflict> {
    let department = unit.kind == UnitKind::Organisation;
    let inside = sits_in(unit, someone);
    if inside && someone.subject.kind == SubjectKind::Org {
        return Some(Conflict::C1);
    }
    let is_receiver = circumstances.receiver.is_some_and(|receiver| receiver.code == unit.code);
    if is_receiver && inside && is_chief(unit, someone) {
        return Some(Conflict::C4);
    }
    if leads_committee(units, unit, someone) || (department && inside && is_chief(unit, someone)) {
        return Some(Conflict::C2);
    }
    match (inside, department) {
        (true, true) => Some(Conflict::C3),
        (true, false) => Some(Conflict::C1),
        (false, _) => None,
    }
}

/// The subject is the unit, leads it or works in it.
pub(super) fn sits_in(unit: &Unit, someone: &Placed<'_>) -> bool {
    if someone.unit.is_some_and(|own| own.code == unit.code) {
        return true;
    }
    let by_name = is_among(unit, someone);
    // The department as written, where the register has it under another name.
    let by_words = unit.kind == UnitKind::Organisation
        && someone.is_in(&unit.region)
        && someone.words().contains("组织部");
    by_name || by_words
}

/// The subject heads the party committee or the government that leads this unit: the one of the unit's
/// own division and level.
pub(super) fn supervises(units: &Units, unit: &Unit, someone: &Placed<'_>) -> bool {
    if someone.post_rule.is_some() && someone.is_in(&unit.region) {
        return true;
    }
    let leads_division = |body: &&Unit| {
        matches!(body.kind, UnitKind::Committee | UnitKind::Government) && body.level == unit.level
    };
    let mut bodies = units.in_region(&unit.region).filter(leads_division);
    bodies.any(|body| {
        let is_head = someone.unit.is_some_and(|own| own.code == body.code) && someone.post == Post::Head;
        is_head || is_listed_first(body, someone)
    })
}

/// A person of this name is listed in the unit, and could be the subject by division.
fn is_among(unit: &Unit, someone: &Placed<'_>) -> bool {
    let Some(name) = someone.subject.name.as_deref().map(crate::units::person) else { return false };
    !name.is_empty()
        && someone.may_be_in(&unit.region)
        && unit.people().any(|person| crate::units::person(&person.name) == name)
}

/// The head of the unit: listed first, or by the post of somebody who is not listed further down.
fn is_chief(unit: &Unit, someone: &Placed<'_>) -> bool {
    is_listed_first(unit, someone) || (someone.post == Post::Head && !is_among(unit, someone))
}

fn is_listed_first(unit: &Unit, someone: &Placed<'_>) -> bool {
    let name = someone.subject.name.as_deref().map(crate::units::person);
    let first = unit.leaders.first().map(|leader| crate::units::person(&leader.name));
    name.is_some() && name == first && someone.may_be_in(&unit.region)
}

/// The subject leads the party committee that the unit serves, or is that committee, or heads the
/// government beside it (whose head is its deputy secretary).
fn leads_committee(units: &Units, unit: &Unit, someone: &Placed<'_>) -> bool {
    if let Some(committee) = unit.serves.as_ref().and_then(|code| units.get(code))
        && (is_among(committee, someone) || leads(committee, someone))
    {
        return true;
    }
    if unit.kind != UnitKind::Organisation || !someone.is_in(&unit.region) {
        return false;
    }
    let heads_government =
        someone.unit.is_some_and(|own| own.kind == UnitKind::Government && own.level == unit.level)
            && someone.post == Post::Head;
    let standing_member = post::parts(someone.subject.title.as_deref().unwrap_or_default())
        .any(|part| part.ends_with("常委") || part.contains("委常委") && !part.contains("常委会"));
    heads_government || standing_member || someone.post_rule.is_some() || leads_by_words(someone)
}

fn leads(committee: &Unit, someone: &Placed<'_>) -> bool {
    someone.unit.is_some_and(|own| own.code == committee.code)
        && (someone.subject.kind == SubjectKind::Org || someone.post != Post::Other)
}

/// The organisation as written is a party committee of a division, listed or not.
fn leads_by_words(someone: &Placed<'_>) -> bool {
    let org = crate::units::normal(someone.subject.org.as_deref().unwrap_or_default());
    let committee =
        ["省委", "市委", "县委", "区委", "旗委", "州委", "盟委"].iter().any(|end| org.ends_with(end));
    committee && (someone.subject.kind == SubjectKind::Org || someone.post != Post::Other)
}
