//! What goes in: a tip's words and what its channel's form gave.

use dengwen_model::Channel;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// A tip to read.
#[derive(Debug, Clone)]
pub struct TipText<'a> {
    /// The text as received.
    pub text: &'a str,
    /// What the form or the desk gave.
    pub form: TipForm,
    /// How it came.
    pub channel: Channel,
    /// When it came: dates without a year are read against it.
    pub received_at: Timestamp,
    /// Who took it in, as `990000 霁川省委组织部举报中心`, where it is known.
    pub received_by: Option<&'a str>,
    /// Where the information comes from (群众来件, 考察 …), where it is known.
    pub source_kind: Option<&'a str>,
}

/// What the channel's form or desk gave (contract: `form` of a tip line). Unknown keys are ignored;
/// a number where text is expected is taken as its digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TipForm {
    /// 被举报人姓名.
    #[serde(deserialize_with = "loose")]
    pub subject_name: Option<String>,
    /// 被举报人单位.
    #[serde(deserialize_with = "loose")]
    pub subject_org: Option<String>,
    /// 被举报人职务.
    #[serde(deserialize_with = "loose")]
    pub subject_title: Option<String>,
    /// 级别 (code).
    #[serde(deserialize_with = "loose")]
    pub subject_rank: Option<String>,
    /// 所在地区.
    #[serde(deserialize_with = "loose")]
    pub region: Option<String>,
    /// 举报人姓名.
    #[serde(deserialize_with = "loose")]
    pub reporter_name: Option<String>,
    /// 举报人电话.
    #[serde(deserialize_with = "loose")]
    pub reporter_phone: Option<String>,
    /// 举报人邮箱.
    #[serde(deserialize_with = "loose")]
    pub reporter_email: Option<String>,
    /// 举报人地址.
    #[serde(deserialize_with = "loose")]
    pub reporter_address: Option<String>,
    /// A contact the reporter volunteered.
    #[serde(deserialize_with = "loose")]
    pub contact: Option<String>,
    /// The name signed under a letter.
    #[serde(deserialize_with = "loose")]
    pub signed_name: Option<String>,
    /// Sender's address on the envelope.
    #[serde(deserialize_with = "loose", alias = "envelope_sender")]
    pub return_address: Option<String>,
    /// Signers of a joint letter.
    #[serde(deserialize_with = "loose")]
    pub signers: Option<String>,
    /// Files sent along.
    #[serde(deserialize_with = "loose")]
    pub attachments: Option<String>,
    /// Problem type ticked in the form.
    #[serde(deserialize_with = "loose")]
    pub problem_type: Option<String>,
}

/// Text, or a number or a list as text; empty text is nothing.
fn loose<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => text,
        serde_json::Value::Number(number) => number.to_string(),
        serde_json::Value::Array(items) => {
            items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join("、")
        }
        _ => return Ok(None),
    };
    let trimmed = text.trim();
    Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lists_and_unknown_keys_are_taken_as_they_come() {
        let form: TipForm = serde_json::from_str(
            r#"{"attachments":2,"signers":["甲","乙"],"region":" ","colour":{},"envelope_sender":"某村"}"#,
        )
        .unwrap();
        assert_eq!(form.attachments.as_deref(), Some("2"));
        assert_eq!(form.signers.as_deref(), Some("甲、乙"));
        assert_eq!(form.return_address.as_deref(), Some("某村"));
        assert_eq!(form.region, None);
    }
}
