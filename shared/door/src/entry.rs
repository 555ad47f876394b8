//! What every form asks about subject and reporter, with the same bounds at every door.

use dengwen_http::{FieldError, Text};
use dengwen_model::{ReporterIdentity, SubjectForm, is_blank};
use dengwen_rules::person::{self, PersonCode};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::{Checks, telephone};

/// Whom it is about.
#[derive(Deserialize, Validate, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct SubjectIn {
    /// 姓名.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 50))]
    pub name: Option<String>,
    /// 所在单位.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 100))]
    pub org: Option<String>,
    /// 职务.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 100))]
    pub title: Option<String>,
    /// A rank code of the national form, as `0141`.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    pub rank_code: Option<String>,
    /// A division code of six, nine or twelve digits.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    pub region_code: Option<String>,
    /// 所在地区.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 100))]
    pub region: Option<String>,
    /// 性别: a code of GB/T 2261.1 (`0`, `1`, `2`, `9`), or its name, as `男`.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 20))]
    pub gender: Option<String>,
    /// 政治面貌: a code of GB/T 4762 (`01` to `13`), or its name, as `中共党员`.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 80))]
    pub political_status: Option<String>,
}

/// Who reports.
#[derive(Deserialize, Validate, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct ReporterIn {
    /// 姓名.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 50))]
    pub name: Option<String>,
    /// 联系电话, as people write it: with area code, extension, or a word beside it.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 60))]
    pub phone: Option<String>,
    /// 电子邮箱.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(email, length(max = 254))]
    pub email: Option<String>,
    /// 地址.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 200))]
    pub address: Option<String>,
    /// 单位.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 100))]
    pub unit: Option<String>,
    /// 方便联系时间.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 100))]
    pub contact_hours: Option<String>,
}

impl SubjectIn {
    /// What lengths do not say: a known rank, division, sex and political status, no control characters.
    pub fn check(&self, checks: &Checks, errors: &mut Vec<FieldError>) {
        if given(&self.rank_code).is_some_and(|rank| !checks.has_rank(&rank)) {
            errors.push(FieldError::new("subject.rank_code", "unknown"));
        }
        if let Some(region) = given(&self.region_code) {
            errors.extend(checks.region_fault("subject.region_code", &region));
        }
        errors.extend(code_fault("subject.gender", &self.gender, &person::SEXES));
        errors.extend(code_fault(
            "subject.political_status",
            &self.political_status,
            &person::POLITICAL_STATUSES,
        ));
        let texts = [
            ("subject.name", &self.name),
            ("subject.org", &self.org),
            ("subject.title", &self.title),
            ("subject.region", &self.region),
        ];
        errors.extend(with_control(texts));
    }

    /// What the model keeps.
    pub fn into_form(self) -> SubjectForm {
        SubjectForm {
            name: given(&self.name),
            org: given(&self.org),
            title: given(&self.title),
            rank_code: given(&self.rank_code),
            region_code: given(&self.region_code),
            region: given(&self.region),
            gender: told(&self.gender),
            political_status: told(&self.political_status),
        }
    }
}

impl ReporterIn {
    /// What lengths do not say: a telephone number, no control characters.
    pub fn check(&self, errors: &mut Vec<FieldError>) {
        errors.extend(told(&self.phone).and_then(|phone| telephone::fault("reporter.phone", &phone)));
        let texts = [
            ("reporter.phone", &self.phone),
            ("reporter.name", &self.name),
            ("reporter.address", &self.address),
            ("reporter.unit", &self.unit),
            ("reporter.contact_hours", &self.contact_hours),
        ];
        errors.extend(with_control(texts));
    }

    /// What is sealed to the custodian.
    pub fn into_identity(self) -> ReporterIdentity {
        ReporterIdentity {
            name: given(&self.name),
            phone: told(&self.phone),
            email: given(&self.email),
            address: given(&self.address),
            unit: given(&self.unit),
            contact_hours: given(&self.contact_hours),
        }
    }
}

/// That a list has no such code or name; it names what it has.
fn code_fault(
    field: &'static str,
    value: &Option<String>,
    list: &'static [PersonCode],
) -> Option<FieldError> {
    let unknown = told(value).filter(|value| person::find(list, value).is_none());
    unknown.map(|_| {
        let named = |name: fn(&PersonCode) -> &'static str, between: &str| {
            let all = list.iter().map(|entry| format!("{} {}", entry.code, name(entry)));
            all.collect::<Vec<_>>().join(between)
        };
        let english = format!("one of: {}", named(|entry| entry.en, ", "));
        let chinese = format!("须为下列之一：{}", named(|entry| entry.zh, "、"));
        FieldError::with_message(field, "unknown", Text::composed(english, chinese))
    })
}

fn with_control<const N: usize>(
    texts: [(&'static str, &Option<String>); N],
) -> impl Iterator<Item = FieldError> {
    let wrong = texts.into_iter().filter(|(_, text)| text.as_deref().is_some_and(has_control));
    wrong.map(|(field, _)| FieldError::new(field, "not_allowed"))
}

/// The text without white space around it; `None` where nothing is left that can be read.
pub fn given(value: &Option<String>) -> Option<String> {
    let text = value.as_deref()?.trim();
    (!is_blank(text)).then(|| text.to_owned())
}

/// What people put into a field of a form or a cell of a table where they have nothing to put there.
const NOTHING: [&str; 14] =
    ["无", "無", "没有", "暂无", "未填", "不便透露", "-", "--", "—", "——", "/", "none", "n/a", "null"];

/// [`given`], and something: for fields that are held to a list or a form.
fn told(value: &Option<String>) -> Option<String> {
    given(value).filter(|text| !NOTHING.contains(&text.to_lowercase().as_str()))
}

/// Control characters other than line breaks and tabs have no place in what people write.
pub fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_what_cannot_be_read_gave_nothing() {
        for nothing in ["", " ", "\u{200b}", "\u{feff} \u{2060}"] {
            assert_eq!(given(&Some(nothing.to_owned())), None, "{nothing:?}");
        }
        assert_eq!(
            given(&Some(" 某\u{200b}局 ".to_owned())).as_deref(),
            Some("某\u{200b}局"),
            "as it was given"
        );
    }

    #[test]
    fn who_writes_that_there_is_nothing_gave_nothing() {
        for nothing in ["无", " 没有 ", "—", "/", "N/A"] {
            let value = Some(nothing.to_owned());
            assert!(code_fault("subject.gender", &value, &person::SEXES).is_none(), "{nothing}");
            let reporter = ReporterIn { phone: value.clone(), ..ReporterIn::default() };
            let mut errors = Vec::new();
            reporter.check(&mut errors);
            assert!(errors.is_empty(), "{nothing}");
            assert_eq!(reporter.into_identity().phone, None, "{nothing}");
        }
        assert!(code_fault("subject.gender", &Some("两".to_owned()), &person::SEXES).is_some());
    }
}
