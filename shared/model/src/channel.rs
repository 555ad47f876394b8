//! How a tip came in.

use serde::{Deserialize, Serialize};

/// The channel (来件渠道): the four in "四位一体".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// 电话: the 12380 telephone.
    Phone,
    /// 短信.
    Sms,
    /// 网络: the web form or its API.
    Web,
    /// 信访: a letter, a visit or an e-mail.
    Letter,
}

impl Channel {
    /// The lower-case name used in queues, metrics and tip numbers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Sms => "sms",
            Self::Web => "web",
            Self::Letter => "letter",
        }
    }
}

/// Where the information comes from (信息来源); M4 asks for it. Free text in the trade's own words
/// (`群众来件`, `考察`, `巡视巡察` …), since sites name their sources differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceKind(pub String);

impl Default for SourceKind {
    fn default() -> Self {
        Self("群众来件".to_owned())
    }
}
