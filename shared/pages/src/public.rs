//! The pages that a reporter sees.

use askama::Template;

use crate::Lang;

/// A field that is wrong: its name in the form and the translation key of what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The form field, as `subject_name`.
    pub field: String,
    /// Translation key, as `error.too_long`.
    pub code: String,
}

/// What was typed before, so that an error costs nobody their words.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "one field a form field")]
pub struct Given {
    pub form_kind: String,
    pub subject_name: String,
    pub subject_org: String,
    pub subject_title: String,
    pub subject_rank: String,
    pub subject_region: String,
    pub subject_region_code: String,
    pub subject_gender: String,
    pub subject_political_status: String,
    pub text: String,
    pub when: String,
    pub place: String,
    pub reporter_name: String,
    pub reporter_phone: String,
    pub reporter_email: String,
    pub reporter_address: String,
    pub reporter_unit: String,
    pub contact_hours: String,
}

/// A rank to choose from.
#[derive(Debug, Clone)]
pub struct RankChoice {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// An entry of a code list to choose from, in both languages.
#[derive(Debug, Clone)]
pub struct CodeChoice {
    /// Code.
    pub code: &'static str,
    /// Its name in Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
}

/// The form (举报表).
#[derive(Debug, Template)]
#[template(path = "report.html")]
pub struct ReportPage<'a> {
    /// Language.
    pub lang: Lang,
    /// What was typed before.
    pub given: &'a Given,
    /// What is wrong with it.
    pub errors: &'a [FieldError],
    /// Translation key of why it was not taken although nothing is wrong with it, or empty.
    pub failure: &'a str,
    /// What was sent in fields that the form does not have.
    pub strays: &'a [String],
    /// Ranks to choose from.
    pub ranks: &'a [RankChoice],
    /// 性别 to choose from.
    pub genders: &'a [CodeChoice],
    /// 政治面貌 to choose from.
    pub political_statuses: &'a [CodeChoice],
    /// Sent back with the form: sending it twice makes one tip.
    pub once: &'a str,
    /// Longest text in characters.
    pub max_chars: usize,
    /// Largest file in MiB.
    pub max_file_mib: usize,
    /// Most files.
    pub max_files: usize,
}

impl ReportPage<'_> {
    /// Attributes of a field that is wrong: it is told by sight and by ear what is, in the list above.
    /// `field` is a name of this form.
    fn wrong(&self, field: &str) -> String {
        match self.errors.iter().any(|error| error.field == field) {
            true => format!(r#"class="wrong" aria-invalid="true" aria-describedby="wrong_{field}""#),
            false => String::new(),
        }
    }

    /// Whether something of what is rarely known about the subject is given or wrong.
    fn tells_more_of_subject(&self) -> bool {
        let given = self.given;
        let told = [&given.subject_region_code, &given.subject_gender, &given.subject_political_status];
        let rare = ["subject_region_code", "subject_gender", "subject_political_status"];
        told.iter().any(|text| !text.is_empty())
            || self.errors.iter().any(|error| rare.contains(&error.field.as_str()))
    }

    /// Whether something about the reporter is given or wrong, which nobody must have to look for.
    fn tells_of_reporter(&self) -> bool {
        let given = self.given;
        let told = [
            &given.reporter_name,
            &given.reporter_phone,
            &given.reporter_email,
            &given.reporter_address,
            &given.reporter_unit,
            &given.contact_hours,
        ];
        let is_of_reporter = |field: &str| field.starts_with("reporter_") || field == "contact_hours";
        told.iter().any(|text| !text.is_empty())
            || self.errors.iter().any(|error| is_of_reporter(&error.field))
    }
}

/// The receipt, shown once (回执).
#[derive(Debug, Template)]
#[template(path = "receipt_given.html")]
pub struct ReceiptGivenPage<'a> {
    /// Language.
    pub lang: Lang,
    /// In groups of four.
    pub receipt: &'a str,
}

/// Where a receipt is typed in (查询).
#[derive(Debug, Template)]
#[template(path = "receipt.html")]
pub struct ReceiptPage<'a> {
    /// Language.
    pub lang: Lang,
    /// Translation key of what went wrong, or empty.
    pub error: &'a str,
    /// What was typed before, to be put right.
    pub typed: &'a str,
    /// A message that was not sent, to be sent again.
    pub unsent: Option<Unsent<'a>>,
}

/// A message that was not sent because its receipt opens nothing now.
#[derive(Debug, Clone, Copy)]
pub struct Unsent<'a> {
    /// Its receipt.
    pub receipt: &'a str,
    /// The name under which it is sent again.
    pub once: &'a str,
    /// The words.
    pub text: &'a str,
}

/// One message, ready to show.
#[derive(Debug, Clone)]
pub struct MailboxLine {
    /// Whether the reporter wrote it.
    pub from_reporter: bool,
    /// Date and time in Asia/Shanghai.
    pub at: String,
    /// The words.
    pub text: String,
    /// Files that came with it.
    pub files: usize,
}

/// What a receipt opens.
#[derive(Debug, Template)]
#[template(path = "mailbox.html")]
pub struct MailboxPage<'a> {
    /// Language.
    pub lang: Lang,
    /// Translation key of the coarse state, as `state.received`.
    pub state: &'a str,
    /// When it last changed, in Asia/Shanghai.
    pub updated_at: &'a str,
    /// Messages, oldest first.
    pub messages: &'a [MailboxLine],
    /// The receipt again, hidden in the form for the next message.
    pub receipt: &'a str,
    /// Sent back with the form: sending it twice makes one message.
    pub once: &'a str,
    /// Largest file in MiB.
    pub max_file_mib: usize,
    /// Most files.
    pub max_files: usize,
    /// Translation key of what was done, or empty.
    pub done: &'a str,
    /// Translation key of what went wrong, or empty.
    pub error: &'a str,
    /// What was typed before, so that an error costs nobody their words.
    pub typed: &'a str,
}

/// One thing to say: an error, or that something is away.
#[derive(Debug, Template)]
#[template(path = "notice.html")]
pub struct NoticePage<'a> {
    /// Language.
    pub lang: Lang,
    /// Translation key of the heading.
    pub title: &'a str,
    /// Translation key of the text.
    pub text: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_renders_in_both_languages_and_escapes_what_was_typed() {
        let given = Given { text: "<script>alert(1)</script>".to_owned(), ..Given::default() };
        let errors = [FieldError { field: "text".to_owned(), code: "error.required".to_owned() }];
        let strays = ["<script>".to_owned()];
        let ranks = [RankChoice { code: "0141".to_owned(), name: "乡科级正职".to_owned() }];
        let codes = [CodeChoice { code: "1", zh: "男", en: "male" }];
        for lang in [Lang::Zh, Lang::En] {
            let report = ReportPage {
                strays: &strays,
                lang,
                given: &given,
                errors: &errors,
                failure: "error.sent_before",
                ranks: &ranks,
                genders: &codes,
                political_statuses: &codes,
                once: "x",
                max_chars: 1,
                max_file_mib: 1,
                max_files: 1,
            };
            let line =
                MailboxLine { from_reporter: true, at: "x".to_owned(), text: "<b>".to_owned(), files: 1 };
            let pages = [
                report.render().unwrap(),
                ReceiptGivenPage { lang, receipt: "1234" }.render().unwrap(),
                ReceiptPage {
                    lang,
                    error: "error.receipt",
                    typed: "\"><script>",
                    unsent: Some(Unsent { receipt: "1", once: "x", text: "</textarea><script>" }),
                }
                .render()
                .unwrap(),
                MailboxPage {
                    lang,
                    state: "state.received",
                    updated_at: "x",
                    messages: &[line],
                    receipt: "1",
                    once: "x",
                    max_file_mib: 1,
                    max_files: 1,
                    done: "mailbox.accepted",
                    error: "error.message",
                    typed: "<script>",
                }
                .render()
                .unwrap(),
                NoticePage { lang, title: "notice.away", text: "notice.away_text" }.render().unwrap(),
            ];
            for page in pages {
                assert!(!page.contains("<script") && !page.contains("<b>"));
                assert!(
                    !page.contains("http://") && !page.contains("src="),
                    "nothing is loaded from elsewhere"
                );
                assert!(page.contains(&format!("lang=\"{}\"", lang.tag())));
            }
        }
    }
}
