//! Lookups over the register, built once.

use std::collections::HashMap;

use dengwen_model::{RegionCode, UnitCode};

use super::file::{self, Lines, Parsed};
use super::names::{division, normal, person};
use super::{Person, Unit, UnitKind};
use crate::error::RulesError;
use crate::region;
use crate::yaml::Source;

/// The register with its lookups. Serves 100 000 units: each lookup is a hash or a short list.
#[derive(Debug, Clone, Default)]
pub struct Units {
    units: Vec<Unit>,
    lines: Vec<u64>,
    warnings: Vec<RulesError>,
    by_code: HashMap<UnitCode, usize>,
    by_region: HashMap<RegionCode, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
    by_person: HashMap<String, Vec<usize>>,
    /// The short forms of each unit's names, beside `units`.
    normal_names: Vec<Vec<String>>,
    divisions: HashMap<String, RegionCode>,
    top: Option<usize>,
}

impl Units {
    /// The sample organisation: an invented province with three cities and their counties.
    ///
    /// # Errors
    /// None in a build that passed its tests; the file is read like any other.
    pub fn sample() -> Result<Self, RulesError> {
        Self::parse("units.yaml", include_str!("../../data/units.yaml"))
    }

    /// Reads a units file; `file` is its name for errors.
    ///
    /// # Errors
    /// Not YAML, not the contract's shape, doubled codes, unknown parents, parents in a circle; with
    /// the line.
    pub fn parse(file: &str, text: &str) -> Result<Self, RulesError> {
        let parsed = file::parse(Source { file, text })?;
        Ok(Self::indexed(parsed))
    }

    /// A register from entries that are already in hand, as the ledger keeps them.
    ///
    /// # Errors
    /// Doubled codes, unknown parents, parents in a circle.
    pub fn from_units(units: Vec<Unit>) -> Result<Self, RulesError> {
        let source = Source { file: "units", text: "" };
        let lines = vec![Lines::default(); units.len()];
        let warnings = file::check(source, &units, &lines)?;
        Ok(Self::indexed(Parsed { units, lines, warnings }))
    }

    fn indexed(parsed: Parsed) -> Self {
        let mut index = Self {
            lines: parsed.lines.iter().map(|lines| lines.code).collect(),
            warnings: parsed.warnings,
            ..Self::default()
        };
        for unit in parsed.units {
            index.add(unit);
        }
        index
    }

    fn add(&mut self, unit: Unit) {
        let at = self.units.len();
        let mut names: Vec<String> = unit.names().map(normal).filter(|name| !name.is_empty()).collect();
        names.sort_unstable();
        names.dedup();
        for name in &names {
            self.by_name.entry(name.clone()).or_default().push(at);
            if matches!(unit.kind, UnitKind::Organisation | UnitKind::Committee | UnitKind::Government)
                && let Some(division) = division(name)
            {
                self.divisions.entry(division.to_owned()).or_insert_with(|| unit.region.clone());
            }
        }
        for someone in unit.people() {
            let places = self.by_person.entry(person(&someone.name)).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
        let top = self.top_organisation().map(|top| (top.handles, top.level));
        if unit.kind == UnitKind::Organisation && top.is_none_or(|top| (unit.handles, unit.level) > top) {
            self.top = Some(at);
        }
        self.by_code.insert(unit.code.clone(), at);
        self.by_region.entry(unit.region.clone()).or_default().push(at);
        self.normal_names.push(names);
        self.units.push(unit);
    }

    /// All units in the file's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Unit> {
        self.units.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// What is odd about the file without making it unusable: keys that are not the contract's, a
    /// committee that is served but not listed.
    pub fn warnings(&self) -> &[RulesError] {
        &self.warnings
    }

    /// The line of a unit's entry; 0 where the register did not come from a file.
    pub fn line(&self, code: &UnitCode) -> u64 {
        self.by_code.get(code).and_then(|at| self.lines.get(*at)).copied().unwrap_or(0)
    }

    /// The unit of this code.
    pub fn get(&self, code: &UnitCode) -> Option<&Unit> {
        self.by_code.get(code).and_then(|at| self.units.get(*at))
    }

    /// The units of exactly this division.
    pub fn in_region(&self, region: &RegionCode) -> impl Iterator<Item = &Unit> {
        self.by_region.get(region).into_iter().flatten().filter_map(|at| self.units.get(*at))
    }

    /// The organisation department of exactly this division: the highest where there are several.
    pub fn organisation_of(&self, region: &RegionCode) -> Option<&Unit> {
        let departments = self.in_region(region).filter(|unit| unit.kind == UnitKind::Organisation);
        // The first of the highest: `max_by_key` would give the last.
        departments.fold(None, |best: Option<&Unit>, unit| match best {
            Some(best) if (best.handles, best.level) >= (unit.handles, unit.level) => Some(best),
            _ => Some(unit),
        })
    }

    /// The organisation department that a division belongs to: its own, else of the nearest division
    /// around it.
    pub fn organisation_for(&self, division: &RegionCode) -> Option<&Unit> {
        region::outward(division).find_map(|region| self.organisation_of(&region))
    }

    /// The highest organisation department of the register, the first where there are several.
    pub fn top_organisation(&self) -> Option<&Unit> {
        self.top.and_then(|at| self.units.get(at))
    }

    /// Where people of this name lead or work.
    pub fn people_named(&self, name: &str) -> impl Iterator<Item = (&Unit, &Person)> {
        let name = person(name);
        let places = self.by_person.get(&name).into_iter().flatten();
        places.filter_map(|at| self.units.get(*at)).flat_map(move |unit| {
            let name = name.clone();
            unit.people().filter(move |someone| person(&someone.name) == name).map(move |p| (unit, p))
        })
    }

    /// The units with this very name or everyday name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Unit> {
        self.by_name.get(&normal(name)).into_iter().flatten().filter_map(|at| self.units.get(*at))
    }

    /// The unit that an organisation as written is, or is a part of, as far as the register tells:
    /// 清岚县委组织部干部科 is part of 中共清岚县委组织部. `region` narrows the choice and allows names
    /// without their division (县委组织部).
    pub fn find(&self, name: &str, region: Option<&RegionCode>) -> Option<&Unit> {
        let wanted = normal(name);
        if wanted.is_empty() {
            return None;
        }
        let exact = self.by_name.get(&wanted).map(Vec::as_slice).unwrap_or_default();
        let near = |at: &&usize| {
            region
                .is_none_or(|region| self.units.get(**at).is_some_and(|u| region::nested(&u.region, region)))
        };
        if let Some(at) = exact.iter().find(near) {
            return self.units.get(*at);
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
