//! What an entry at a desk is: the fields every desk has, and the trait that adds a desk's own.

use dengwen_door::{Checks, ExternalId, ReporterIn, SubjectIn, Submission, given, has_control};
use dengwen_http::{FieldError, Problem, Reading, broken_rules, read_flat};
use dengwen_model::{Channel, ChannelDetails, SourceKind, TipContent, is_blank};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use validator::Validate;

use crate::columns::{Column, common, plain};
use crate::{DeskPlan, FormPlan, Row, WaitingId, hex};

/// 2000-01-01T00:00:00Z. No line is older: an earlier time is a slip of the pen, and would start every
/// deadline in the distant past.
const EARLIEST: Timestamp = Timestamp::constant(946_684_800, 0);

/// The fields that every desk registers.
#[derive(Deserialize, Validate, ToSchema, Default)]
#[serde(deny_unknown_fields)]
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
    #[serde(default, alias = "scans", alias = "recordings", alias = "calls")]
    #[schema(value_type = Vec<String>)]
    #[validate(length(max = 50))]
    pub waiting: Vec<WaitingId>,
}

/// What is registered at a desk: its own fields, and those that every desk has. Both are members of one object
/// of JSON; the type itself reads its own.
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

    /// The same, to be put in.
    fn common_mut(&mut self) -> &mut Common;

    /// The register number that the clerk gave.
    fn number(&self) -> Option<&str> {
        None
    }

    /// Takes the register number that the desk gave.
    fn set_number(&mut self, _number: String) {}

    /// The submission.
    fn into_submission(self) -> Submission;

    /// When it reached the line, where that was before it was written up.
    fn received_at(&self) -> Option<Timestamp> {
        self.common().received_at
    }

    /// The instants that were given, by field.
    fn instants(&self) -> Vec<(&'static str, Option<Timestamp>)> {
        vec![("received_at", self.common().received_at)]
    }
}

/// An entry of JSON, as far as it can be read.
pub(crate) fn read_entry<E: Entry>(json: &[u8]) -> Result<Reading<E>, Problem> {
    let whole = |(common, mut entry): (Common, E)| {
        *entry.common_mut() = common;
        entry
    };
    Ok(read_flat(json)?.map(whole))
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
    if is_blank(&common.text) {
        errors.push(FieldError::new("text", "required"));
    } else if common.text.chars().count() > checks.max_text() {
        errors.push(FieldError::new("text", "too_long"));
    } else if has_control(&common.text) {
        errors.push(FieldError::new("text", "not_allowed"));
    }
    common.subject.check(checks, &mut errors);
    if let Some(reporter) = &common.reporter {
        reporter.check(&mut errors);
    }
    for (field, instant) in entry.instants() {
        match instant {
            Some(instant) if instant < EARLIEST => errors.push(FieldError::new(field, "too_early")),
            Some(instant) if checks.is_in_future(instant) => errors.push(FieldError::new(field, "in_future")),
            _ => {}
        }
    }
    errors
}

impl Common {
    /// The common fields of a row; the columns' names in Chinese or English.
    pub fn from_row(row: &Row, errors: &mut Vec<FieldError>) -> Self {
        let text = |column: Column| row.text(column.names);
        Self {
            text: row.together(common::TEXT.names).unwrap_or_default(),
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
                phone: row.number_text("reporter.phone", common::PHONE.names, errors),
                email: text(common::EMAIL),
                address: text(common::ADDRESS),
                unit: text(common::UNIT),
                contact_hours: text(common::HOURS),
            }),
            external_id: row.number_text("external_id", common::NUMBER.names, errors),
            received_at: row.instant("received_at", common::RECEIVED.names, errors),
            waiting: Vec::new(),
        }
    }

    /// The facts with what is asked for.
    fn words(&self) -> String {
        match given(&self.demand) {
            Some(demand) => format!("{}\n诉求：{demand}", self.text.trim_end()),
            None => self.text.clone(),
        }
    }

    /// The desk's own number for it. `source` names the desk; several desks may count from 1.
    pub(crate) fn external(&self, source: &str) -> Option<ExternalId> {
        let id = given(&self.external_id)?;
        // Bound to the words: a register that counts from 1 again must not swallow another tip.
        let words = hex(&Sha256::digest(plain(&self.words())));
        let id = format!("id {} {words}", plain(&id));
        Some(ExternalId { source: source.to_owned(), id, same_receipt: true })
    }

    /// The submission of these fields with a desk's own details. `source` names the desk in the external
    /// id.
    pub fn into_submission(self, channel: Channel, details: ChannelDetails, source: &str) -> Submission {
        let (text, external) = (self.words(), self.external(source));
        let identity = self.reporter.map(ReporterIn::into_identity).unwrap_or_default();
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
                reporter_spans: Vec::new(),
            },
            identity,
            reply_to: None,
            received_at: self.received_at,
            external,
        }
    }
}
