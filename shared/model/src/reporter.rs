//! The reporter: identity, and what they see of their tip.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Attachment, CaseStage, IdentityKind};

/// Who sent a tip (举报人). Sealed at the door to the identity custodian's key, apart from the content.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReporterIdentity {
    /// 姓名.
    pub name: Option<String>,
    /// 电话.
    pub phone: Option<String>,
    /// 邮箱.
    pub email: Option<String>,
    /// 地址.
    pub address: Option<String>,
    /// 单位.
    pub unit: Option<String>,
    /// Hours in which a call is safe (方便联系时间).
    pub contact_hours: Option<String>,
}

impl ReporterIdentity {
    /// Whether nothing was given at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Named needs a name and a concrete contact (检举控告工作规则 24); a contact alone is something less.
    pub fn kind(&self) -> IdentityKind {
        let contact = self.phone.is_some() || self.email.is_some() || self.address.is_some();
        match (&self.name, contact) {
            (Some(_), true) => IdentityKind::Named,
            (None, true) => IdentityKind::ContactOnly,
            (_, false) => IdentityKind::Anonymous,
        }
    }
}

impl std::fmt::Debug for ReporterIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReporterIdentity(sealed)")
    }
}

/// What a reporter is told about the state of their tip; never who works on it (domain.md 3.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoarseState {
    /// 已接收.
    Received,
    /// 办理中.
    InProgress,
    /// 已转有关部门.
    PassedOn,
    /// 已办结.
    Concluded,
}

impl From<&CaseStage> for CoarseState {
    fn from(stage: &CaseStage) -> Self {
        match stage {
            CaseStage::Opened => Self::Received,
            CaseStage::Dispatched { .. }
            | CaseStage::Objected { .. }
            | CaseStage::Verifying { .. }
            | CaseStage::Reported { .. } => Self::InProgress,
            CaseStage::Referred { .. } | CaseStage::PassedUp { .. } => Self::PassedOn,
            CaseStage::Concluded { .. }
            | CaseStage::FedBack { .. }
            | CaseStage::Closed { .. }
            | CaseStage::Kept { .. } => Self::Concluded,
        }
    }
}

/// One entry of the mailbox that a receipt opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The line or the reporter.
    pub from: MessageFrom,
    /// When it was written.
    pub at: Timestamp,
    /// The words.
    pub text: String,
    /// Files that came with it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub files: usize,
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

/// What a mailbox message holds. A reporter's is sealed at the door to the line's key.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageContent {
    /// The words as written.
    pub text: String,
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// It came as a report of its own, over what a source may send in a day, and may be on another matter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over_limit: bool,
}

impl MessageContent {
    /// Words alone.
    pub fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

impl std::fmt::Debug for MessageContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageContent").field("files", &self.attachments.len()).finish_non_exhaustive()
    }
}

/// Who wrote a mailbox message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageFrom {
    /// The tip line.
    Line,
    /// The reporter.
    Reporter,
}
