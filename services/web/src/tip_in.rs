//! A tip as it is sent, checked, and turned into a submission.

use dengwen_door::{Checks, ReporterIn, SubjectIn, Submission, given, has_control};
use dengwen_http::{FieldError, broken_rules};
use dengwen_model::{Attachment, Channel, ChannelDetails, FormKind, SourceKind, TipContent, is_blank};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// A report. Only `text` is required, or `subject.org` with a file.
#[derive(Deserialize, Validate, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct TipIn {
    /// `person` or `unit`.
    #[schema(value_type = Option<String>)]
    pub(crate) form_kind: Option<FormKind>,
    /// Whom it is about.
    #[validate(nested)]
    pub(crate) subject: Option<SubjectIn>,
    /// The main problem.
    #[serde(default)]
    pub(crate) text: String,
    /// When it happened.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 200))]
    pub(crate) when: Option<String>,
    /// Where it happened.
    #[serde(default, deserialize_with = "dengwen_http::said", rename = "where")]
    #[validate(length(max = 200))]
    pub(crate) place: Option<String>,
    /// Who reports; leave out or null to stay anonymous.
    #[validate(nested)]
    pub(crate) reporter: Option<ReporterIn>,
}

impl TipIn {
    /// Every field that is wrong, by lengths and by what they do not say: the text or a unit with a file,
    /// known codes, no control characters.
    pub(crate) fn wrong(&self, has_files: bool, checks: &Checks) -> Vec<FieldError> {
        let mut errors = broken_rules(self);
        let org = self.subject.as_ref().is_some_and(|subject| given(&subject.org).is_some());
        if is_blank(&self.text) && !(org && has_files) {
            errors.push(FieldError::new("text", "required"));
        } else if self.text.chars().count() > checks.max_text() {
            errors.push(FieldError::new("text", "too_long"));
        }
        if let Some(subject) = &self.subject {
            subject.check(checks, &mut errors);
        }
        if let Some(reporter) = &self.reporter {
            reporter.check(&mut errors);
        }
        for (field, value) in
            [("text", Some(&self.text)), ("when", self.when.as_ref()), ("where", self.place.as_ref())]
        {
            if value.is_some_and(|text| has_control(text)) {
                errors.push(FieldError::new(field, "not_allowed"));
            }
        }
        errors
    }

    /// The submission, with the files that were kept.
    pub(crate) fn into_submission(self, attachments: Vec<Attachment>) -> Submission {
        let identity = self.reporter.map(ReporterIn::into_identity).unwrap_or_default();
        Submission {
            content: TipContent {
                channel: Channel::Web,
                form_kind: self.form_kind.unwrap_or_default(),
                text: self.text,
                subject: self.subject.unwrap_or_default().into_form(),
                when: given(&self.when),
                place: given(&self.place),
                source_kind: SourceKind::default(),
                identity: identity.kind(),
                attachments,
                details: ChannelDetails::Web,
                reporter_spans: Vec::new(),
            },
            identity,
            reply_to: None,
            received_at: None,
            external: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dengwen_door::{Checker, NoticeBoard};
    use dengwen_model::SystemClock;
    use dengwen_rules::Rules;

    use super::*;

    async fn errors(json: &str, has_files: bool) -> Vec<(String, String)> {
        let board = Arc::new(NoticeBoard::silent(Arc::new(SystemClock)));
        let checker = Checker::new(&Rules::built_in().unwrap(), board, 10).unwrap();
        let tip: TipIn = serde_json::from_str(json).unwrap();
        let wrong = tip.wrong(has_files, &checker.for_subject(tip.subject.as_ref()).await);
        wrong.into_iter().map(|e| (e.field, e.code.to_string())).collect()
    }

    #[tokio::test]
    async fn text_or_a_unit_with_a_file_is_needed() {
        let required = [("text".to_owned(), "required".to_owned())];
        assert_eq!(errors("{}", true).await, required);
        for blank in [r" \n ", r"\u200b", r"\ufeff\u2060 "] {
            assert_eq!(errors(&format!(r#"{{"text":"{blank}"}}"#), false).await, required, "{blank}");
        }
        assert_eq!(errors(r#"{"subject":{"org":"某局"}}"#, false).await.len(), 1);
        assert!(errors(r#"{"subject":{"org":"某局"}}"#, true).await.is_empty());
        assert!(errors(r#"{"text":"某局长卖官"}"#, false).await.is_empty());
        let nulls = r#"{"text":"x","form_kind":null,"subject":null,"when":null,"reporter":null}"#;
        assert!(errors(nulls, false).await.is_empty(), "programs write null for what is not there");
    }

    #[tokio::test]
    async fn codes_lengths_and_control_characters_are_checked() {
        let wrong = errors(
            r#"{"text":"一二三四五六七八九十十一","when":"\u0007","subject":{"rank_code":"9999","region_code":"000000"}}"#,
            false,
        )
        .await;
        let fields: Vec<_> = wrong.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["text", "subject.rank_code", "subject.region_code", "when"]);
        let right = r#"{"text":"x","subject":{"rank_code":"0141","region_code":"990121"}}"#;
        assert!(errors(right, false).await.is_empty());
    }

    #[test]
    fn a_name_without_a_contact_is_no_named_report() {
        let tip: TipIn = serde_json::from_str(r#"{"text":"x","reporter":{"name":"某","phone":""}}"#).unwrap();
        let submission = tip.into_submission(Vec::new());
        assert_eq!(submission.content.identity, dengwen_model::IdentityKind::Anonymous);
        assert!(!submission.identity.is_empty(), "the name is kept for the custodian all the same");
    }
}
