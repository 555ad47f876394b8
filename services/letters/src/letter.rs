//! A letter, visit or e-mail as the clerk registers it (domain rules 2.5: 邮戳、页数、署名、联名人数).

use dengwen_clerk::{Column, Common, DeskPlan, Entry, FormPlan, Holds, Row};
use dengwen_door::{ReporterIn, Submission, given};
use dengwen_http::FieldError;
use dengwen_model::{Channel, ChannelDetails, IdentityKind};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::form;

/// A letter. Only `text` is required.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LetterIn {
    #[serde(skip)]
    #[validate(nested)]
    common: Common,
    /// `letter`, `visit`, `email`, `conference`, or the trade's own word, as 联名信.
    #[serde(default, alias = "kind")]
    #[validate(length(max = 20), custom(function = known_kind))]
    letter_type: Option<String>,
    /// Postmark date as written, or the place on it.
    #[serde(default)]
    #[validate(length(max = 40), custom(function = possible_date))]
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
    /// The register number (登记号) of a label that was printed before; left out, the desk gives the next.
    #[serde(default)]
    #[validate(length(max = 40))]
    register_no: Option<String>,
}

/// Kinds that have a name in the interface.
const KINDS: [&str; 4] = ["letter", "visit", "email", "conference"];
/// One of these stands in every word that the trade has for what comes in, as 联名信, 集体访, 群众来件, 口头. The words
/// are no closed list, but a slip of the pen would stand in the wrong register.
const TRADE: [&str; 15] =
    ["信", "访", "件", "函", "邮", "电", "报", "箱", "谈", "口头", "会议", "传真", "快递", "挂号", "材料"];

/// Left blank it is a letter.
fn known_kind(text: &str) -> Result<(), ValidationError> {
    let kind = text.trim();
    let known = kind.is_empty() || KINDS.contains(&kind) || TRADE.iter().any(|word| kind.contains(word));
    if known { Ok(()) } else { Err(ValidationError::new("unknown_value")) }
}

/// A postmark is copied as it stands, and may say no more than a place; but what is written as a day of a year must
/// be one.
fn possible_date(text: &str) -> Result<(), ValidationError> {
    let joins = |c: char| matches!(c, '-' | '/' | '.' | '年' | '月');
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && !joins(c)).unwrap_or(text.len());
    let parts: Vec<&str> = text[..end].split(joins).filter(|part| !part.is_empty()).collect();
    let (year, month, day) = match parts[..] {
        [date] if date.len() == 8 => (&date[..4], &date[4..6], &date[6..]),
        [year, month, day, ..] if year.len() == 4 => (year, month, day),
        [year, month] if year.len() == 4 => (year, month, "1"),
        _ => return Ok(()),
    };
    let date = || Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    date().map(drop).ok_or_else(|| ValidationError::new("no_date"))
}

const TYPE: Column = Column::new("letter.type", &["letter_type", "kind", "来件类型", "类型"]);
const POSTMARK: Column = Column::new("letter.postmark", &["postmark", "邮戳", "邮戳日期"]);
const PAGES: Column = Column::new("letter.pages", &["pages", "页数"]);
const HANDWRITTEN: Column =
    Column::new("letter.handwritten", &["handwritten", "手写"]).holding(Holds::YesOrNo);
const SIGNED: Column = Column::new("letter.signed", &["signed_name", "署名"]);
const RETURN_ADDRESS: Column =
    Column::new("letter.return_address", &["return_address", "envelope_sender", "寄件地址"]);
const SIGNERS: Column = Column::new("letter.signers", &["signers", "联名人数"]);

impl Entry for LetterIn {
    const DESK: DeskPlan = DeskPlan {
        source: "letters",
        title: "letter desk",
        about: "Register letters, visits and e-mails.",
        entries: "/api/v1/letters",
        entry: "Register a letter, visit or e-mail",
        import: "/api/v1/letters/import",
        table: "Import a register of letters",
        discard: "/api/v1/letters/scans/{id}/discard",
        hints: "/api/v1/letters/hints",
        document: "/api/v1/letters/openapi.json",
    };

    const FORM: FormPlan = form::FORM;
    const COLUMNS: &'static [Column] = &[TYPE, POSTMARK, PAGES, HANDWRITTEN, SIGNED, RETURN_ADDRESS, SIGNERS];

    fn from_row(row: &Row, errors: &mut Vec<FieldError>) -> Self {
        let number = |text: &str| text.parse().ok();
        Self {
            common: Common::from_row(row, errors),
            letter_type: row.text(TYPE.names),
            postmark: row.text(POSTMARK.names),
            pages: row.read("pages", PAGES.names, number, errors),
            handwritten: row.says_yes(HANDWRITTEN.names),
            signed_name: row.text(SIGNED.names),
            return_address: row.text(RETURN_ADDRESS.names),
            signers: row.read("signers", SIGNERS.names, number, errors),
            // The 登记号 of somebody else's table is no number of this desk.
            register_no: None,
        }
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn common_mut(&mut self) -> &mut Common {
        &mut self.common
    }

    fn number(&self) -> Option<&str> {
        self.register_no.as_deref().map(str::trim).filter(|number| !number.is_empty())
    }

    fn set_number(&mut self, number: String) {
        self.register_no = Some(number);
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
            register_no: given(&self.register_no),
        };
        let mut submission = self.common.into_submission(Channel::Letter, details, Self::DESK.source);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_a_word_of_the_trade() {
        for kind in [
            "",
            " ",
            "letter",
            "visit",
            "email",
            "conference",
            "联名信",
            "集体访",
            "普通信",
            "意见箱信件",
            "申诉信",
            "群众来件",
            "信函",
            "电子邮件",
            "口头",
            "联席会议",
            "传真",
        ] {
            assert!(known_kind(kind).is_ok(), "{kind}");
        }
        for wrong in ["怪", "zz", "Visit?", "1", "-"] {
            assert!(known_kind(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_postmark_that_is_written_as_a_day_is_one() {
        for postmark in [
            "",
            "黑松",
            "2026-10-15",
            "2026/10/15",
            "2026.10.15.09",
            "2026年10月15日",
            "20261015",
            "2024-02-29",
            "2026年10月",
            "2026-10-15 08:00",
            "10月15日",
            "26.10.15",
            "100000",
            "邮戳不清",
        ] {
            assert!(possible_date(postmark).is_ok(), "{postmark}");
        }
        for wrong in ["2099-99-99", "2026-02-29", "2026年13月1日", "20261301", "2026-00", "2026/10/32 08:00"]
        {
            assert!(possible_date(wrong).is_err(), "{wrong}");
        }
    }
}
