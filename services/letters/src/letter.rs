//! A letter, visit or e-mail as the clerk registers it (domain rules 2.5: 邮戳、页数、署名、联名人数).

use dengwen_clerk::{Common, Entry, Row};
use dengwen_door::{ReporterIn, Submission, given};
use dengwen_http::FieldError;
use dengwen_model::{Channel, ChannelDetails, IdentityKind};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// A letter. Only `text` is required.
#[derive(Deserialize, Validate, ToSchema)]
pub(crate) struct LetterIn {
    #[serde(flatten)]
    #[validate(nested)]
    common: Common,
    /// `letter`, `visit`, `email`, or the trade's own word, as 联名信.
    #[serde(default, alias = "kind")]
    #[validate(length(max = 20))]
    letter_type: Option<String>,
    /// Postmark date as written.
    #[serde(default)]
    #[validate(length(max = 40))]
    postmark: Option<String>,
    /// Pages.
    #[serde(default)]
    #[validate(range(max = 10000))]
    pages: Option<u32>,
    /// Written by hand.
    #[serde(default)]
    handwritten: Option<bool>,
    /// The name signed under it; sealed to the identity custodian.
    #[serde(default)]
    #[validate(length(max = 50))]
    signed_name: Option<String>,
    /// Sender's address on the envelope; sealed to the identity custodian.
    #[serde(default, alias = "envelope_sender")]
    #[validate(length(max = 200))]
    return_address: Option<String>,
    /// Number of signers.
    #[serde(default)]
    #[validate(range(max = 100000))]
    signers: Option<u32>,
}

impl Entry for LetterIn {
    const SOURCE: &'static str = "letters";

    fn from_row(row: &Row) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let common = Common::from_row(row).unwrap_or_else(|wrong| {
            errors.extend(wrong);
            Common::default()
        });
        let mut number = |field: &'static str, names: &[&str]| {
            row.get(names).and_then(|text| {
                let number = text.parse().ok();
                if number.is_none() {
                    errors.push(FieldError::new(field, "invalid"));
                }
                number
            })
        };
        let pages = number("pages", &["pages", "页数"]);
        let signers = number("signers", &["signers", "联名人数"]);
        let text = |names: &[&str]| row.get(names).map(ToOwned::to_owned);
        let letter = Self {
            common,
            letter_type: text(&["letter_type", "kind", "来件类型", "类型"]),
            postmark: text(&["postmark", "邮戳", "邮戳日期"]),
            pages,
            handwritten: row.get(&["handwritten", "手写"]).map(|text| matches!(text, "1" | "true" | "是")),
            signed_name: text(&["signed_name", "署名"]),
            return_address: text(&["return_address", "envelope_sender", "寄件地址"]),
            signers,
        };
        if errors.is_empty() { Ok(letter) } else { Err(errors) }
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn into_submission(mut self) -> Submission {
        let reporter = self.common.reporter.get_or_insert_with(ReporterIn::default);
        let signed = given(&self.signed_name);
        reporter.name = given(&reporter.name).or(signed);
        reporter.address = given(&reporter.address).or_else(|| given(&self.return_address));
        let details = ChannelDetails::Letter {
            letter_type: given(&self.letter_type).unwrap_or_else(|| "letter".to_owned()),
            postmark: given(&self.postmark),
            pages: self.pages,
            handwritten: self.handwritten,
            signers: self.signers,
        };
        let mut submission = self.common.into_submission(Channel::Letter, details, Self::SOURCE);
        // A return address on an envelope is no contact that was offered.
        if submission.identity.phone.is_none()
            && submission.identity.email.is_none()
            && submission.identity.name.is_none()
        {
            submission.content.identity = IdentityKind::Anonymous;
        }
        submission
    }
}
