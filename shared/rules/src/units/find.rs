//! Finding the unit or the division that somebody wrote about.

use dengwen_model::RegionCode;

use super::index::Units;
use super::names::normal;
use super::{Unit, UnitKind};
use crate::region;

impl Units {
    /// The unit that an organisation as written is, or is a part of, as far as the register tells:
    /// 清岚县委组织部干部科 is part of 中共清岚县委组织部. `region` narrows the choice and allows names
    /// without their division (县委组织部).
    pub fn find(&self, name: &str, region: Option<&RegionCode>) -> Option<&Unit> {
        let wanted = normal(name);
        if wanted.is_empty() {
            return None;
        }
        if let Some(unit) = self.find_exact(&wanted, region) {
            return Some(unit);
        }
        match region {
            // A township's body may be listed under its county; a county's never under its city,
            // where 教育局 is another body.
            Some(region) => region::outward(region)
                .take_while(|around| around == region || region::depth(around) >= 6)
                .find_map(|around| self.find_within(&wanted, &around)),
            None => self.find_part(&wanted),
        }
    }

    /// The unit of this very name: of the division itself before one around or within it; without a
    /// division only where the name is clear.
    fn find_exact(&self, wanted: &str, region: Option<&RegionCode>) -> Option<&Unit> {
        let places = self.by_name.get(wanted)?;
        let mut units = places.iter().filter_map(|at| self.units.get(*at));
        match region {
            Some(region) => {
                let nested: Vec<&Unit> = units.filter(|unit| region::nested(&unit.region, region)).collect();
                nested.iter().find(|unit| unit.region == *region).or(nested.first()).copied()
            }
            None => units.next().filter(|_| places.len() == 1),
        }
    }

    /// The best match among the units of one division: a name that ends as the wanted one does, or
    /// the longest name that the wanted one begins or ends with.
    fn find_within(&self, wanted: &str, region: &RegionCode) -> Option<&Unit> {
        let mut best: Option<(usize, usize)> = None;
        for &at in self.by_region.get(region)? {
            let Some(kind) = self.units.get(at).map(|unit| unit.kind) else { continue };
            for name in self.normal_names.get(at).into_iter().flatten() {
                let Some(score) = similarity(wanted, name, kind) else { continue };
                if best.is_none_or(|(top, _)| score > top) {
                    best = Some((score, at));
                }
            }
        }
        best.and_then(|(_, at)| self.units.get(at))
    }

    /// The longest beginning of the wanted name that is a unit.
    fn find_part(&self, wanted: &str) -> Option<&Unit> {
        let ends: Vec<usize> = wanted.char_indices().skip(4).map(|(at, _)| at).collect();
        ends.into_iter().rev().find_map(|end| {
            let places = self.by_name.get(wanted.get(..end)?)?;
            places.iter().filter_map(|at| self.units.get(*at)).find(|unit| has_sections(unit.kind))
        })
    }

    /// The division that a text names: the smallest of those it holds (临沅市清岚县 → 990121).
    pub fn region_in(&self, text: &str) -> Option<&RegionCode> {
        const LONGEST: usize = 12;
        let text = normal(text);
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut best: Option<&RegionCode> = None;
        for (first, start) in starts.iter().enumerate() {
            for end in starts.iter().skip(first + 2).take(LONGEST) {
                let found = text.get(*start..*end).and_then(|name| self.divisions.get(name));
                if let Some(found) = found
                    && best.is_none_or(|best| region::depth(found) > region::depth(best))
                {
                    best = Some(found);
                }
            }
        }
        best
    }
}

/// Whether a part of a name may stand for the whole unit. The offices of a committee or a government
/// are units of their own, so 清岚县委宣传部 is not 清岚县委.
fn has_sections(kind: UnitKind) -> bool {
    !matches!(kind, UnitKind::Committee | UnitKind::Government)
}

/// How well a unit's name fits the wanted one, in shared bytes; `None` where it does not.
fn similarity(wanted: &str, name: &str, kind: UnitKind) -> Option<usize> {
    const SHORTEST: usize = 3 * "部".len();
    let shared = wanted.len().min(name.len());
    if shared < SHORTEST {
        // 县委 alone is still clear within a county.
        return (name.ends_with(wanted) && wanted.len() == 2 * "委".len() && !has_sections(kind))
            .then_some(shared);
    }
    let ends = name.ends_with(wanted) || wanted.ends_with(name);
    let begins = has_sections(kind) && wanted.starts_with(name);
    (ends || begins).then_some(shared)
}
