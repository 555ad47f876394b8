//! The units file, read and checked.

use std::collections::HashMap;

use dengwen_model::{RegionCode, UnitCode};
use serde::Deserialize;

use super::{Level, Manages, Person, Unit, UnitKind};
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
    region: RegionCode,
    parent: Option<Located<String>>,
    serves: Option<Located<String>>,
    handles: Option<bool>,
    leaders: Option<Vec<Person>>,
    members: Option<Vec<Person>>,
    manages: Option<Vec<Manages>>,
}

/// The lines of one entry.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lines {
    pub(super) code: u64,
    parent: u64,
    serves: u64,
}

/// What a register file holds, and what is odd about it without making it unusable.
pub(super) struct Parsed {
    pub(super) units: Vec<Unit>,
    pub(super) lines: Vec<Lines>,
    pub(super) warnings: Vec<RulesError>,
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
    let warnings = check(source, &units, &lines)?;
    Ok(Parsed { units, lines, warnings })
}

fn unit(source: Source<'_>, row: UnitRow) -> Result<(Unit, Lines), RulesError> {
    if row.name.value.trim().is_empty() {
        return Err(source.error(line_of(&row.name), format!("unit {} has no name", row.code.value)));
    }
    let lines = Lines {
        code: line_of(&row.code),
        parent: row.parent.as_ref().map_or(0, line_of),
        serves: row.serves.as_ref().map_or(0, line_of),
    };
    let handles = row.handles.unwrap_or(matches!(row.kind, UnitKind::Organisation | UnitKind::Discipline));
    let unit = Unit {
        code: row.code.value,
        name: row.name.value,
        short_names: row.short_names.unwrap_or_default(),
        kind: row.kind,
        level: row.level,
        region: row.region,
        parent: reference(source, row.parent)?,
        serves: reference(source, row.serves)?,
        handles,
        leaders: row.leaders.unwrap_or_default(),
        members: row.members.unwrap_or_default(),
        manages: row.manages.unwrap_or_default(),
    };
    Ok((unit, lines))
}

fn reference(source: Source<'_>, written: Option<Located<String>>) -> Result<Option<UnitCode>, RulesError> {
    let Some(written) = written else { return Ok(None) };
    match written.value.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|error| source.error(line_of(&written), format!("{error}"))),
    }
}

/// Doubled codes, unknown parents and circles make a register unusable; a committee that is served but
/// not listed only hides its leaders, and is a warning.
pub(super) fn check(
    source: Source<'_>,
    units: &[Unit],
    lines: &[Lines],
) -> Result<Vec<RulesError>, RulesError> {
    let at = |index: usize| lines.get(index).copied().unwrap_or_default();
    let mut position: HashMap<&UnitCode, usize> = HashMap::with_capacity(units.len());
    for (index, unit) in units.iter().enumerate() {
        if position.insert(&unit.code, index).is_some() {
            return Err(source.error(at(index).code, format!("unit {} stands twice", unit.code)));
        }
    }
    let mut warnings = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        if let Some(parent) = unit.parent.as_ref().filter(|parent| !position.contains_key(parent)) {
            return Err(
                source.error(at(index).parent, format!("unit {}: unknown parent {parent}", unit.code))
            );
        }
        if let Some(serves) = unit.serves.as_ref().filter(|serves| !position.contains_key(serves)) {
            let reason = format!("unit {} serves {serves}, which is not listed", unit.code);
            warnings.push(source.error(at(index).serves, reason));
        }
    }
    match circle(units, &position) {
        Some(index) => Err(source.error(at(index).parent, "the parents go in a circle")),
        None => Ok(warnings),
    }
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
