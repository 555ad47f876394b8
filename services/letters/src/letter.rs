//! A letter, visit or e-mail as the clerk registers it (domain rules 2.5: 邮戳、页数、署名、联名人数).

use dengwen_clerk::{Column, Common, DeskPlan, Entry, FormPlan, Row};
use dengwen_door::{ReporterIn, Submission, given};
use dengwen_http::FieldError;
use dengwen_model::{Channel, ChannelDetails, IdentityKind};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::form;

/// A letter. Only `text` is required.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LetterIn {
    #[serde(skip)]
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
    /// The register number (登记号) of a label that was printed before; left out, the desk gives the next.
    #[serde(default)]
    #[validate(length(max = 40))]
    register_no: Option<String>,
}

const TYPE: Column =
    Column { label: "letter.type", names: &["letter_type", "kind", "来件类型", "类型"] };
const POSTMARK: Column = Column { label: "letter.postmark", names: &["postmark", "邮戳", "邮戳日期"] };
const PAGES: Column = Column { label: "letter.pages", names: &["pages", "页数"] };
const HANDWRITTEN: Column = Column { label: "letter.handwritten", names: &["handwritten", "手写"] };
const SIGNED: Column = Column { label: "letter.signed", names: &["signed_name", "署名"] };
const RETURN_ADDRESS: Column =
    Column { label: "letter.return_address", names: &["return_address", "envelope_sender", "寄件地址"] };
const SIGNERS: Column = Column { label: "letter.signers", names: &["signers", "联名人数"] };

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
