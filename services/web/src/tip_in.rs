//! A tip as it is sent, checked, and turned into a submission.

use dengwen_door::Submission;
use dengwen_http::{FieldError, Problem};
use dengwen_model::{
    Attachment, Channel, ChannelDetails, FormKind, ReporterIdentity, SourceKind, SubjectForm, TipContent,
};
use dengwen_pages::RankChoice;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// A report. Only `text` is required, or `subject.org` with a file.
#[derive(Deserialize, Validate, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct TipIn {
    /// `person` or `unit`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) form_kind: FormKind,
    /// Whom it is about.
    #[serde(default)]
    #[validate(nested)]
    pub(crate) subject: SubjectIn,
    /// The main problem.
    #[serde(default)]
    pub(crate) text: String,
    /// When it happened.
    #[validate(length(max = 200))]
    pub(crate) when: Option<String>,
    /// Where it happened.
    #[serde(rename = "where")]
    #[validate(length(max = 200))]
    pub(crate) place: Option<String>,
    /// Who reports; leave out or null to stay anonymous.
    #[validate(nested)]
    pub(crate) reporter: Option<ReporterIn>,
}

/// Whom it is about.
#[derive(Deserialize, Validate, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SubjectIn {
    #[validate(length(max = 50))]
    pub(crate) name: Option<String>,
    #[validate(length(max = 100))]
    pub(crate) org: Option<String>,
    #[validate(length(max = 100))]
    pub(crate) title: Option<String>,
    /// A rank code of the national form, as `0141`.
    pub(crate) rank_code: Option<String>,
    /// A division code of six, nine or twelve digits.
    pub(crate) region_code: Option<String>,
    #[validate(length(max = 100))]
    pub(crate) region: Option<String>,
    #[validate(length(max = 10))]
    pub(crate) gender: Option<String>,
    #[validate(length(max = 20))]
    pub(crate) political_status: Option<String>,
}

/// Who reports.
#[derive(Deserialize, Validate, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReporterIn {
    #[validate(length(max = 50))]
    pub(crate) name: Option<String>,
    #[validate(length(max = 40))]
    pub(crate) phone: Option<String>,
    #[validate(email, length(max = 254))]
    pub(crate) email: Option<String>,
    #[validate(length(max = 200))]
    pub(crate) address: Option<String>,
    #[validate(length(max = 100))]
    pub(crate) unit: Option<String>,
    #[validate(length(max = 100))]
    pub(crate) contact_hours: Option<String>,
}

impl TipIn {
    /// What the types and lengths do not say: the text or a unit with a file, known codes, no control
    /// characters.
    pub(crate) fn check(
        &self,
        has_files: bool,
        max_text: usize,
        ranks: &[RankChoice],
    ) -> Result<(), Problem> {
        let mut errors = Vec::new();
        let text = self.text.trim();
        let org = self.subject.org.as_deref().is_some_and(|org| !org.trim().is_empty());
        if text.is_empty() && !(org && has_files) {
            errors.push(FieldError::new("text", "required"));
        } else if self.text.chars().count() > max_text {
            errors.push(FieldError::new("text", "too_long"));
        }
        if let Some(rank) = given(&self.subject.rank_code)
            && !ranks.iter().any(|known| known.code == rank)
        {
            errors.push(FieldError::new("subject.rank_code", "unknown"));
        }
        if let Some(region) = given(&self.subject.region_code)
            && !is_division(&region)
        {
            errors.push(FieldError::new("subject.region_code", "unknown"));
        }
        for (field, value) in self.texts() {
            if value.is_some_and(has_control) {
                errors.push(FieldError::new(field, "not_allowed"));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
    }

    fn texts(&self) -> [(&'static str, Option<&String>); 7] {
        let subject = &self.subject;
        [
            ("text", Some(&self.text)),
            ("subject.name", subject.name.as_ref()),
            ("subject.org", subject.org.as_ref()),
            ("subject.title", subject.title.as_ref()),
            ("subject.region", subject.region.as_ref()),
            ("when", self.when.as_ref()),
            ("where", self.place.as_ref()),
        ]
    }

    /// The submission, with the files that were kept.
    pub(crate) fn into_submission(self, attachments: Vec<Attachment>) -> Submission {
        let identity = self.reporter.map(ReporterIn::into_identity).unwrap_or_default();
        let subject = self.subject;
        Submission {
            content: TipContent {
                channel: Channel::Web,
                form_kind: self.form_kind,
                text: self.text,
                subject: SubjectForm {
                    name: given(&subject.name),
                    org: given(&subject.org),
                    title: given(&subject.title),
                    rank_code: given(&subject.rank_code),
                    region_code: given(&subject.region_code),
                    region: given(&subject.region),
                    gender: given(&subject.gender),
                    political_status: given(&subject.political_status),
                },
                when: given(&self.when),
                place: given(&self.place),
                source_kind: SourceKind::default(),
                identity: identity.kind(),
                attachments,
                details: ChannelDetails::Web,
            },
            identity,
            reply_to: None,
            received_at: None,
            external: None,
        }
    }
}

impl ReporterIn {
    fn into_identity(self) -> ReporterIdentity {
        ReporterIdentity {
            name: given(&self.name),
            phone: given(&self.phone),
            email: given(&self.email),
            address: given(&self.address),
            unit: given(&self.unit),
            contact_hours: given(&self.contact_hours),
        }
    }
}

/// The text without white space around it; `None` where nothing is left.
fn given(value: &Option<String>) -> Option<String> {
    let text = value.as_deref()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Control characters other than line breaks and tabs have no place in what people write.
fn has_control(text: &String) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// GB/T 2260 with the statistical codes below it: six, nine or twelve digits whose first two name a
/// province (11–82), or 99 for exercises and samples.
fn is_division(code: &str) -> bool {
    const PROVINCES: [&str; 35] = [
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42",
        "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
        "99",
    ];
    matches!(code.len(), 6 | 9 | 12)
        && code.bytes().all(|b| b.is_ascii_digit())
        && PROVINCES.contains(&&code[..2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranks() -> Vec<RankChoice> {
        vec![RankChoice { code: "0141".to_owned(), name: String::new() }]
    }

    fn errors(json: &str, has_files: bool) -> Vec<(String, String)> {
        let tip: TipIn = serde_json::from_str(json).unwrap();
        match tip.check(has_files, 10, &ranks()) {
            Ok(()) => Vec::new(),
            Err(problem) => problem.errors().iter().map(|e| (e.field.clone(), e.code.to_string())).collect(),
        }
    }

    #[test]
    fn text_or_a_unit_with_a_file_is_needed() {
        assert_eq!(errors("{}", true), [("text".to_owned(), "required".to_owned())]);
        assert_eq!(errors(r#"{"text":" \n "}"#, false), [("text".to_owned(), "required".to_owned())]);
        assert_eq!(errors(r#"{"subject":{"org":"某局"}}"#, false).len(), 1);
        assert!(errors(r#"{"subject":{"org":"某局"}}"#, true).is_empty());
        assert!(errors(r#"{"text":"某局长卖官"}"#, false).is_empty());
    }

    #[test]
    fn codes_lengths_and_control_characters_are_checked() {
        let wrong = errors(
            r#"{"text":"一二三四五六七八九十十一","when":"\u0007","subject":{"rank_code":"9999","region_code":"000000"}}"#,
            false,
        );
        let fields: Vec<_> = wrong.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["text", "subject.rank_code", "subject.region_code", "when"]);
        assert!(
            errors(r#"{"text":"x","subject":{"rank_code":"0141","region_code":"990121"}}"#, false).is_empty()
        );
    }

    #[test]
    fn a_name_without_a_contact_is_no_named_report() {
        let tip: TipIn = serde_json::from_str(r#"{"text":"x","reporter":{"name":"某","phone":""}}"#).unwrap();
        let submission = tip.into_submission(Vec::new());
        assert_eq!(submission.content.identity, dengwen_model::IdentityKind::Anonymous);
        assert!(!submission.identity.is_empty(), "the name is kept for the custodian all the same");
    }
}
