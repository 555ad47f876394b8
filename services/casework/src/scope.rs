//! Who may see which case: by unit, and never somebody whom it is about.
//!
//! An officer sees what their unit was given. A reviewing role with a unit sees what that unit or one
//! below it was given; without a unit, the whole line. A department whose tip was routed past it (up or
//! sideways, because the tip speaks of its own people) does not see the case: it took the tip in, and
//! that is all (检举控告工作规则 15; domain.md 3.7 C1–C5).

use dengwen_ledger::AssignmentRecord;
use dengwen_model::{Case, CaseFile, CaseStage, Principal, Role, UnitCode};

use crate::desk::Desk;

/// Whether the principal's authority covers a unit.
pub(crate) fn covers(desk: &Desk, principal: &Principal, unit: &UnitCode) -> bool {
    match (principal.role, &principal.unit) {
        (Role::Officer, Some(own)) => own == unit,
        (Role::Officer, None) => false,
        (_, Some(own)) => desk.is_within(unit, own),
        (_, None) => true,
    }
}

/// The units that the principal's authority covers, to list no more than could be theirs; none where it covers so much
/// of the register that naming it all narrows nothing.
pub(crate) fn units_of(desk: &Desk, principal: &Principal) -> Vec<UnitCode> {
    const MANY: usize = 200;
    match (principal.role, &principal.unit) {
        (Role::Officer, Some(own)) => vec![own.clone()],
        (_, Some(own)) => {
            let units = desk.runtime().units();
            let codes = units.iter().map(|unit| &unit.code).filter(|code| desk.is_within(code, own));
            let covered: Vec<_> = codes.take(MANY + 1).cloned().collect();
            // Its own, also where the register has lost it.
            let covered = if covered.is_empty() { vec![own.clone()] } else { covered };
            if covered.len() > MANY { Vec::new() } else { covered }
        }
        (_, None) => Vec::new(),
    }
}

/// Whether a case is about this person, or another open one is and this one is therefore not for them (C9),
/// as far as names tell.
pub(crate) fn is_about(file: &CaseFile, principal: &Principal) -> bool {
    let name = principal.name.as_str();
    file.subjects.iter().any(|subject| subject.name.as_deref() == Some(name))
        || file.kept_out.iter().any(|kept_out| kept_out == name)
}

/// Whether the principal may see a case.
pub(crate) fn may_see(
    desk: &Desk,
    principal: &Principal,
    case: &Case,
    file: &CaseFile,
    assignments: &[AssignmentRecord],
) -> bool {
    if is_about(file, principal) {
        return false;
    }
    // The stage is ahead of the assignments while a hand-over is on its way.
    let current = case.stage.held_by().map(|(unit, _)| unit);
    let last = assignments.last().map(|record| &record.assignment.unit);
    // A case that waits for a unit is no more its last one's: the material went back (信访工作条例 23), or was taken
    // from it. Those above see it, and the department that took it in where it was its own.
    if case.stage == CaseStage::Opened && last.is_some_and(|last| gave_up(principal, last, &case.received_by))
    {
        return false;
    }
    match current.or(last) {
        Some(unit) => covers(desk, principal, unit),
        None => principal.role != Role::Officer && covers(desk, principal, &case.received_by),
    }
}

/// Whether somebody belongs to a unit that a case was taken from.
fn gave_up(principal: &Principal, last: &UnitCode, received_by: &UnitCode) -> bool {
    let own = principal.unit.as_ref() == Some(last);
    principal.role == Role::Officer || (own && last != received_by)
}

/// Whether the originals of a case are in the principal's keeping: the department that took it in, and those above
/// it. The handling unit's own reviewers have no more of them than its officers.
pub(crate) fn keeps_originals(desk: &Desk, principal: &Principal, case: &Case) -> bool {
    match &principal.unit {
        None => principal.role != Role::Officer,
        Some(own) if principal.role == Role::Officer => *own == case.received_by,
        Some(own) => desk.is_within(&case.received_by, own),
    }
}

/// Whether somebody who may see the case may open this file of it, as the case names it.
pub(crate) fn may_open(desk: &Desk, principal: &Principal, case: &Case, file: &CaseFile, id: &str) -> bool {
    keeps_originals(desk, principal, case) || file.released.iter().any(|released| released == id)
}

#[cfg(test)]
mod tests {
    use dengwen_model::{ManualClock, SeededEntropy, Subject, UserId};

    use super::*;

    #[test]
    fn nobody_gets_a_case_that_is_about_them_or_that_they_are_kept_out_of() {
        let clock = ManualClock::at("2026-03-02T01:00:00Z".parse().unwrap());
        let officer = |name: &str| Principal {
            id: UserId::new(&clock, &SeededEntropy::new(1)),
            role: Role::Officer,
            name: name.to_owned(),
            unit: None,
        };
        let file = CaseFile {
            subjects: vec![Subject { name: Some("甲某".to_owned()), ..Subject::default() }],
            kept_out: vec!["乙某".to_owned()],
            ..CaseFile::default()
        };
        for (name, about) in [("甲某", true), ("乙某", true), ("丙某", false)] {
            assert_eq!(is_about(&file, &officer(name)), about, "{name}");
        }
    }
}
