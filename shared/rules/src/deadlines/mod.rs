//! The deadline rules (`deadlines.yaml`): what starts a clock, how long it runs, what follows.

mod extension;
mod file;
mod ladder;
mod retention;

use std::collections::HashMap;
use std::fmt;

use dengwen_model::{Channel, RuleId};
use serde::{Deserialize, Serialize};

pub use self::extension::{Extension, ExtensionRefused, ExtensionRule};
use self::ladder::{LadderRung, WarningMark};
pub use self::ladder::{LadderStep, Warning};
pub use self::retention::Retention;
use crate::Calendar;
use crate::error::RulesError;
use crate::period::{BeyondCalendar, Due, Period};
use crate::start::Start;
use crate::yaml::Source;

/// What starts the clock of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is the event's own name in deadlines.yaml")]
pub enum Trigger {
    #[serde(rename = "tip.received")]
    TipReceived,
    #[serde(rename = "tip.registered")]
    TipRegistered,
    #[serde(rename = "tip.flagged_urgent")]
    TipFlaggedUrgent,
    #[serde(rename = "tip.flagged_upper_level")]
    TipFlaggedUpperLevel,
    #[serde(rename = "decision.transfer")]
    DecisionTransfer,
    #[serde(rename = "info.requested")]
    InfoRequested,
    #[serde(rename = "case.opened")]
    CaseOpened,
    #[serde(rename = "case.dispatched")]
    CaseDispatched,
    #[serde(rename = "case.unit_accepted")]
    CaseUnitAccepted,
    #[serde(rename = "case.unit_objected")]
    CaseUnitObjected,
    #[serde(rename = "case.route_doubted")]
    CaseRouteDoubted,
    #[serde(rename = "case.late_tip_joined")]
    CaseLateTipJoined,
    #[serde(rename = "case.parked")]
    CaseParked,
    #[serde(rename = "case.concluded")]
    CaseConcluded,
    #[serde(rename = "case.closed")]
    CaseClosed,
    #[serde(rename = "inquiry.delivered")]
    InquiryDelivered,
    #[serde(rename = "report.submitted")]
    ReportSubmitted,
    #[serde(rename = "report.returned")]
    ReportReturned,
    #[serde(rename = "feedback.delivered")]
    FeedbackDelivered,
    #[serde(rename = "objection.received")]
    ObjectionReceived,
    #[serde(rename = "clarification.proposed")]
    ClarificationProposed,
    #[serde(rename = "clarification.approved")]
    ClarificationApproved,
    #[serde(rename = "admonition.delivered")]
    AdmonitionDelivered,
    #[serde(rename = "standby.started")]
    StandbyStarted,
    #[serde(rename = "recall.started")]
    RecallStarted,
    #[serde(rename = "recall.posted")]
    RecallPosted,
    #[serde(rename = "quarter.end")]
    QuarterEnd,
    #[serde(rename = "year.end")]
    YearEnd,
}

/// What follows when a deadline passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overdue {
    /// The overdue ladder, from this level on.
    Ladder {
        /// The first level, from 1.
        from: u8,
    },
    /// One action and no ladder.
    Action {
        /// In Chinese; the English where the rules say no Chinese.
        zh: String,
        /// In English.
        en: String,
    },
}

impl Overdue {
    /// Reads `ladder`, `ladder from level N` or an action, of which the rules may also say the Chinese.
    fn parse(text: &str, zh: Option<String>) -> Result<Self, &'static str> {
        match text.strip_prefix("ladder") {
            Some("") => Ok(Self::Ladder { from: 1 }),
            Some(rest) => rest
                .strip_prefix(" from level ")
                .and_then(|level| level.parse().ok())
                .map(|from| Self::Ladder { from })
                .ok_or("a ladder is written `ladder` or `ladder from level N`"),
            None => Ok(Self::Action { zh: zh.unwrap_or_else(|| text.to_owned()), en: text.to_owned() }),
        }
    }
}

/// How sure the number of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleStatus {
    /// Read in the cited source.
    Verified,
    /// Verified in a sister regime, carried over.
    Adapted,
    /// A number of local practice.
    Local,
    /// A choice of this project.
    Proposed,
}

/// A hold on appointments until the check is done (查核结论前不得办理任职).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondStage {
    /// What is held.
    pub zh: String,
    /// For how long at most.
    pub max_hold: Period,
}

/// One deadline rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineRule {
    /// As `DL-SUP`.
    pub id: RuleId,
    /// The duty, in Chinese.
    pub zh: String,
    /// The duty, in English.
    pub en: String,
    /// What starts the clock.
    pub trigger: Trigger,
    /// How long it runs.
    pub period: Period,
    /// An earlier goal of the house, not a deadline.
    pub internal_target: Option<Period>,
    /// The shortest allowed length, for terms that may vary.
    pub minimum: Option<Period>,
    /// Whether and how it may be extended.
    pub extension: Option<ExtensionRule>,
    /// What follows when it passes.
    pub overdue: Overdue,
    /// When the rule applies at all, in words (`reporter reachable`).
    pub condition: Option<String>,
    /// The channels it applies to; empty means all.
    pub applies: Vec<Channel>,
    /// Rules whose clock stands still while this one runs.
    pub pauses: Vec<RuleId>,
    /// A hold that lasts beyond the deadline.
    pub second_stage: Option<SecondStage>,
    /// Starts again when it ends.
    pub recurring: bool,
    /// How sure the number is.
    pub status: RuleStatus,
    /// Where the number is from.
    pub source: String,
    /// A remark.
    pub note: Option<String>,
}

/// No rule of this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DueError {
    /// No rule of this id.
    #[error("unknown deadline rule")]
    UnknownRule,
    /// The period would end beyond the year 9999.
    #[error(transparent)]
    BeyondCalendar(#[from] BeyondCalendar),
}

/// One of PR-1 to PR-7 in words, for the desk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodRule {
    /// As `PR-3`.
    pub id: String,
    /// In Chinese, where a Chinese text exists.
    pub zh: Option<String>,
    /// In English.
    pub en: String,
}

/// All deadline rules with the calendar they are counted in.
#[derive(Debug, Clone)]
pub struct DeadlineRules {
    version: String,
    rules: Vec<DeadlineRule>,
    by_id: HashMap<RuleId, usize>,
    ladder: Vec<LadderRung>,
    warnings: Vec<WarningMark>,
    warn: Vec<String>,
    warn_en: Vec<String>,
    retention: Vec<Retention>,
    period_rules: Vec<PeriodRule>,
    calendar: Calendar,
}

impl DeadlineRules {
    /// Reads `deadlines.yaml`.
    ///
    /// # Errors
    /// The file cannot be used: doubled ids, unknown references, bad periods, a ladder that does
    /// not rise.
    pub(crate) fn parse(source: Source<'_>, calendar: Calendar) -> Result<Self, RulesError> {
        file::parse(source, calendar)
    }

    /// The version that stands in the file.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The calendar in use.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// All rules in the file's order.
    pub fn rules(&self) -> &[DeadlineRule] {
        &self.rules
    }

    /// PR-1 to PR-7 in words.
    pub fn period_rules(&self) -> &[PeriodRule] {
        &self.period_rules
    }

    /// How long what is kept.
    pub fn retention(&self) -> &[Retention] {
        &self.retention
    }

    /// The rule of this id.
    pub fn get(&self, id: &RuleId) -> Option<&DeadlineRule> {
        self.by_id.get(id).and_then(|index| self.rules.get(*index))
    }

    /// The last day under a rule for a clock that starts at `start`.
    ///
    /// # Errors
    /// The rule is unknown, or the period ends beyond the year 9999.
    pub fn due(&self, id: &RuleId, start: impl Into<Start>) -> Result<Due, DueError> {
        let rule = self.get(id).ok_or(DueError::UnknownRule)?;
        Ok(self.calendar.due(rule.period, start.into())?)
    }
}

impl fmt::Display for DeadlineRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.zh)
    }
}
