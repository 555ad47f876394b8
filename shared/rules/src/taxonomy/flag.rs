//! Context flags (情形标记): what about the circumstances changes urgency or routing.

use dengwen_model::{Priority, RuleId};
use serde::Deserialize;

/// What a flag does to routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlagRouting {
    /// Not to the department of the subject's own region.
    Up,
    /// The same, and handled protectively (C5).
    Protective,
    /// Passed up unopened (密封径报).
    Sealed,
}

/// A context flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextFlag {
    /// As `during_publicity`.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Raises the priority to at least this.
    pub raise_to: Option<Priority>,
    /// Raises the priority by so many steps.
    pub step: u8,
    /// The steps count only with so many signers.
    pub min_signers: u32,
    /// The steps count only with so many independent sources.
    pub min_sources: u32,
    /// What it does to routing.
    pub routing: Option<FlagRouting>,
    /// The deadline it sets.
    pub deadline: Option<RuleId>,
    /// The line of the file, for checks across files.
    pub(crate) line: u64,
}
