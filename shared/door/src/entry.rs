//! What every form asks about subject and reporter, with the same bounds at every door.

use dengwen_http::FieldError;
use dengwen_model::{ReporterIdentity, SubjectForm};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::Checks;

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
    /// 性别.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 10))]
    pub gender: Option<String>,
    /// 政治面貌.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 20))]
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
    /// 联系电话.
    #[serde(default, deserialize_with = "dengwen_http::said")]
    #[validate(length(max = 40))]
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
    /// What lengths do not say: a known rank, a known division, no control characters.
    pub fn check(&self, checks: &Checks, errors: &mut Vec<FieldError>) {
        if given(&self.rank_code).is_some_and(|rank| !checks.has_rank(&rank)) {
            errors.push(FieldError::new("subject.rank_code", "unknown"));
        }
        if let Some(region) = given(&self.region_code) {
            errors.extend(checks.region_fault("subject.region_code", &region));
        }
        let texts = [
            ("subject.name", &self.name),
            ("subject.org", &self.org),
            ("subject.title", &self.title),
            ("subject.region", &self.region),
            ("subject.gender", &self.gender),
            ("subject.political_status", &self.political_status),
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
            gender: given(&self.gender),
            political_status: given(&self.political_status),
        }
    }
}

impl ReporterIn {
    /// What lengths do not say: no control characters.
    pub fn check(&self, errors: &mut Vec<FieldError>) {
        let texts = [
            ("reporter.name", &self.name),
            ("reporter.phone", &self.phone),
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
            phone: given(&self.phone),
            email: given(&self.email),
            address: given(&self.address),
            unit: given(&self.unit),
            contact_hours: given(&self.contact_hours),
        }
    }
}

fn with_control<const N: usize>(
    texts: [(&'static str, &Option<String>); N],
) -> impl Iterator<Item = FieldError> {
    let wrong = texts.into_iter().filter(|(_, text)| text.as_deref().is_some_and(has_control));
    wrong.map(|(field, _)| FieldError::new(field, "not_allowed"))
}

/// The text without white space around it; `None` where nothing is left.
pub fn given(value: &Option<String>) -> Option<String> {
    let text = value.as_deref()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Control characters other than line breaks and tabs have no place in what people write.
pub fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}
