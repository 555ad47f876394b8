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
    pub(super) units: Vec<Unit>,
    lines: Vec<Lines>,
    warnings: Vec<RulesError>,
    by_code: HashMap<UnitCode, usize>,
    pub(super) by_region: HashMap<RegionCode, Vec<usize>>,
    pub(super) by_name: HashMap<String, Vec<usize>>,
    by_person: HashMap<String, Vec<usize>>,
    /// The short forms of each unit's names, beside `units`.
    pub(super) normal_names: Vec<Vec<String>>,
    pub(super) divisions: HashMap<String, RegionCode>,
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
    /// Not YAML, not the contract's shape or keys, doubled codes, regions that are no division codes, unknown
    /// parents, parents in a circle or of a lower level, a unit that serves itself; with the line.
    pub fn parse(file: &str, text: &str) -> Result<Self, RulesError> {
        let mut units = Self::indexed(file::parse(Source { file, text })?);
        units.warnings = units.shared_names(file);
        Ok(units)
    }

    /// A register from entries that are already in hand, as the ledger keeps them.
    ///
    /// # Errors
    /// Doubled codes, unknown parents, parents in a circle.
    pub fn from_units(units: Vec<Unit>) -> Result<Self, RulesError> {
        let source = Source { file: "units", text: "" };
        let lines = vec![Lines::default(); units.len()];
        file::check(source, &units, &lines)?;
        Ok(Self::indexed(Parsed { units, lines }))
    }

    fn indexed(parsed: Parsed) -> Self {
        let mut index = Self { lines: parsed.lines, ..Self::default() };
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

    /// Names that two units of one division share, in the order of the lines: whoever writes such a name may mean
    /// either, and the first is taken.
    fn shared_names(&self, file: &str) -> Vec<RulesError> {
        let mut found = Vec::new();
        for (name, places) in &self.by_name {
            for (nth, &at) in places.iter().enumerate().skip(1) {
                let Some(unit) = self.units.get(at) else { continue };
                let mut earlier = places.iter().take(nth).filter_map(|&at| self.units.get(at));
                let Some(other) = earlier.find(|other| other.region == unit.region) else { continue };
                let (line, others) = (self.line(&unit.code), self.line(&other.code));
                let reason = format!(
                    "unit {} is called {name}, as is {} (line {others}) of the same division {}, which is taken for it",
                    unit.code, other.code, unit.region
                );
                found.push(RulesError { file: file.to_owned(), line, reason });
            }
        }
        found.sort_by(|one, other| (one.line, &one.reason).cmp(&(other.line, &other.reason)));
        found
    }

    /// What is odd about the file without making it unusable: names that units share.
    pub fn warnings(&self) -> &[RulesError] {
        &self.warnings
    }

    /// The line of a unit's entry; 0 where the register did not come from a file.
    pub fn line(&self, code: &UnitCode) -> u64 {
        self.lines_of(code).map_or(0, |lines| lines.code)
    }

    /// The line of a unit's `serves`; 0 as above.
    pub(crate) fn serves_line(&self, code: &UnitCode) -> u64 {
        self.lines_of(code).map_or(0, |lines| lines.serves)
    }

    /// The line of the person at this place of a unit's leaders and members; 0 as above.
    pub(crate) fn person_line(&self, code: &UnitCode, place: usize) -> u64 {
        self.lines_of(code).and_then(|lines| lines.people.get(place)).copied().unwrap_or(0)
    }

    /// The line of the rank at this place of a unit's `manages`; 0 as above.
    pub(crate) fn rank_line(&self, code: &UnitCode, place: usize) -> u64 {
        self.lines_of(code).and_then(|lines| lines.ranks.get(place)).copied().unwrap_or(0)
    }

    fn lines_of(&self, code: &UnitCode) -> Option<&Lines> {
        self.by_code.get(code).and_then(|at| self.lines.get(*at))
    }

    /// The unit of this code.
    pub fn get(&self, code: &UnitCode) -> Option<&Unit> {
        self.by_code.get(code).and_then(|at| self.units.get(*at))
    }

    /// The units of exactly this division.
    pub fn in_region(&self, region: &RegionCode) -> impl Iterator<Item = &Unit> {
        self.by_region.get(region).into_iter().flatten().filter_map(|at| self.units.get(*at))
    }

    /// Whether a unit lies in this division, or in the county or city that it lies in: parts of a city, as its
    /// development zones, need no unit of their own.
    pub fn has_division(&self, division: &RegionCode) -> bool {
        const CITY: usize = 4;
        let around =
            |unit: &Unit| region::depth(&unit.region) >= CITY && region::contains(&unit.region, division);
        self.by_region.contains_key(division)
            || self.units.iter().any(|unit| region::contains(division, &unit.region) || around(unit))
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
}
