//! The units file, read and checked.

use std::collections::HashMap;
use std::fmt;

use dengwen_model::{RankCode, RegionCode, UnitCode};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Level, Manages, Person, Unit, UnitKind};
use crate::divisions::is_division_code;
use crate::error::RulesError;
use crate::yaml::{Located, Source, UNITS_FILE, line_of};

/// An entry as it is written. Another key is an error: a misspelt one would silently drop people whom a tip
/// must not reach.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitRow {
    code: Located<UnitCode>,
    name: Located<String>,
    short_names: Option<Vec<String>>,
    kind: UnitKind,
    level: Level,
    region: Located<WrittenRegion>,
    parent: Option<Located<String>>,
    serves: Option<Located<String>>,
    handles: Option<bool>,
    leaders: Option<Vec<PersonRow>>,
    members: Option<Vec<PersonRow>>,
    manages: Option<Vec<ManagesRow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonRow {
    name: Located<String>,
    #[serde(default)]
    title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManagesRow {
    rank_code: Located<RankCode>,
}

/// A division code as it is written. A number is told from a text and refused: what YAML makes of digits
/// without quotes depends on the reader and on a leading zero.
enum WrittenRegion {
    Text(String),
    Number,
}

impl<'de> Deserialize<'de> for WrittenRegion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RegionVisitor)
    }
}

struct RegionVisitor;

impl Visitor<'_> for RegionVisitor {
    type Value = WrittenRegion;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a region code in quotes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<WrittenRegion, E> {
        Ok(WrittenRegion::Text(text.to_owned()))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<WrittenRegion, E> {
        Ok(WrittenRegion::Number)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<WrittenRegion, E> {
        Ok(WrittenRegion::Number)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<WrittenRegion, E> {
        Ok(WrittenRegion::Number)
    }
}

/// The lines of one entry.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    pub(super) code: u64,
    parent: u64,
    pub(super) serves: u64,
    /// Beside the unit's leaders and members.
    pub(super) people: Vec<u64>,
    /// Beside the unit's `manages`.
    pub(super) ranks: Vec<u64>,
}

/// What a register file holds.
pub(super) struct Parsed {
    pub(super) units: Vec<Unit>,
    pub(super) lines: Vec<Lines>,
}

pub(super) fn parse(source: Source<'_>) -> Result<Parsed, RulesError> {
    let rows: Vec<UnitRow> = source.parse(UNITS_FILE)?;
    let mut units = Vec::with_capacity(rows.len());
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let (unit, at) = unit(source, row)?;
        units.push(unit);
        lines.push(at);
    }
    check(source, &units, &lines)?;
    check_relations(source, &units, &lines)?;
    Ok(Parsed { units, lines })
}

fn unit(source: Source<'_>, row: UnitRow) -> Result<(Unit, Lines), RulesError> {
    if row.name.value.trim().is_empty() {
        return Err(source.error(line_of(&row.name), format!("unit {} has no name", row.code.value)));
    }
    let lines = Lines {
        code: line_of(&row.code),
        parent: row.parent.as_ref().map_or(0, line_of),
        serves: row.serves.as_ref().map_or(0, line_of),
        people: [&row.leaders, &row.members]
            .into_iter()
            .flatten()
            .flatten()
            .map(|person| line_of(&person.name))
            .collect(),
        ranks: row.manages.iter().flatten().map(|rank| line_of(&rank.rank_code)).collect(),
    };
    let region = region(source, &row.code.value, &row.region)?;
    let manages = row.manages.into_iter().flatten();
    let handles = row.handles.unwrap_or(matches!(row.kind, UnitKind::Organisation | UnitKind::Discipline));
    let unit = Unit {
        code: row.code.value,
        name: row.name.value,
        short_names: row.short_names.unwrap_or_default(),
        kind: row.kind,
        level: row.level,
        region,
        parent: reference(source, row.parent)?,
        serves: reference(source, row.serves)?,
        handles,
        leaders: people(row.leaders),
        members: people(row.members),
        manages: manages.map(|rank| Manages { rank_code: rank.rank_code.value }).collect(),
    };
    Ok((unit, lines))
}

fn people(rows: Option<Vec<PersonRow>>) -> Vec<Person> {
    let person = |row: PersonRow| Person { name: row.name.value, title: row.title };
    rows.unwrap_or_default().into_iter().map(person).collect()
}

/// The division of a unit: of the shape of a code. Which codes there are is not asked here: a line may be
/// tried with an invented province.
fn region(
    source: Source<'_>,
    unit: &UnitCode,
    written: &Located<WrittenRegion>,
) -> Result<RegionCode, RulesError> {
    let wrong = |why: &str| source.error(line_of(written), format!("unit {unit}: region: {why}"));
    match &written.value {
        WrittenRegion::Number => Err(wrong("a number; a region code stands in quotes, as \"990121\"")),
        WrittenRegion::Text(code) if !is_division_code(code) => {
            Err(wrong(&format!("{code:?} is not a region code of 6, 9 or 12 digits, as \"990121\"")))
        }
        WrittenRegion::Text(code) => code.parse().map_err(|error| wrong(&format!("{error}"))),
    }
}

fn reference(source: Source<'_>, written: Option<Located<String>>) -> Result<Option<UnitCode>, RulesError> {
    let Some(written) = written else { return Ok(None) };
    match written.value.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|error| source.error(line_of(&written), format!("{error}"))),
    }
}

/// Doubled codes, unknown parents and circles make a register unusable. A committee that is served but not listed
/// only hides its leaders: a line may be tried with such a register, and none is imported
/// ([`crate::Rules::check_units`]).
pub(super) fn check(source: Source<'_>, units: &[Unit], lines: &[Lines]) -> Result<(), RulesError> {
    let line = |index: usize, of: fn(&Lines) -> u64| lines.get(index).map_or(0, of);
    let mut position: HashMap<&UnitCode, usize> = HashMap::with_capacity(units.len());
    for (index, unit) in units.iter().enumerate() {
        if position.insert(&unit.code, index).is_some() {
            return Err(source.error(line(index, |at| at.code), format!("unit {} stands twice", unit.code)));
        }
    }
    for (index, unit) in units.iter().enumerate() {
        if let Some(parent) = unit.parent.as_ref().filter(|parent| !position.contains_key(parent)) {
            let reason = format!("unit {}: unknown parent {parent}", unit.code);
            return Err(source.error(line(index, |at| at.parent), reason));
        }
    }
    match circle(units, &position) {
        Some(index) => Err(source.error(line(index, |at| at.parent), "the parents go in a circle")),
        None => Ok(()),
    }
}

/// What a file may not say of how units stand to each other. Not asked of the rows of a ledger: a register
/// that was taken before this was checked must not keep a line from starting.
fn check_relations(source: Source<'_>, units: &[Unit], lines: &[Lines]) -> Result<(), RulesError> {
    let levels: HashMap<&UnitCode, Level> = units.iter().map(|unit| (&unit.code, unit.level)).collect();
    for (unit, at) in units.iter().zip(lines) {
        if unit.serves.as_ref() == Some(&unit.code) {
            return Err(source.error(at.serves, format!("unit {} serves itself", unit.code)));
        }
        let Some(parent) = &unit.parent else { continue };
        if levels.get(parent).is_some_and(|level| *level < unit.level) {
            let reason = format!(
                "unit {}: its parent {parent} is of a lower level; one level up would go down",
                unit.code
            );
            return Err(source.error(at.parent, reason));
        }
    }
    Ok(())
}

/// A unit on a circle of parents. Each unit is walked over once: what led to the top before is marked.
fn circle(units: &[Unit], position: &HashMap<&UnitCode, usize>) -> Option<usize> {
    const FRESH: u32 = 0;
    let mut walked = vec![FRESH; units.len()];
    for start in 0..units.len() {
        let walk = u32::try_from(start).unwrap_or(u32::MAX).saturating_add(1);
        let mut next = Some(start);
        while let Some(index) = next {
            match walked.get(index) {
                Some(&mark) if mark == walk => return Some(index),
                Some(&FRESH) => {}
                _ => break,
            }
            if let Some(mark) = walked.get_mut(index) {
                *mark = walk;
            }
            next =
                units.get(index).and_then(|unit| unit.parent.as_ref()).and_then(|p| position.get(p).copied());
        }
    }
    None
}
