//! The file `deadlines.yaml`, read and checked.

use std::collections::HashMap;

use dengwen_model::{Channel, RuleId};
use serde::Deserialize;

use super::ladder::{LadderRung, WarningsFile};
use super::{
    DeadlineRule, DeadlineRules, ExtensionRule, Overdue, PeriodRule, Retention, RuleStatus, SecondStage,
    Trigger,
};
use crate::Calendar;
use crate::error::RulesError;
use crate::period::{Period, PeriodUnit};
use crate::yaml::{Located, RULES_FILE, Source, line_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeadlinesFile {
    version: String,
    period_rules: Vec<PeriodRule>,
    warnings_default: WarningsFile,
    overdue_ladder: Vec<Located<LadderRung>>,
    rules: Vec<RuleRow>,
    retention: Vec<Retention>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    id: Located<RuleId>,
    zh: String,
    en: String,
    trigger: Trigger,
    length: Located<u32>,
    unit: PeriodUnit,
    internal_target: Option<Period>,
    minimum: Option<Period>,
    extension: Option<ExtensionRule>,
    overdue: Located<String>,
    overdue_zh: Option<String>,
    condition: Option<String>,
    #[serde(default)]
    applies: Vec<Channel>,
    #[serde(default)]
    pauses: Vec<Located<RuleId>>,
    second_stage: Option<SecondStage>,
    #[serde(default)]
    recurring: bool,
    status: RuleStatus,
    source: String,
    note: Option<String>,
}

pub(super) fn parse(source: Source<'_>, calendar: Calendar) -> Result<DeadlineRules, RulesError> {
    let file: DeadlinesFile = source.parse(RULES_FILE)?;
    source.unique("rule", file.rules.iter().map(|row| &row.id))?;
    let by_id: HashMap<RuleId, usize> =
        file.rules.iter().enumerate().map(|(index, row)| (row.id.value.clone(), index)).collect();
    for paused in file.rules.iter().flat_map(|row| &row.pauses) {
        if !by_id.contains_key(&paused.value) {
            return Err(source.error(line_of(paused), format!("unknown rule {}", paused.value)));
        }
    }
    let ladder = rising(source, file.overdue_ladder)?;
    let rules =
        file.rules.into_iter().map(|row| rule(source, row, ladder.len())).collect::<Result<Vec<_>, _>>()?;
    let (warnings, warn, warn_en) = file.warnings_default.into_marks();
    Ok(DeadlineRules {
        version: file.version,
        rules,
        by_id,
        ladder,
        warnings,
        warn,
        warn_en,
        retention: file.retention,
        period_rules: file.period_rules,
        calendar,
    })
}

fn rule(source: Source<'_>, row: RuleRow, levels: usize) -> Result<DeadlineRule, RulesError> {
    let overdue_line = line_of(&row.overdue);
    let overdue = Overdue::parse(&row.overdue.value, row.overdue_zh)
        .map_err(|reason| source.error(overdue_line, reason))?;
    if let Overdue::Ladder { from } = overdue
        && !(1..=levels).contains(&usize::from(from))
    {
        return Err(source.error(overdue_line, format!("the ladder has no level {from}")));
    }
    let period = Period::new(row.length.value, row.unit)
        .map_err(|error| source.error(line_of(&row.length), error.to_string()))?;
    Ok(DeadlineRule {
        id: row.id.value,
        zh: row.zh,
        en: row.en,
        trigger: row.trigger,
        period,
        internal_target: row.internal_target,
        minimum: row.minimum,
        extension: row.extension,
        overdue,
        condition: row.condition,
        applies: row.applies,
        pauses: row.pauses.into_iter().map(|paused| paused.value).collect(),
        second_stage: row.second_stage,
        recurring: row.recurring,
        status: row.status,
        source: row.source,
        note: row.note,
    })
}

/// Levels count 1, 2, 3 … and each comes later than the one before, in working days.
fn rising(source: Source<'_>, rungs: Vec<Located<LadderRung>>) -> Result<Vec<LadderRung>, RulesError> {
    let mut ladder: Vec<LadderRung> = Vec::with_capacity(rungs.len());
    for located in rungs {
        let line = line_of(&located);
        let rung = located.value;
        if rung.after.unit() != PeriodUnit::WorkingDay {
            return Err(source.error(line, "a ladder step is counted in working_day"));
        }
        if usize::from(rung.level) != ladder.len() + 1 {
            return Err(source.error(line, "ladder levels must count 1, 2, 3 …"));
        }
        if ladder.last().is_some_and(|before| before.after.length() >= rung.after.length()) {
            return Err(source.error(line, "a ladder step must come later than the one before"));
        }
        ladder.push(rung);
    }
    if ladder.is_empty() {
        return Err(source.error(1, "overdue_ladder has no step"));
    }
    Ok(ladder)
}
