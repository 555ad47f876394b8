//! When the clock has to look at a time limit, and what it finds there.

use dengwen_model::{Deadline, DeadlineState};
use dengwen_rules::{DeadlineRules, Start, beginning_of, cut_off};
use jiff::Timestamp;

/// One thing to be recorded about a limit: level 0 warns before it, 1 to 4 are the overdue ladder. `nth`
/// tells the warnings apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) level: u8,
    pub(crate) nth: u8,
    pub(crate) at: Timestamp,
    pub(crate) action: String,
}

/// Every step of a limit in the order of time: the warnings before it, then the ladder.
pub(crate) fn steps(rules: &DeadlineRules, limit: &Deadline) -> Vec<Step> {
    let warnings = rules.warnings(Start::Instant(limit.start), limit.due);
    let mut steps: Vec<Step> = (0..)
        .zip(warnings)
        .filter_map(|(nth, warning)| {
            let action = format!("临期提醒：{}", warning.notify.join("、"));
            Some(Step { level: 0, nth, at: beginning_of(warning.date)?, action })
        })
        .collect();
    if let Some(rule) = rules.get(&limit.rule) {
        steps.extend(rules.overdue_steps(rule, limit.due).into_iter().filter_map(|rung| {
            let told = match rung.notify.is_empty() {
                true => String::new(),
                false => format!("（{}）", rung.notify.join("、")),
            };
            Some(Step {
                level: rung.level,
                nth: 0,
                at: cut_off(rung.date)?,
                action: format!("{}{told}", rung.action),
            })
        }));
    }
    steps.sort_by_key(|step| (step.at, step.level, step.nth));
    steps
}

/// When the clock looks at a new limit first: at its first step, which has come already where the limit was
/// set late. Never where it does not run.
pub(crate) fn first_look(rules: &DeadlineRules, limit: &Deadline) -> Option<Timestamp> {
    let steps = limit.state.is_running().then(|| steps(rules, limit))?;
    steps.first().map(|step| step.at)
}

/// The first step after `now`.
pub(crate) fn next_look(rules: &DeadlineRules, limit: &Deadline, now: Timestamp) -> Option<Timestamp> {
    steps(rules, limit).into_iter().map(|step| step.at).find(|at| *at > now)
}

/// Whether the clock comes in time to a running limit that it looks at next at `next`: before the first warning that is
/// to come after `now`, and before the first rung that was not climbed yet. For `dengwen verify`.
pub fn is_looked_at_in_time(
    rules: &DeadlineRules,
    limit: &Deadline,
    next: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    let climbed = climbed(limit);
    let is_to_come = |step: &Step| if step.level == 0 { step.at > now } else { step.level > climbed };
    let first = steps(rules, limit).into_iter().filter(is_to_come).map(|step| step.at).min();
    first.is_none_or(|first| next.is_some_and(|next| next <= first))
}

/// The state of a running limit at `now`: overdue at the highest level that has come, or that was climbed already
/// where its last day was counted again since.
pub(crate) fn state_at(limit: &Deadline, steps: &[Step], now: Timestamp) -> DeadlineState {
    match steps.iter().filter(|step| step.level > 0 && step.at <= now).map(|step| step.level).max() {
        Some(level) => DeadlineState::Overdue { level: level.max(climbed(limit)) },
        None => DeadlineState::Open,
    }
}

/// The highest level that a running limit is overdue at; 0 where it is not.
fn climbed(limit: &Deadline) -> u8 {
    match limit.state {
        DeadlineState::Overdue { level } => level,
        _ => 0,
    }
}
