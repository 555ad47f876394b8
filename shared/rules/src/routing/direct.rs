//! A person chooses the unit (指定办理、改派): what speaks against it, and what may be set aside.

use dengwen_model::UnitCode;

use super::climb::Search;
use super::conflict::{self, Conflict};
use super::decision::PathStep;
use super::draft::Draft;
use super::place::Placed;
use super::words;
use crate::region;
use crate::units::Unit;

/// What speaks against a unit that a person wants to give a case to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// The register has no such unit.
    Unlisted,
    /// The unit takes no reports (无承办资格).
    DoesNotHandle,
    /// Nobody verifies the matter: it is referred elsewhere or kept on file.
    NotVerified,
    /// The matter goes up unopened (密封径报).
    Sealed,
    /// A conflict of interest (I4: no target that fails the conflict check).
    Conflict(Conflict),
    /// An objection of the unit was upheld.
    Excluded,
    /// The unit does not manage the subject (干部管理权限), by rank or by division.
    DoesNotManage,
}

impl Unfit {
    /// Whether a person may set it aside with a reason: what is a matter of jurisdiction, never what protects
    /// somebody.
    pub fn may_be_set_aside(self) -> bool {
        matches!(self, Self::Excluded | Self::DoesNotManage)
    }

    /// In words, for an officer.
    pub fn why(self, unit: &UnitCode) -> String {
        let phrase = match self {
            Self::Unlisted => words::UNIT_UNLISTED,
            Self::DoesNotHandle => words::UNIT_NOT_HANDLING,
            Self::NotVerified => words::NOT_VERIFIED,
            Self::Sealed => words::SEALED,
            Self::Conflict(conflict) => {
                return format!("{conflict}：{}", words::of_conflict(conflict, unit));
            }
            Self::Excluded => words::OBJECTED,
            Self::DoesNotManage => words::OUTSIDE,
        };
        phrase.say(&[unit.as_str()])
    }

    /// In English.
    pub fn why_en(self, unit: &UnitCode) -> String {
        let why = self.why(unit);
        words::in_english(&why).unwrap_or(why)
    }
}

impl<'a> Search<'a> {
    /// What speaks against giving a matter to a unit, the gravest first.
    pub(super) fn against_directed(&self, unit: &Unit, lead: &Placed<'_>) -> Vec<Unfit> {
        let mut found = Vec::new();
        if !unit.handles {
            found.push(Unfit::DoesNotHandle);
        }
        found.extend(
            conflict::of_unit(self.units, unit, self.people, self.circumstances).map(Unfit::Conflict),
        );
        if self.is_local(unit, lead) {
            found.extend(self.circumstances.against_local().map(Unfit::Conflict));
        }
        if self.excluded.contains(&unit.code) {
            found.push(Unfit::Excluded);
        }
        let around = lead.region.as_ref().is_none_or(|own| region::contains(&unit.region, own));
        if !(around && self.manages(unit, lead)) {
            found.push(Unfit::DoesNotManage);
        }
        found
    }

    /// Whether a unit belongs to the subject's own division, which must not have what local bodies know of.
    fn is_local(&self, unit: &Unit, lead: &Placed<'_>) -> bool {
        let Some(start) = self.start(lead) else { return false };
        let within = region::contains(&start.region, &unit.region);
        within && (lead.region.is_some() || start.code != unit.code)
    }

    /// Puts the unit that a person chose in the place of the rules' own choice, unless something speaks against it
    /// that nobody may set aside; that stands in the path then.
    pub(super) fn direct(&self, code: &UnitCode, lead: &Placed<'_>, by_rules: Draft<'a>) -> Draft<'a> {
        let unit = self.units.get(code);
        let against = match unit {
            Some(unit) => self.against_directed(unit, lead),
            None => vec![Unfit::Unlisted],
        };
        let barred = against.iter().find(|unfit| !unfit.may_be_set_aside());
        let sealed = by_rules.sealed.then_some(&Unfit::Sealed);
        match (unit, sealed.or(barred)) {
            (Some(unit), None) => directed(unit, &against),
            (_, barred) => {
                let mut draft = by_rules;
                draft.path.insert(0, not_directed(code, barred.copied().unwrap_or(Unfit::Unlisted)));
                draft
            }
        }
    }
}

fn directed<'a>(unit: &'a Unit, set_aside: &[Unfit]) -> Draft<'a> {
    let code = &unit.code;
    let mut why = words::DIRECTED.say(&[code.as_str()]);
    for unfit in set_aside {
        why.push('；');
        why.push_str(&words::SET_ASIDE.say(&[&unfit.why(code)]));
    }
    Draft {
        unit: Some(unit),
        path: vec![PathStep::new(Some(code), None, why)],
        rule: "directed".to_owned(),
        ..Draft::empty()
    }
}

fn not_directed(code: &UnitCode, barred: Unfit) -> PathStep {
    let conflict = match barred {
        Unfit::Conflict(conflict) => Some(conflict),
        _ => None,
    };
    PathStep::new(Some(code), conflict, words::NOT_DIRECTED.say(&[code.as_str(), &barred.why(code)]))
}
