//! How long what is kept (保管期限).

use serde::Deserialize;

use super::RuleStatus;
use crate::period::Period;

/// One line of the retention table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// A stable name for code, as `reporter_identity`.
    pub code: String,
    /// What is kept.
    pub object: String,
    /// For how long.
    pub keep: Period,
    /// What the time is counted from, where it is not the closing of the case.
    pub from: Option<String>,
    /// A remark.
    pub note: Option<String>,
    /// How sure the number is.
    pub status: RuleStatus,
    /// Where the number is from.
    pub source: Option<String>,
}
