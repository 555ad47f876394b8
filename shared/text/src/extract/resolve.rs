//! From names as written to the units register: which unit, which person, with a score and reasons.

use dengwen_model::RegionCode;
use dengwen_rules::{Level, Unit, UnitKind, Units, region};

use super::org::Org;
use super::title::Post;
use crate::link::sound::sound;
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
    /// Who of the unit it may be.
    pub(crate) person: Option<Registered<'u>>,
}

/// Somebody of the register whose name is the one that was written, or nearly so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registered<'u> {
    pub(crate) name: &'u str,
    pub(crate) title: &'u str,
    pub(crate) spelling: Spelling,
}

/// How a name was written, by the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    Same,
    /// One character is written otherwise and read alike: 军 for 钧.
    SoundsSame,
    /// One character is another: a slip of the pen, or a brother.
    OneOff,
}

impl Registered<'_> {
    /// Whether it is this person, of whom the report tells this post. A name that is not quite the register's may be
    /// somebody else's of the same body; a report on a driver must not become one on the director.
    pub(crate) fn is_meant(&self, told: Option<&Post>, held: Option<&Post>) -> bool {
        let same =
            |told: &Post| held.is_some_and(|held| (&held.base, held.deputy) == (&told.base, told.deputy));
        match self.spelling {
            Spelling::Same => true,
            Spelling::SoundsSame => told.is_none_or(same),
            Spelling::OneOff => told.is_some_and(same),
        }
    }
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
            if let Some(person) = &person {
                let (reason, more) = match person.spelling {
                    Spelling::Same => ("姓名在册", 0.3),
                    Spelling::SoundsSame => ("姓名与在册者差一字", 0.2),
                    Spelling::OneOff => ("姓名与在册者差一字", 0.0),
                };
                reasons.push(reason.to_owned());
                score += more;
            }
            let score = score.min(1.0);
            if score >= LEAST && best.as_ref().is_none_or(|b| score > b.resolution.score) {
                let resolution = Resolution { unit: unit.code.clone(), score, reasons };
                best = Some(Resolved { unit, resolution, person });
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
        // A 纪律检查委员会 ends as a committee does, and is not named by the division alone; a township's bodies may be
        // registered under their county's code.
        let own = |unit: &&Unit| {
            unit.region == *code
                && region::level_of(code).is_none_or(|level| unit.level == level)
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

fn person_in<'u>(unit: &'u Unit, name: &str) -> Option<Registered<'u>> {
    let of = |wanted: Spelling| {
        let person = unit.people().find(|person| spelling(&person.name, name) == Some(wanted))?;
        Some(Registered { name: &person.name, title: &person.title, spelling: wanted })
    };
    of(Spelling::Same).or_else(|| of(Spelling::SoundsSame)).or_else(|| of(Spelling::OneOff))
}

/// How a registered name was written, if it may be that name: of three characters or more, with the same surname, one
/// may be another.
fn spelling(registered: &str, written: &str) -> Option<Spelling> {
    if registered == written {
        return Some(Spelling::Same);
    }
    let (a, b): (Vec<char>, Vec<char>) = (registered.chars().collect(), written.chars().collect());
    if a.len() < 3 || a.len() != b.len() || a[0] != b[0] {
        return None;
    }
    let mut differing = a.iter().zip(&b).filter(|(x, y)| x != y);
    let ((&one, &other), None) = (differing.next()?, differing.next()) else { return None };
    let alike = sound(one).is_some() && sound(one) == sound(other);
    Some(if alike { Spelling::SoundsSame } else { Spelling::OneOff })
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
    use dengwen_rules::{Level, UnitKind, Units};

    use super::{Register, Spelling, spelling};

    #[test]
    fn a_division_is_called_the_same_whatever_the_order_of_the_register() {
        let sample = Units::sample().unwrap();
        let mut turned: Vec<_> = sample.iter().cloned().collect();
        turned.sort_by_key(|unit| (unit.level != Level::Township, unit.kind != UnitKind::Discipline));
        let turned = Units::from_units(turned).unwrap();
        for units in [&sample, &turned] {
            for (code, name) in
                [("990121", "临沅市清岚县"), ("990222", "瑞澜市怀渠县"), ("990122", "临沅市溪垣县")]
            {
                let division = Register { units }.full_division(&code.parse().unwrap());
                assert_eq!(division.as_deref(), Some(name));
            }
        }
    }

    #[test]
    fn a_name_is_corrected_only_where_it_sounds_alike_or_the_post_says_so() {
        assert_eq!(spelling("骆维钧", "骆维钧"), Some(Spelling::Same));
        assert_eq!(spelling("骆维钧", "骆维军"), Some(Spelling::SoundsSame));
        assert_eq!(spelling("骆维钧", "骆维明"), Some(Spelling::OneOff));
        assert_eq!(spelling("骆维钧", "罗维钧"), None);
        assert_eq!(spelling("骆维钧", "骆钧"), None);
    }
}
