//! What routing answers.

use dengwen_model::{HandlingForm, ReferralCode, RuleId, UnitCode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Conflict;
use crate::start::Start;

/// Where a tip goes, and how that came about. Every field can be shown to an officer: units are named
/// by code, people never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteDecision {
    /// The unit that verifies; none for what is referred, kept on file, or has nobody left to go to.
    pub unit: Option<UnitCode>,
    /// Where there is no unit: the named alternative (C10), or for a sealed referral the department
    /// that the envelope goes up to. Needs a written decision.
    pub alternative: Option<UnitCode>,
    /// Passed up unopened (密封径报): nothing of it may be copied, excerpted or kept here.
    pub sealed: bool,
    /// Units that join in (C11, or with a part of their own).
    pub co_units: Vec<UnitCode>,
    /// The way there, in order.
    pub path: Vec<PathStep>,
    /// The clocks that start with this decision.
    pub deadlines: Vec<SetDeadline>,
    /// Where a matter outside the scope belongs.
    pub referral: Option<ReferralCode>,
    /// The unit of the register that takes the referral, where one is listed and free of conflict.
    pub referral_unit: Option<UnitCode>,
    /// To be handled protectively (C5, C8): re-worded summary, facts in bundles.
    pub protective: bool,
    /// The handling form.
    pub handling: HandlingForm,
    /// The rule that decided, as `manages`, `C3`, `referral:R_12388`.
    pub rule: String,
    /// Version of the rules that decided.
    pub version: String,
}

/// One step on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStep {
    /// The unit that was looked at.
    pub unit: Option<UnitCode>,
    /// The conflict of interest that forbids or qualifies it.
    pub conflict: Option<Conflict>,
    /// In words.
    pub why: String,
}

impl PathStep {
    pub(super) fn new(unit: Option<&UnitCode>, conflict: Option<Conflict>, why: impl Into<String>) -> Self {
        Self { unit: unit.cloned(), conflict, why: why.into() }
    }
}

/// A clock that starts with a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetDeadline {
    /// The rule.
    pub rule: RuleId,
    /// What it counts from.
    pub start: Start,
    /// The last day, in Asia/Shanghai.
    pub due: Date,
    /// The calendar of a needed year is not loaded.
    pub provisional: bool,
}
