//! The short lists: handling forms, referrals, outcomes, measures, ranks.

use dengwen_model::{HandlingForm, RankCode, ReferralCode, RuleId};
use serde::Deserialize;

use crate::period::PeriodUnit;

/// A handling form's words and clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormInfo {
    /// H0–H8.
    pub code: HandlingForm,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Whether the handling unit reports a result.
    pub result_required: bool,
    /// The rule for its time limit.
    pub deadline: Option<RuleId>,
    /// The line of the file, for checks across files.
    pub(crate) line: u64,
}

/// Where a matter outside the scope belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    /// As `R_12388`.
    pub code: ReferralCode,
    /// The telephone number; empty where there is none.
    pub line: String,
    /// The body, in Chinese.
    pub zh: String,
    /// How to reach it.
    pub channels: Vec<String>,
    /// What decides which level of it (`干部管理权限`).
    pub by: Option<String>,
}

/// An outcome of an investigation, decided per allegation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// O1–O6.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What may follow an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// G01–G20.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// How long it lasts, where it ends by itself.
    pub term: Option<MeasureTerm>,
    /// What the person may not do while it lasts.
    #[serde(default)]
    pub effects: Vec<String>,
    /// The outcomes it follows; empty means O1 and O2.
    #[serde(default, rename = "for")]
    pub outcomes: Vec<String>,
}

/// How long a measure lasts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureTerm {
    /// The shortest, where the length varies.
    pub min: Option<u32>,
    /// The longest.
    pub length: u32,
    /// Counted in.
    pub unit: PeriodUnit,
}

/// A rank (职务层次).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rank {
    /// As `0141`.
    pub code: RankCode,
    /// In Chinese.
    pub zh: String,
    /// Where the code is from.
    pub source: Option<String>,
}
