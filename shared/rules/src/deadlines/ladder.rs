//! Before a deadline the warnings, after it the overdue ladder (催办 → 督办函 → 上提一级 → 约谈).

use dengwen_model::RuleId;
use jiff::civil::Date;
use serde::Deserialize;

use super::{DeadlineRule, DeadlineRules, Overdue};
use crate::period::Period;
use crate::start::Start;

/// One step of the overdue ladder for a certain deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderStep {
    /// 1 (黄牌) to the top.
    pub level: u8,
    /// The step falls due at 24:00 of this day in Asia/Shanghai ([`crate::cut_off`]), that is when
    /// the day has passed without the duty being done.
    pub date: Date,
    /// What is done, in Chinese.
    pub action: String,
    /// Who is told.
    pub notify: Vec<String>,
}

/// A warning before a deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The day on which it is given.
    pub date: Date,
    /// Who is told.
    pub notify: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LadderRung {
    pub(super) after: Period,
    pub(super) level: u8,
    action_zh: String,
    notify: Vec<String>,
    action_en: Option<String>,
    #[serde(default)]
    notify_en: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WarningsFile {
    at_remaining: Vec<WarningMark>,
    notify: Vec<String>,
    #[serde(default)]
    notify_en: Vec<String>,
}

impl WarningsFile {
    /// The marks, and who is told, in Chinese and in English.
    pub(super) fn into_marks(self) -> (Vec<WarningMark>, Vec<String>, Vec<String>) {
        let english = if self.notify_en.is_empty() { self.notify.clone() } else { self.notify_en };
        (self.at_remaining, self.notify, english)
    }
}

/// How much of a period is left when a warning is given.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "WarningFields")]
pub(super) enum WarningMark {
    Fraction(f64),
    WorkingDays(u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WarningFields {
    fraction: Option<f64>,
    working_days: Option<u32>,
}

impl TryFrom<WarningFields> for WarningMark {
    type Error = &'static str;

    fn try_from(fields: WarningFields) -> Result<Self, Self::Error> {
        match (fields.fraction, fields.working_days) {
            (Some(part), None) if part > 0.0 && part < 1.0 => Ok(Self::Fraction(part)),
            (None, Some(days)) if days <= Period::MAX_LENGTH => Ok(Self::WorkingDays(days)),
            _ => Err("a warning has either a fraction between 0 and 1 or working_days"),
        }
    }
}

impl LadderRung {
    /// What is done and who is told, in English; the Chinese where the rules say no English.
    fn english(&self) -> String {
        let action = self.action_en.as_ref().unwrap_or(&self.action_zh);
        let told = if self.notify_en.is_empty() { &self.notify } else { &self.notify_en };
        if told.is_empty() { action.clone() } else { format!("{action} ({})", told.join(", ")) }
    }
}

impl DeadlineRules {
    /// What a recorded step of a rule's limit was, in English: `level` as it is recorded, 0 for a warning before. None
    /// where the rules have no such step any more.
    pub fn step_in_english(&self, rule: &RuleId, level: u8) -> Option<String> {
        if level == 0 {
            return Some(format!("Falls due soon: {}", self.warn_en.join(", ")));
        }
        match &self.get(rule)?.overdue {
            Overdue::Ladder { .. } => {
                self.ladder.iter().find(|rung| rung.level == level).map(LadderRung::english)
            }
            Overdue::Action { en, .. } => (level == 1).then(|| en.clone()),
        }
    }

    /// The steps of the whole ladder for a deadline whose last day is `due`, in rising order. Steps
    /// beyond the year 9999 are left out.
    pub fn ladder(&self, due: Date) -> Vec<LadderStep> {
        self.ladder.iter().filter_map(|rung| self.ladder_step(rung, due)).collect()
    }

    /// The steps that a certain rule asks for: all, from a level on, or one action of its own.
    pub fn overdue_steps(&self, rule: &DeadlineRule, due: Date) -> Vec<LadderStep> {
        match &rule.overdue {
            Overdue::Ladder { from } => {
                // The ladder entered higher up starts at once; the rest keeps its distances.
                let mut steps: Vec<_> =
                    self.ladder(due).into_iter().filter(|step| step.level >= *from).collect();
                if let Some(first) = steps.first_mut() {
                    first.date = due;
                }
                steps
            }
            Overdue::Action { zh, .. } => {
                vec![LadderStep { level: 1, date: due, action: zh.clone(), notify: Vec::new() }]
            }
        }
    }

    /// The days on which to warn about a deadline that started at `start` and ends on `due`:
    /// ascending, each once, after the start and not after the last day.
    pub fn warnings(&self, start: Start, due: Date) -> Vec<Warning> {
        let start = start.date();
        let mut days: Vec<Date> = self
            .warnings
            .iter()
            .filter_map(|mark| self.warning_day(*mark, start, due))
            .filter(|day| *day > start && *day <= due)
            .collect();
        days.sort_unstable();
        days.dedup();
        days.into_iter().map(|date| Warning { date, notify: self.warn.clone() }).collect()
    }

    fn ladder_step(&self, rung: &LadderRung, due: Date) -> Option<LadderStep> {
        let date = match rung.after.length() {
            0 => due,
            _ => self.calendar.due(rung.after, due.into()).ok()?.date,
        };
        Some(LadderStep {
            level: rung.level,
            date,
            action: rung.action_zh.clone(),
            notify: rung.notify.clone(),
        })
    }

    fn warning_day(&self, mark: WarningMark, start: Date, due: Date) -> Option<Date> {
        match mark {
            WarningMark::WorkingDays(days) => self.calendar.working_days_before(due, days),
            WarningMark::Fraction(part) => {
                let total = start.until(due).ok()?.get_days();
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a part of an i32 number of days is less than that number"
                )]
                let left = (f64::from(total) * part).ceil() as i32;
                due.checked_sub(jiff::Span::new().days(left)).ok()
            }
        }
    }
}
