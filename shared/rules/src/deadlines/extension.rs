//! Extending a deadline (延长期限): what a rule allows, and the new last day.

use dengwen_model::RuleId;
use jiff::civil::Date;
use serde::Deserialize;

use super::{DeadlineRule, DeadlineRules};
use crate::period::{BeyondCalendar, Due, Period};
use crate::start::Start;

/// What a rule allows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionRule {
    /// The longest extension each time.
    pub max: Period,
    /// How often.
    pub times: u32,
    /// Who approves (`部领导`).
    pub approver: String,
    /// A reason must be given.
    #[serde(default)]
    pub reason_required: bool,
    /// The reporter is told, with the reason.
    #[serde(default)]
    pub tell_reporter: bool,
}

/// A granted extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The new last day; the days are counted on from the old one.
    pub due: Due,
    /// Who must have approved it.
    pub approver: String,
    /// Whether the reporter must be told.
    pub tell_reporter: bool,
}

/// Why an extension is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionRefused {
    /// The rule cannot be extended at all.
    #[error("this deadline cannot be extended")]
    NotExtendable,
    /// It has been extended as often as the rule allows.
    #[error("this deadline may be extended {times} time(s) only")]
    UsedUp {
        /// How often the rule allows it.
        times: u32,
    },
    /// Longer than the rule allows, or counted in another unit.
    #[error("an extension of this deadline is at most {max}")]
    TooLong {
        /// The longest allowed.
        max: Period,
    },
    /// The rule asks for a reason.
    #[error("an extension of this deadline needs a reason")]
    ReasonRequired,
    /// The new day would be beyond the year 9999.
    #[error(transparent)]
    BeyondCalendar(#[from] BeyondCalendar),
}

impl DeadlineRules {
    /// The new last day when a deadline that ends on `due` and was extended `already` times is
    /// extended by `by`, or by the longest allowed.
    ///
    /// # Errors
    /// The typed refusal.
    pub fn extend(
        &self,
        rule: &DeadlineRule,
        due: Date,
        already: u32,
        by: Option<Period>,
        reason: &str,
    ) -> Result<Extension, ExtensionRefused> {
        let allowed = rule.extension.as_ref().ok_or(ExtensionRefused::NotExtendable)?;
        if already >= allowed.times {
            return Err(ExtensionRefused::UsedUp { times: allowed.times });
        }
        let by = by.unwrap_or(allowed.max);
        if by.unit() != allowed.max.unit() || by.length() > allowed.max.length() || by.length() == 0 {
            return Err(ExtensionRefused::TooLong { max: allowed.max });
        }
        if allowed.reason_required && reason.trim().is_empty() {
            return Err(ExtensionRefused::ReasonRequired);
        }
        Ok(Extension {
            due: self.calendar.due(by, due.into())?,
            approver: allowed.approver.clone(),
            tell_reporter: allowed.tell_reporter,
        })
    }

    /// The last day under a rule for a clock that started at `start` and was extended so many times, each by the
    /// longest allowed. Provisional where any of its periods is. `None` where the rules do not say it any more: there
    /// is no such rule, it cannot be extended, or it ends beyond the year 9999.
    pub fn due_extended(&self, id: &RuleId, start: impl Into<Start>, extensions: u16) -> Option<Due> {
        let mut due = self.due(id, start).ok()?;
        for _ in 0..extensions {
            let allowed = self.get(id)?.extension.as_ref()?;
            let further = self.calendar.due(allowed.max, due.date.into()).ok()?;
            due = Due { provisional: due.provisional || further.provisional, ..further };
        }
        Some(due)
    }
}
