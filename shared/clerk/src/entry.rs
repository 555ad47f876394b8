//! What an entry at a desk is: the fields every desk has, and the trait that adds a desk's own.

use dengwen_door::{Checks, ExternalId, ReporterIn, SubjectIn, Submission, broken_rules, given, has_control};
use dengwen_http::FieldError;
use dengwen_model::{Channel, ChannelDetails, SourceKind, TipContent};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use validator::Validate;

use crate::columns::{Column, common};
use crate::{DeskPlan, FormPlan, Row, WaitingId, hex};

/// 2000-01-01T00:00:00Z. No line is older: an earlier time is a slip of the pen, and would start every
/// deadline in the distant past.
const EARLIEST: Timestamp = Timestamp::constant(946_684_800, 0);

/// The fields that every desk registers. Keys that are not known here are left to the desk's own form.
#[derive(Deserialize, Validate, ToSchema, Default)]
pub struct Common {
    /// The facts as told or written (何人何职何单位何时何地何事何诉求).
    #[serde(default, alias = "facts", alias = "content")]
    pub text: String,
    /// Whom it is about.
    #[serde(default)]
    #[validate(nested)]
    pub subject: SubjectIn,
    /// What the reporter asks for (诉求); it stands under the facts.
    #[validate(length(max = 1000))]
    pub demand: Option<String>,
    /// When it happened.
    #[validate(length(max = 200))]
    pub when: Option<String>,
    /// Where it happened.
    #[serde(rename = "where")]
    #[validate(length(max = 200))]
    pub place: Option<String>,
    /// Where the information comes from (信息来源), as 群众来件, 考察, 巡视巡察.
    #[validate(length(max = 40))]
    pub source_kind: Option<String>,
    /// Who reports; leave out or null where they stay anonymous.
    #[validate(nested)]
    pub reporter: Option<ReporterIn>,
    /// The desk's own number for it: the same number with the same words never makes a second tip.
    #[validate(length(max = 100))]
    pub external_id: Option<String>,
    /// When it reached the line, where that was before it was written up.
    #[schema(value_type = Option<String>)]
    pub received_at: Option<Timestamp>,
    /// Files that wait at the desk and belong to it.
    #[serde(default, alias = "scans", alias = "recordings")]
    #[schema(value_type = Vec<String>)]
    #[validate(length(max = 50))]
    pub waiting: Vec<WaitingId>,
}

/// What is registered at a desk.
pub trait Entry: DeserializeOwned + Validate + ToSchema + Send + Sync + 'static {
    /// The desk where it is registered.
    const DESK: DeskPlan;

    /// The form by which a clerk registers it in a browser; its fields bear the names of this type's.
    const FORM: FormPlan;

    /// The columns of a table that are this desk's own.
    const COLUMNS: &'static [Column] = &[];

    /// An entry from a row of a table. Columns that cannot be read go into `errors`.
    fn from_row(row: &Row, errors: &mut Vec<FieldError>) -> Self;

    /// The fields that every desk has.
    fn common(&self) -> &Common;

    /// The register number that the clerk gave.
    fn number(&self) -> Option<&str> {
        None
    }

    /// Takes the register number that the desk gave.
    fn set_number(&mut self, _number: String) {}

    /// The submission.
    fn into_submission(self) -> Submission;

    /// The instants that were given, by field.
    fn instants(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![("received_at", self.common().received_at)]
    }
}

/// Everything that is wrong with an entry, under the names that the sender knows: the common fields are
/// part of the entry.
pub(crate) fn wrong_fields<E: Entry>(entry: &E, checks: &Checks) -> Vec<FieldError> {
    let mut errors = broken_rules(entry);
    for error in &mut errors {
        if let Some(name) = error.field.strip_prefix("common.") {
            error.field = name.to_owned();
        }
    }
    let common = entry.common();
    if common.text.trim().is_empty() {
        errors.push(FieldError::new("text", "required"));
    } else if common.text.chars().count() > checks.max_text() {
        errors.push(FieldError::new("text", "too_long"));
    } else if has_control(&common.text) {
        errors.push(FieldError::new("text", "not_allowed"));
    }
    common.subject.check(checks, &mut errors);
    for (field, instant) in entry.instants() {
        if instant.is_some_and(|instant| instant < EARLIEST) {
            errors.push(FieldError::new(field, "too_early"));
        }
    }
    errors
}

impl Common {
    /// The common fields of a row; the columns' names in Chinese or English.
    pub fn from_row(row: &Row, errors: &mut Vec<FieldError>) -> Self {
        let text = |column: Column| row.text(column.names);
        Self {
            text: text(common::TEXT).unwrap_or_default(),
            subject: SubjectIn {
                name: text(common::NAME),
                org: text(common::ORG),
                title: text(common::TITLE),
                rank_code: text(common::RANK),
                region_code: text(common::REGION_CODE),
                region: text(common::REGION),
                gender: text(common::GENDER),
                political_status: text(common::PARTY),
            },
            demand: text(common::DEMAND),
            when: text(common::WHEN),
            place: text(common::PLACE),
            source_kind: text(common::SOURCE),
            reporter: Some(ReporterIn {
                name: text(common::REPORTER),
                phone: text(common::PHONE),
                email: text(common::EMAIL),
                address: text(common::ADDRESS),
                unit: text(common::UNIT),
                contact_hours: text(common::HOURS),
            }),
            external_id: text(common::NUMBER),
            received_at: row.instant("received_at", common::RECEIVED.names, errors),
            waiting: Vec::new(),
        }
    }

    /// The submission of these fields with a desk's own details. `source` names the desk in the external
    /// id; several desks may count from 1.
    pub fn into_submission(self, channel: Channel, details: ChannelDetails, source: &str) -> Submission {
        let identity = self.reporter.map(ReporterIn::into_identity).unwrap_or_default();
        let text = match given(&self.demand) {
            Some(demand) => format!("{}\n诉求：{demand}", self.text.trim_end()),
            None => self.text,
        };
        // Bound to the words: a register that counts from 1 again must not swallow another tip.
        let words = hex(&Sha256::digest(text.trim()));
        let external = given(&self.external_id).map(|id| ExternalId {
            source: source.to_owned(),
            id: format!("id {id} {words}"),
            same_receipt: true,
        });
        Submission {
            content: TipContent {
                channel,
                form_kind: dengwen_model::FormKind::default(),
                text,
                subject: self.subject.into_form(),
                when: given(&self.when),
                place: given(&self.place),
                source_kind: given(&self.source_kind).map(SourceKind).unwrap_or_default(),
                identity: identity.kind(),
                attachments: Vec::new(),
                details,
            },
            identity,
            reply_to: None,
            received_at: self.received_at,
            external,
        }
    }
}
