//! An assignment (转办件): a case in one unit's hands, pulled by one officer at a time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AssignmentId, CaseId, CategoryCode, HandlingForm, Priority, UnitCode, UserId};

/// What a unit can pull. What would name anyone is sealed beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// The case.
    pub case: CaseId,
    /// The unit that may pull it.
    pub unit: UnitCode,
    /// What the unit is asked to do.
    pub task: AssignmentTask,
    /// Leaf of the taxonomy.
    pub category: CategoryCode,
    /// Handling form.
    pub handling: HandlingForm,
    /// Which of M1–M4 hold.
    pub must_investigate: Vec<String>,
    /// 1 most urgent.
    pub priority: Priority,
    /// When it was handed over.
    pub assigned_at: Timestamp,
    /// The rule and the path that led to this unit, one line a step.
    pub path: Vec<String>,
    /// Where it stands.
    pub state: AssignmentState,
    /// Counts the changes; an update names the version it read.
    pub version: i64,
}

/// What is asked of the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentTask {
    /// 查核: verify and report (H1–H4).
    Verify,
    /// 分办: confirm the machine's proposal to refer, explain or keep, or classify where it abstained.
    Screen,
    /// 径报上级: pass the sealed matter up within five working days.
    PassUp,
}

/// Where an assignment stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AssignmentState {
    /// Can be pulled.
    Waiting,
    /// Pulled by an officer who has not accepted yet.
    Leased(Lease),
    /// Accepted; the officer is responsible.
    Accepted {
        /// The responsible officer.
        officer: UserId,
        /// When.
        at: Timestamp,
    },
    /// Over: reported, objected, referred or withdrawn.
    Done,
}

/// One officer's hold on an assignment; it lapses by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who pulled it.
    pub officer: UserId,
    /// Until when.
    pub until: Timestamp,
}

impl AssignmentState {
    /// The state's name as stored.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Leased(_) => "leased",
            Self::Accepted { .. } => "accepted",
            Self::Done => "done",
        }
    }

    /// Whether `officer` may act on it at `now`: by a lease that still runs, or by having accepted it.
    pub fn is_held_by(&self, officer: UserId, now: Timestamp) -> bool {
        match self {
            Self::Leased(lease) => lease.officer == officer && lease.until > now,
            Self::Accepted { officer: responsible, .. } => *responsible == officer,
            Self::Waiting | Self::Done => false,
        }
    }
}
