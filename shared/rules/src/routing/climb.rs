//! The way up: from the department of the subject's own division to the first that manages the
//! subject and has no conflict of interest.

use dengwen_model::UnitCode;

use super::conflict::{self, Circumstances, Conflict};
use super::decision::PathStep;
use super::place::Placed;
use super::words;
use crate::Rules;
use crate::region;
use crate::units::{Level, Unit, UnitKind, Units};

/// More levels than any country has: a register with odd parents ends here.
const HIGHEST_CLIMB: usize = 16;

/// What the way up is walked with.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) rules: &'a Rules,
    pub(super) units: &'a Units,
    pub(super) people: &'a [Placed<'a>],
    pub(super) circumstances: &'a Circumstances<'a>,
    pub(super) excluded: &'a [UnitCode],
    /// Where the way up starts for somebody whose division is not known.
    pub(super) fallback: Option<&'a Unit>,
    /// The tip is flagged as about an upper level: it goes above this one, whatever the ranks say.
    pub(super) above_level: Option<Level>,
}

/// Where the way up led.
pub(super) struct Climb<'a> {
    /// The unit that takes it.
    pub(super) found: Option<&'a Unit>,
    /// The last unit that was looked at.
    pub(super) top: &'a Unit,
    /// Whether a unit on the way manages the subject.
    pub(super) managed: bool,
    /// The last conflict that sent it further up.
    pub(super) conflict: Option<Conflict>,
    /// The steps, the found unit's last.
    pub(super) path: Vec<PathStep>,
}

impl<'a> Search<'a> {
    /// The department of a subject's own division, or of the nearest around it; the fallback where the
    /// division is not known or the register has none there.
    pub(super) fn start(&self, someone: &Placed<'_>) -> Option<&'a Unit> {
        let local = someone.region.as_ref().and_then(|region| self.units.organisation_for(region));
        local.or(self.fallback)
    }

    /// The unit that manages somebody, whatever the conflicts.
    pub(super) fn manager(&self, someone: &Placed<'_>) -> Option<&'a Unit> {
        let mut unit = self.start(someone);
        for _ in 0..HIGHEST_CLIMB {
            let current = unit?;
            if self.manages(current, someone) {
                return Some(current);
            }
            unit = self.above(current);
        }
        None
    }

    /// Walks up from `start` for `lead`.
    pub(super) fn climb(&self, start: &'a Unit, lead: &Placed<'_>) -> Climb<'a> {
        let mut climb = Climb { found: None, top: start, managed: false, conflict: None, path: Vec::new() };
        let mut next = Some(start);
        for _ in 0..HIGHEST_CLIMB {
            let Some(unit) = next else { break };
            climb.top = unit;
            climb.managed |= self.manages(unit, lead);
            next = self.above(unit);
            // Nobody knows where the subject belongs: the receiving department keeps what it cannot
            // hand up.
            let spared = lead.region.is_none() && next.is_none();
            let is_local = unit.code == start.code && !spared;
            if let Some((conflict, why)) = self.against(unit, is_local) {
                climb.conflict = Some(conflict);
                climb.path.push(PathStep::new(Some(&unit.code), Some(conflict), why));
            } else if let Some(why) = self.passed_over(unit, lead, climb.managed) {
                climb.path.push(PathStep::new(Some(&unit.code), None, why));
            } else {
                climb.path.push(PathStep::new(
                    Some(&unit.code),
                    None,
                    chosen(unit, lead, climb.conflict.is_some()),
                ));
                climb.found = Some(unit);
                break;
            }
        }
        climb
    }

    /// The conflict that keeps the tip from a unit, in words too.
    fn against(&self, unit: &Unit, is_local: bool) -> Option<(Conflict, String)> {
        let code = &unit.code;
        if let Some(found) = conflict::of_unit(self.units, unit, self.people, self.circumstances) {
            return Some((found, words::of_conflict(found, code)));
        }
        let found = self.circumstances.against_local().filter(|_| is_local)?;
        let why = match found {
            Conflict::C1 => words::C1_MARKED.say(&[code.as_str()]),
            _ => words::of_conflict(found, code),
        };
        Some((found, why))
    }

    /// Why a unit without a conflict does not take it; `None` where it does.
    fn passed_over(&self, unit: &Unit, lead: &Placed<'_>, managed: bool) -> Option<String> {
        let code = &unit.code;
        if !managed {
            Some(words::NOT_MANAGED.say(&[code.as_str(), &described(lead)]))
        } else if self.above_level.is_some_and(|level| unit.level <= level) {
            Some(words::ABOVE_LEVEL.say(&[code.as_str()]))
        } else if !unit.handles {
            Some(words::NOT_HANDLING.say(&[code.as_str()]))
        } else if self.excluded.contains(code) {
            Some(words::EXCLUDED.say(&[code.as_str()]))
        } else {
            None
        }
    }

    /// The next organisation department up: the register's parent, else of the division around.
    pub(super) fn above(&self, unit: &Unit) -> Option<&'a Unit> {
        let mut parent = unit.parent.as_ref().and_then(|code| self.units.get(code));
        for _ in 0..HIGHEST_CLIMB {
            match parent {
                Some(found) if found.kind == UnitKind::Organisation => return Some(found),
                Some(other) => parent = other.parent.as_ref().and_then(|code| self.units.get(code)),
                None => break,
            }
        }
        region::outward(&unit.region)
            .skip(1)
            .find_map(|around| self.units.organisation_of(&around))
            .filter(|found| found.level > unit.level)
    }

    /// Whether a department's level and list of ranks hold the subject. The lower ranks of its region
    /// are held by the highest it manages.
    pub(super) fn manages(&self, unit: &Unit, someone: &Placed<'_>) -> bool {
        if someone.post_rule.is_some_and(|rule| unit.level < rule.managed_by) {
            return false;
        }
        if someone.vertical.is_some() && someone.level.is_some_and(|level| unit.level < level.above()) {
            return false;
        }
        let Some(seniority) = someone.seniority else { return true };
        let listed =
            unit.manages.iter().filter_map(|rank| self.rules.taxonomy.seniority(&rank.rank_code)).min();
        match listed {
            Some(highest) => seniority >= highest,
            None => self.rules.routing.level_covers(unit.level, seniority),
        }
    }
}

/// What is managed, in words: never a name.
fn described(someone: &Placed<'_>) -> String {
    if let Some(rule) = someone.post_rule {
        return rule.post.clone();
    }
    if let Some(system) = someone.vertical {
        return words::VERTICAL.say(&[system]);
    }
    match &someone.rank {
        Some(rank) => words::RANK.say(&[&rank.to_string()]),
        None => words::THIS_RANK.say(&[]),
    }
}

fn chosen(unit: &Unit, lead: &Placed<'_>, avoided: bool) -> String {
    let code = unit.code.as_str();
    if avoided && lead.region.is_some() {
        return words::AVOIDED.say(&[code]);
    }
    match (&lead.region, &lead.rank) {
        (None, _) => words::NO_REGION.say(&[code]),
        (Some(_), None) => words::NO_RANK.say(&[code]),
        (Some(_), Some(_)) => words::MANAGED.say(&[unit.level.zh(), &described(lead), code]),
    }
}
