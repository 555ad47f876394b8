//! A tip (举报件): what one person sent, once, never changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Attachment, Channel, IdentityKind, SourceKind};

/// Everything a tip says except who sent it. Sealed at the door to the line's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TipContent {
    /// How it came.
    pub channel: Channel,
    /// Against a person or a unit.
    #[serde(default)]
    pub form_kind: FormKind,
    /// The text as received (主要问题), never normalised.
    pub text: String,
    /// What the form or the clerk gave about the subject.
    #[serde(default)]
    pub subject: SubjectForm,
    /// When it happened, in the reporter's words.
    #[serde(default)]
    pub when: Option<String>,
    /// Where it happened, in the reporter's words.
    #[serde(default, rename = "where")]
    pub place: Option<String>,
    /// Where the information comes from.
    #[serde(default)]
    pub source_kind: SourceKind,
    /// How well the reporter can be reached, by what the form gave; the text may tell more.
    #[serde(default)]
    pub identity: IdentityKind,
    /// Files.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// What this channel tells besides.
    pub details: ChannelDetails,
    /// Where the reporter's own name, address or number, which they gave apart, stands in the text: characters, start
    /// and end. The door sets it, which alone holds both before they are sealed to different keys; whoever shows the
    /// text to a handling unit hides it, and whoever reads it takes nobody there for the accused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reporter_spans: Vec<(usize, usize)>,
}

/// Which of the two national forms was filled in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FormKind {
    /// 反映个人.
    #[default]
    Person,
    /// 反映单位.
    Unit,
}

/// What the form gave about the subject; every field may be missing (domain.md 2.4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubjectForm {
    /// 被举报人姓名.
    pub name: Option<String>,
    /// 所在单位.
    pub org: Option<String>,
    /// 职务.
    pub title: Option<String>,
    /// 级别.
    pub rank_code: Option<String>,
    /// 所在地区 (code).
    pub region_code: Option<String>,
    /// 所在地区 (name).
    pub region: Option<String>,
    /// 性别.
    pub gender: Option<String>,
    /// 政治面貌.
    pub political_status: Option<String>,
}

/// What a channel tells besides the text. Nothing here leads to the reporter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ChannelDetails {
    /// The web form or its API.
    Web,
    /// A text message, put together from its parts.
    Sms {
        /// The gateway's name in the settings.
        gateway: String,
        /// Messages it was put together from.
        parts: u16,
        /// Some parts never came.
        #[serde(default)]
        incomplete: bool,
    },
    /// A call written up by the operator.
    Phone {
        /// When the call began.
        started_at: Option<Timestamp>,
        /// Seconds.
        duration_s: Option<u32>,
        /// The operator's desk number (接听员), never a name.
        operator: Option<String>,
        /// The facts were read back to the caller and confirmed.
        #[serde(default)]
        readback_confirmed: bool,
    },
    /// A letter, visit or e-mail registered by a clerk.
    Letter {
        /// `letter`, `visit` or `email`.
        letter_type: String,
        /// Postmark date as written (邮戳).
        postmark: Option<String>,
        /// Pages.
        pages: Option<u32>,
        /// Written by hand: handwriting is identity and never leaves the desk.
        handwritten: Option<bool>,
        /// Number of signers (联名人数).
        signers: Option<u32>,
        /// The desk's register number (登记号), as it stands on the paper's label.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        register_no: Option<String>,
    },
}
