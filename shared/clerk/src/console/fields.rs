//! A form as sent by a browser, read as the entry that the interface takes.

use std::collections::BTreeMap;

use axum::extract::{Form, FromRequest, Request};
use axum::response::{IntoResponse, Response};
use dengwen_http::{FieldError, Problem, Reading, problems};
use dengwen_model::is_blank;
use dengwen_pages::console::{FieldKind, FormPlan};
use serde_json::{Map, Value};

use crate::Entry;
use crate::entry::read_entry;
use crate::time::{local_instant, seconds};

/// What a form sent, by field.
pub(crate) type Fields = BTreeMap<String, String>;

/// The field that drops whatever is said about the reporter.
const ANONYMOUS: &str = "anonymous";

/// A browser's form, with line ends as browsers show them (HTML, 4.10.21.5). NUL is refused, as in the
/// interface's bodies.
pub(crate) struct Sent(pub(crate) Fields);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let Form(mut fields) =
            Form::<Fields>::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        if fields.values().any(|value| value.contains('\0')) {
            return Err(Problem::from(problems::MALFORMED).into_response());
        }
        for value in fields.values_mut() {
            *value = value.replace("\r\n", "\n");
        }
        Ok(Self(fields))
    }
}

/// Only what the form asks: nothing else is kept or registered.
pub(crate) fn of_form(form: &FormPlan, mut fields: Fields) -> Fields {
    let asked: Vec<_> = form.fields().map(|field| field.name).collect();
    fields.retain(|name, value| asked.contains(&name.as_str()) && !is_blank(value));
    fields
}

/// The entry, and what of the form cannot be read or must be there.
pub(crate) fn entry<E: Entry>(fields: &Fields) -> Result<(Reading<E>, Vec<FieldError>), Problem> {
    let (mut body, mut errors) = (Map::new(), Vec::new());
    for field in E::FORM.fields() {
        let text = fields.get(field.name).map_or("", |text| text.trim());
        if text.is_empty() {
            if matches!(field.kind, FieldKind::YesOrNo(_)) {
                errors.push(FieldError::new(field.name, "required"));
            }
            continue;
        }
        match value(field.kind, text) {
            Some(value) => put(&mut body, field.name, value),
            None => errors.push(FieldError::new(field.name, "invalid")),
        }
    }
    if fields.contains_key(ANONYMOUS) {
        body.remove("reporter");
    }
    body.remove(ANONYMOUS);
    Ok((read_entry(Value::Object(body).to_string().as_bytes())?, errors))
}

fn value(kind: FieldKind, text: &str) -> Option<Value> {
    Some(match kind {
        FieldKind::Check => true.into(),
        FieldKind::YesOrNo(_) => match text {
            "1" => true.into(),
            "0" => false.into(),
            _ => return None,
        },
        FieldKind::Number(_) => text.parse::<u32>().ok()?.into(),
        FieldKind::Duration => seconds(text)?.into(),
        FieldKind::Moment => local_instant(text).ok()?.to_string().into(),
        FieldKind::Papers(_) | FieldKind::Recordings(_) | FieldKind::Calls(_) => {
            text.split(',').map(Value::from).collect()
        }
        FieldKind::Line(_) | FieldKind::Words | FieldKind::Rank | FieldKind::Choice(_) => text.into(),
    })
}

/// Puts a value under a name with dots.
fn put(body: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            body.insert(name.to_owned(), value);
        }
        Some((outer, inner)) => {
            let nested = body.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(nested) = nested {
                put(nested, inner, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_dots_nest() {
        let mut body = Map::new();
        put(&mut body, "subject.name", "a".into());
        put(&mut body, "subject.org", "b".into());
        put(&mut body, "text", "c".into());
        let expected = serde_json::json!({"subject": {"name": "a", "org": "b"}, "text": "c"});
        assert_eq!(Value::Object(body), expected);
    }

    #[test]
    fn what_is_typed_is_read_by_its_kind() {
        assert_eq!(value(FieldKind::Moment, "2026-10-10T09:35"), Some("2026-10-10T01:35:00Z".into()));
        assert_eq!(value(FieldKind::Duration, "6:28"), Some(388.into()));
        assert_eq!(value(FieldKind::Check, "1"), Some(true.into()));
        assert_eq!(value(FieldKind::Number(5), "x"), None);
        let said = ["1", "0", "on"].map(|text| value(FieldKind::YesOrNo(""), text));
        assert_eq!(said, [Some(true.into()), Some(false.into()), None]);
    }
}
