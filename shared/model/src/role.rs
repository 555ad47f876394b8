//! Who may do what.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{UnitCode, UserId};

/// The roles of domain.md 3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// 受理员、接听员: registers calls and letters.
    Intake,
    /// 分办员: screens, corrects classifications, decides objections.
    Screener,
    /// 查核人员: pulls and verifies what is assigned to the unit.
    Officer,
    /// 监督机构负责人: reviews, returns, concludes.
    Supervisor,
    /// 部领导: waivers, extensions, reopening.
    Leader,
    /// 身份保管员: the only one who can open a reporter's identity.
    Custodian,
    /// 分析员: figures without text.
    Analyst,
    /// 安全审计员: the log only.
    Auditor,
    /// 系统管理员: runs the system, reads no tip.
    Admin,
}

/// The text names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown role: intake, screener, officer, supervisor, leader, custodian, analyst, auditor or admin")]
pub struct RoleError;

impl Role {
    /// The lower-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Screener => "screener",
            Self::Officer => "officer",
            Self::Supervisor => "supervisor",
            Self::Leader => "leader",
            Self::Custodian => "custodian",
            Self::Analyst => "analyst",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Ok(match text {
            "intake" => Self::Intake,
            "screener" | "dispatcher" => Self::Screener,
            "officer" | "investigator" => Self::Officer,
            "supervisor" | "head" => Self::Supervisor,
            "leader" => Self::Leader,
            "custodian" => Self::Custodian,
            "analyst" => Self::Analyst,
            "auditor" => Self::Auditor,
            "admin" => Self::Admin,
            _ => return Err(RoleError),
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Somebody whose token or session was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The account or token.
    pub id: UserId,
    /// What they may do.
    pub role: Role,
    /// The unit they belong to, where the role has one.
    pub unit: Option<UnitCode>,
    /// The name the token or account was issued for; for the audit log.
    pub name: String,
}
