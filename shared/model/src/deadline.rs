//! A time limit (时限) on a case or an assignment, with its owner.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{AssignmentId, CaseId, DeadlineId, RuleId, UnitCode};

/// One running or settled time limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Its id.
    pub id: DeadlineId,
    /// The case.
    pub case: CaseId,
    /// The assignment, where it binds one.
    pub assignment: Option<AssignmentId>,
    /// The rule of deadlines.yaml.
    pub rule: RuleId,
    /// Who has to meet it.
    pub owner: DeadlineOwner,
    /// What it counts from.
    pub start: Timestamp,
    /// The last day, in Asia/Shanghai; the limit passes at 24:00.
    pub due: Date,
    /// The calendar of the due year is not loaded: working days were counted Monday to Friday.
    pub provisional: bool,
    /// How often it was extended.
    pub extensions: u16,
    /// Where it stands.
    pub state: DeadlineState,
}

/// Who has to meet a time limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "owner", content = "unit", rename_all = "snake_case")]
pub enum DeadlineOwner {
    /// The department that took the tip in.
    Receiving(UnitCode),
    /// The unit the case was handed to.
    Handling(UnitCode),
}

impl DeadlineOwner {
    /// The unit.
    pub fn unit(&self) -> &UnitCode {
        match self {
            Self::Receiving(unit) | Self::Handling(unit) => unit,
        }
    }
}

/// Where a time limit stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeadlineState {
    /// Running, and not yet passed.
    Open,
    /// Passed unmet; `level` is the highest step of the ladder (1–4) that was recorded.
    Overdue {
        /// Step of the ladder: 催办, 督办函, 上提一级, 约谈.
        level: u8,
    },
    /// Met.
    Met {
        /// When.
        at: Timestamp,
    },
    /// No longer applies.
    Cancelled,
}

impl DeadlineState {
    /// The state's name as stored and shown.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Overdue { .. } => "overdue",
            Self::Met { .. } => "met",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the clock still watches it.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Open | Self::Overdue { .. })
    }
}
