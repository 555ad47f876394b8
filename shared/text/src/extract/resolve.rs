//! From names as written to the units register: which unit, which person, with a score and reasons.

use dengwen_model::RegionCode;
use dengwen_rules::{Level, Unit, UnitKind, Units, region};

use super::org::Org;
use crate::reading::Resolution;

/// Below this a resolution is not used.
const LEAST: f64 = 0.5;

/// The register with what reading asks it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Register<'u> {
    pub(crate) units: &'u Units,
}

/// A unit found, and the person in it by register spelling.
#[derive(Debug, Clone)]
pub(crate) struct Resolved<'u> {
    pub(crate) unit: &'u Unit,
    pub(crate) resolution: Resolution,
    /// The person's name and post by the register.
    pub(crate) person: Option<(&'u str, &'u str)>,
}

impl<'u> Register<'u> {
    /// The unit of an organisation as written and of a person.
    pub(crate) fn resolve(
        &self,
        org: Option<&Org>,
        name: Option<&str>,
        place: Option<&RegionCode>,
    ) -> Option<Resolved<'u>> {
        let mut best: Option<Resolved<'u>> = None;
        let mut offer = |unit: &'u Unit, score: f64, reason: &str| {
            let mut reasons = vec![reason.to_owned()];
            let mut score = score;
            if place.is_some_and(|place| region::nested(&unit.region, place)) {
                reasons.push("同一地区".to_owned());
                score += 0.1;
            }
            let person = name.and_then(|name| person_in(unit, name));
            if let Some((_, _, exact)) = person {
                reasons.push(if exact { "姓名在册" } else { "姓名与在册者差一字" }.to_owned());
                score += if exact { 0.3 } else { 0.2 };
            }
            let score = score.min(1.0);
            if score >= LEAST && best.as_ref().is_none_or(|b| score > b.resolution.score) {
                let resolution = Resolution { unit: unit.code.clone(), score, reasons };
                best =
                    Some(Resolved { unit, resolution, person: person.map(|(name, title, _)| (name, title)) });
            }
        };
        if let Some(org) = org {
            if let Some(unit) = org.unit.and_then(|at| self.units.iter().nth(at)) {
                offer(unit, 0.9, "名称或简称相同");
            }
            if let Some(unit) = self.units.find(&org.text, place) {
                offer(unit, 0.7, "名称相合");
            }
            if let Some(place) = place {
                let around = region::outward(place).take(2);
                for unit in around.flat_map(|r| self.units.in_region(&r).collect::<Vec<_>>()) {
                    if same_core(unit, org) {
                        offer(unit, 0.6, "俗称相合");
                    }
                }
            }
        }
        if let Some(name) = name {
            let mut homes: Vec<&'u Unit> = self.units.people_named(name).map(|(unit, _)| unit).collect();
            homes.dedup_by(|a, b| a.code == b.code);
            let fits = |unit: &&&'u Unit| place.is_none_or(|place| region::nested(&unit.region, place));
            let near: Vec<&&'u Unit> = homes.iter().filter(fits).collect();
            if let [unit] = near.as_slice() {
                offer(unit, if org.is_none() { 0.5 } else { 0.3 }, "姓名在册且只此一处");
            }
        }
        best
    }

    /// The division's own name: 清岚县.
    pub(crate) fn division(&self, code: &RegionCode) -> Option<String> {
        // A 纪律检查委员会 ends as a committee does, and is not named by the division alone.
        let own = |unit: &&Unit| {
            unit.region == *code
                && matches!(unit.kind, UnitKind::Organisation | UnitKind::Committee | UnitKind::Government)
        };
        let committee = self.units.in_region(code).filter(own).find_map(|unit| {
            let name = unit.name.trim_start_matches("中共");
            ["工作委员会", "委员会组织部", "委组织部", "委员会", "人民政府"]
                .iter()
                .find_map(|tail| name.strip_suffix(tail))
        })?;
        Some(committee.to_owned())
    }

    /// With the city before a county: 临沅市清岚县.
    pub(crate) fn full_division(&self, code: &RegionCode) -> Option<String> {
        let own = self.division(code)?;
        if region::level_of(code) != Some(Level::County) {
            return Some(own);
        }
        let city = region::outward(code).nth(1).and_then(|city| self.division(&city));
        Some(match city {
            Some(city) if !own.starts_with(&city) && region::level_of(code) == Some(Level::County) => {
                format!("{city}{own}")
            }
            _ => own,
        })
    }
}

fn person_in<'u>(unit: &'u Unit, name: &str) -> Option<(&'u str, &'u str, bool)> {
    let exact = unit.people().find(|person| person.name == name);
    let near = || unit.people().find(|person| one_off(&person.name, name));
    exact
        .map(|p| (p.name.as_str(), p.title.as_str(), true))
        .or_else(|| near().map(|p| (p.name.as_str(), p.title.as_str(), false)))
}

/// Three characters or more, the same surname, one character different.
fn one_off(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    a.len() >= 3
        && a.len() == b.len()
        && a[0] == b[0]
        && a.iter().zip(&b).filter(|(x, y)| x != y).count() == 1
}

/// The unit's name holds the written core (交通 in 清岚县交通运输局) with the same kind of ending.
fn same_core(unit: &Unit, org: &Org) -> bool {
    let core = org.core.as_str();
    let tail = org.text.chars().last();
    core.chars().count() >= 2
        && !org.seat
        && unit.names().any(|name| name.contains(core) && name.chars().last() == tail)
}

#[cfg(test)]
mod tests {
    use dengwen_rules::{UnitKind, Units};

    use super::Register;

    #[test]
    fn a_division_is_called_the_same_whatever_the_order_of_the_register() {
        let sample = Units::sample().unwrap();
        let mut turned: Vec<_> = sample.iter().cloned().collect();
        turned.sort_by_key(|unit| unit.kind != UnitKind::Discipline);
        let turned = Units::from_units(turned).unwrap();
        let code = "990121".parse().unwrap();
        for units in [&sample, &turned] {
            assert_eq!(Register { units }.full_division(&code).as_deref(), Some("临沅市清岚县"));
        }
    }
}
