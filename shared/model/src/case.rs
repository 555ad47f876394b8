//! A case (办理件): the work on one matter, whoever reported it and however often.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AssignmentId, CaseId, CategoryCode, Channel, Classification, HandlingForm, IdentityKind, Priority,
    ReferralCode, Scope, UnitCode, UserId,
};

/// A case without what would name anyone: the subjects and the summary are sealed beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Its number (办理编号), as `990000-2026-000123`.
    pub number: String,
    /// When its first tip was registered.
    pub opened_at: Timestamp,
    /// When its first tip came in; `None` in cases of before this was kept.
    #[serde(default)]
    pub received_at: Option<Timestamp>,
    /// How its first tip came in; `None` in cases of before this was kept.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The department that took the first tip in.
    pub received_by: UnitCode,
    /// Leaf of the taxonomy.
    pub category: CategoryCode,
    /// Further leaves.
    pub secondary: Vec<CategoryCode>,
    /// Scope of the leaf.
    pub scope: Scope,
    /// Where an out-of-scope matter belongs.
    pub referral: Option<ReferralCode>,
    /// Most urgent of its tips.
    pub priority: Priority,
    /// Handling form.
    pub handling: HandlingForm,
    /// Which of M1–M4 hold for any of its tips.
    pub must_investigate: Vec<String>,
    /// Context flags of all its tips.
    pub context_flags: Vec<String>,
    /// The machine was not sure; a person classifies first.
    pub abstained: bool,
    /// A reporter of it can be reached, so there must be feedback.
    pub reporter_reachable: bool,
    /// How well the best known of its reporters can be reached.
    #[serde(default)]
    pub identity: IdentityKind,
    /// A reporter asks that it is not handed down (C6).
    #[serde(default)]
    pub asks_not_down: bool,
    /// A reporter can be told from the facts alone (C8).
    #[serde(default)]
    pub reporter_identifiable: bool,
    /// Units whose objection was upheld (管辖异议成立): the case does not go back to them by itself.
    #[serde(default)]
    pub excluded: Vec<UnitCode>,
    /// Tips on it so far.
    pub tips: u32,
    /// Of these, how many came after it was concluded, and wait for somebody to see what they bring.
    #[serde(default)]
    pub late_tips: u32,
    /// Where it stands.
    pub stage: CaseStage,
    /// Counts the changes; an update names the version it read.
    pub version: i64,
}

impl Case {
    /// One more reporter: whatever protects any of them protects the case.
    pub fn heed_reporter(&mut self, reading: &Classification) {
        self.identity = self.identity.better(reading.identity);
        self.asks_not_down |= reading.asks_not_down;
        self.reporter_identifiable |= reading.reporter_identifiable;
    }

    /// How many tips came too late for the decision and wait for somebody. A tip on a case that has ended opens one
    /// of its own, and one on a reopened case is work like any other.
    pub fn waiting_late_tips(&self) -> u32 {
        if self.stage.is_concluded() { self.late_tips } else { 0 }
    }

    /// From now on it does not go to this unit by itself.
    pub fn exclude(&mut self, unit: UnitCode) {
        if !self.excluded.contains(&unit) {
            self.excluded.push(unit);
        }
    }
}

/// Where a case stands, with what that stage knows (domain.md 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum CaseStage {
    /// 拟办: opened, no unit yet.
    Opened,
    /// 已转办: handed to a unit that has not accepted yet.
    Dispatched {
        /// The unit.
        unit: UnitCode,
        /// The assignment it can pull.
        assignment: AssignmentId,
    },
    /// 管辖异议: the unit says that it is not the one. It has the case until the objection is consented to
    /// (经同意后交还材料, 信访工作条例 23).
    Objected {
        /// What the unit said.
        objection: Objection,
    },
    /// 查核中: accepted, with one named responsible person (责任人).
    Verifying {
        /// The unit.
        unit: UnitCode,
        /// The assignment.
        assignment: AssignmentId,
        /// The responsible officer.
        responsible: UserId,
        /// How many times the report was sent back.
        rework: u16,
    },
    /// 已报结果: the unit's report waits for review.
    Reported {
        /// The unit.
        unit: UnitCode,
        /// The assignment.
        assignment: AssignmentId,
        /// The responsible officer.
        responsible: UserId,
        /// How many times the report was sent back before.
        rework: u16,
    },
    /// 已结论: decided collectively.
    Concluded {
        /// The outcome.
        outcome: Outcome,
    },
    /// 已反馈: the reporter has the answer, or it is on record why not.
    FedBack {
        /// The outcome.
        outcome: Outcome,
    },
    /// 办结.
    Closed {
        /// The outcome; `None` where no result was required.
        outcome: Option<Outcome>,
    },
    /// 范围外转送: passed to the body that is responsible.
    Referred {
        /// Where to.
        to: ReferralCode,
    },
    /// 径报上级: the subject is managed above this line's level; passed up sealed.
    PassedUp {
        /// The department above.
        to: Option<UnitCode>,
    },
    /// 登记留存: registered and kept.
    Kept {
        /// Why.
        reason: String,
    },
}

/// The change is not legal from this stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a case that is {from} cannot be {to}")]
pub struct IllegalTransition {
    from: &'static str,
    to: &'static str,
}

/// A unit's objection to its jurisdiction (管辖异议), within five working days (信访工作条例 23).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// The objecting unit.
    pub unit: UnitCode,
    /// Its assignment.
    pub assignment: AssignmentId,
    /// Who it says is responsible.
    pub proposed: Option<UnitCode>,
}

/// A handling unit's report (查核报告): a finding for every allegation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Findings, one an allegation.
    pub findings: Vec<Finding>,
    /// What was done to verify, and the result.
    pub text: String,
}

/// What was found on one allegation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The allegation in neutral words.
    pub allegation: String,
    /// The finding.
    pub outcome: Outcome,
    /// Why.
    pub reasoning: String,
    /// Which of the case's M1–M4 (四个必查) it answers.
    #[serde(default)]
    pub must_investigate: Vec<String>,
}

/// A collective decision (集体研究决定) on a reported case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conclusion {
    /// The outcome of the whole.
    pub outcome: Outcome,
    /// Measures taken, codes G01–G20 of the taxonomy.
    pub measures: Vec<String>,
    /// The meeting that decided and who was there.
    pub decided_by: String,
    /// The reasons.
    pub reasoning: String,
}

/// Conclusion codes (查核结论).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// 属实.
    O1,
    /// 部分属实.
    O2,
    /// 不属实.
    O3,
    /// 暂无法查实.
    O4,
    /// 事实存在但不违规.
    O5,
    /// 认定诬告陷害, only by its own procedure, never as the opposite of O1.
    O6,
}

impl CaseStage {
    /// The stage's name as stored and shown in answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Dispatched { .. } => "dispatched",
            Self::Objected { .. } => "objected",
            Self::Verifying { .. } => "verifying",
            Self::Reported { .. } => "reported",
            Self::Concluded { .. } => "concluded",
            Self::FedBack { .. } => "fed_back",
            Self::Closed { .. } => "closed",
            Self::Referred { .. } => "referred",
            Self::PassedUp { .. } => "passed_up",
            Self::Kept { .. } => "kept",
        }
    }

    /// Whether nobody has anything left to do.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Closed { .. } | Self::Referred { .. } | Self::PassedUp { .. } | Self::Kept { .. }
        )
    }

    /// Whether it is decided and not ended yet: a tip that joins now came too late for the decision.
    pub fn is_concluded(&self) -> bool {
        matches!(self, Self::Concluded { .. } | Self::FedBack { .. })
    }

    fn refuse<T>(&self, to: &'static str) -> Result<T, IllegalTransition> {
        Err(IllegalTransition { from: self.name(), to })
    }

    /// 转办: hands the case to a unit.
    pub fn dispatch(self, unit: UnitCode, assignment: AssignmentId) -> Result<Self, IllegalTransition> {
        match self {
            Self::Opened => Ok(Self::Dispatched { unit, assignment }),
            other => other.refuse("dispatched"),
        }
    }

    /// 签收: the unit accepts and names its responsible officer.
    pub fn accept(self, responsible: UserId) -> Result<Self, IllegalTransition> {
        match self {
            Self::Dispatched { unit, assignment } => {
                Ok(Self::Verifying { unit, assignment, responsible, rework: 0 })
            }
            other => other.refuse("accepted"),
        }
    }

    /// 提出管辖异议: before the unit accepts, never after.
    pub fn object(self, proposed: Option<UnitCode>) -> Result<Self, IllegalTransition> {
        match self {
            Self::Dispatched { unit, assignment } => {
                Ok(Self::Objected { objection: Objection { unit, assignment, proposed } })
            }
            other => other.refuse("objected"),
        }
    }

    /// 同意管辖异议: the material goes back, and the unit is chosen again.
    pub fn uphold_objection(self) -> Result<(Self, Objection), IllegalTransition> {
        match self {
            Self::Objected { objection } => Ok((Self::Opened, objection)),
            other => other.refuse("given back"),
        }
    }

    /// 不同意管辖异议: the unit has it as before.
    pub fn refuse_objection(self) -> Result<Self, IllegalTransition> {
        match self {
            Self::Objected { objection: Objection { unit, assignment, .. } } => {
                Ok(Self::Dispatched { unit, assignment })
            }
            other => other.refuse("left with the objecting unit"),
        }
    }

    /// 撤回: takes the case from its unit, so that the unit is chosen again.
    pub fn recall(self) -> Result<Self, IllegalTransition> {
        match self {
            Self::Dispatched { .. }
            | Self::Objected { .. }
            | Self::Verifying { .. }
            | Self::Reported { .. } => Ok(Self::Opened),
            other => other.refuse("recalled"),
        }
    }

    /// 报送查核结果.
    pub fn report(self) -> Result<Self, IllegalTransition> {
        match self {
            Self::Verifying { unit, assignment, responsible, rework } => {
                Ok(Self::Reported { unit, assignment, responsible, rework })
            }
            other => other.refuse("reported"),
        }
    }

    /// 退回补查.
    pub fn send_back(self) -> Result<Self, IllegalTransition> {
        match self {
            Self::Reported { unit, assignment, responsible, rework } => {
                Ok(Self::Verifying { unit, assignment, responsible, rework: rework.saturating_add(1) })
            }
            other => other.refuse("sent back"),
        }
    }

    /// 作出结论.
    pub fn conclude(self, outcome: Outcome) -> Result<Self, IllegalTransition> {
        match self {
            Self::Reported { .. } => Ok(Self::Concluded { outcome }),
            other => other.refuse("concluded"),
        }
    }

    /// 反馈举报人.
    pub fn feed_back(self) -> Result<Self, IllegalTransition> {
        match self {
            Self::Concluded { outcome } | Self::FedBack { outcome } => Ok(Self::FedBack { outcome }),
            other => other.refuse("fed back"),
        }
    }

    /// 举报人异议: within the window a reporter does not accept the result, also where the case was closed meanwhile;
    /// then an answer is owed again.
    pub fn dispute(self) -> Result<Self, IllegalTransition> {
        match self {
            Self::FedBack { outcome } | Self::Closed { outcome: Some(outcome) } => {
                Ok(Self::FedBack { outcome })
            }
            other => other.refuse("disputed"),
        }
    }

    /// 办结.
    pub fn close(self) -> Result<Self, IllegalTransition> {
        match self {
            Self::FedBack { outcome } => Ok(Self::Closed { outcome: Some(outcome) }),
            other => other.refuse("closed"),
        }
    }

    /// 范围外转送; by a person, after the machine proposed it.
    pub fn refer(self, to: ReferralCode) -> Result<Self, IllegalTransition> {
        match self {
            Self::Dispatched { .. } | Self::Verifying { .. } | Self::Opened => Ok(Self::Referred { to }),
            other => other.refuse("referred"),
        }
    }

    /// 登记留存 or 解释答复办结, where no result is required.
    pub fn keep(self, reason: String) -> Result<Self, IllegalTransition> {
        match self {
            Self::Dispatched { .. } | Self::Verifying { .. } | Self::Opened => Ok(Self::Kept { reason }),
            other => other.refuse("kept"),
        }
    }

    /// 径报上级.
    pub fn pass_up(self, to: Option<UnitCode>) -> Result<Self, IllegalTransition> {
        match self {
            Self::Opened | Self::Dispatched { .. } | Self::Verifying { .. } => Ok(Self::PassedUp { to }),
            other => other.refuse("passed up"),
        }
    }

    /// 换人承办: another officer of the same unit becomes responsible; every clock goes on.
    pub fn reassign(self, responsible: UserId) -> Result<Self, IllegalTransition> {
        match self {
            Self::Verifying { unit, assignment, rework, .. } => {
                Ok(Self::Verifying { unit, assignment, responsible, rework })
            }
            other => other.refuse("reassigned"),
        }
    }

    /// 收回: takes the case from its responsible officer, so that the unit can pull it again.
    pub fn withdraw(self) -> Result<Self, IllegalTransition> {
        match self {
            Self::Verifying { unit, assignment, .. } => Ok(Self::Dispatched { unit, assignment }),
            other => other.refuse("withdrawn"),
        }
    }

    /// 重新分类: a person corrected the category, so the unit is chosen again.
    pub fn reclassify(self) -> Result<Self, IllegalTransition> {
        match self {
            Self::Opened | Self::Dispatched { .. } | Self::Verifying { .. } => Ok(Self::Opened),
            other => other.refuse("classified again"),
        }
    }

    /// The unit that has the case now, and its assignment.
    pub fn held_by(&self) -> Option<(&UnitCode, AssignmentId)> {
        match self {
            Self::Dispatched { unit, assignment }
            | Self::Objected { objection: Objection { unit, assignment, .. } }
            | Self::Verifying { unit, assignment, .. }
            | Self::Reported { unit, assignment, .. } => Some((unit, *assignment)),
            _ => None,
        }
    }

    /// The officer who is responsible now (责任人).
    pub fn responsible(&self) -> Option<UserId> {
        match self {
            Self::Verifying { responsible, .. } | Self::Reported { responsible, .. } => Some(*responsible),
            _ => None,
        }
    }

    /// The outcome, once there is one.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Concluded { outcome } | Self::FedBack { outcome } => Some(*outcome),
            Self::Closed { outcome } => *outcome,
            _ => None,
        }
    }

    /// 重新办理, with a reason on record.
    pub fn reopen(self) -> Result<Self, IllegalTransition> {
        match self {
            Self::Closed { .. }
            | Self::Kept { .. }
            | Self::Referred { .. }
            | Self::Concluded { .. }
            | Self::FedBack { .. } => Ok(Self::Opened),
            other => other.refuse("reopened"),
        }
    }
}
