//! JSON bodies, read strictly: UTF-8, no trailing data, no key twice, no deep nesting.

use std::collections::BTreeSet;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::gateway::Reject;
use crate::wire::form::Form;

/// Reads a body into a type whose derived reader refuses a key that stands twice.
///
/// # Errors
/// [`Reject::BadEncoding`] where the bytes are not UTF-8, [`Reject::BadJson`] for everything else. Neither
/// repeats a byte of the body.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Reject> {
    let text = std::str::from_utf8(body).map_err(|_| Reject::BadEncoding)?;
    serde_json::from_str(text).map_err(|_| Reject::BadJson)
}

/// The rows of a JSON array, each read for itself, so that a bad one does not spoil the others.
///
/// # Errors
/// As [`read`], where the array itself cannot be split.
pub fn rows<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<Result<T, Reject>>, Reject> {
    Ok(split(read::<Vec<Box<RawValue>>>(body)?))
}

/// Reads each of the raw rows.
pub fn split<T: DeserializeOwned>(rows: Vec<Box<RawValue>>) -> Vec<Result<T, Reject>> {
    rows.into_iter().map(|row| serde_json::from_str(row.get()).map_err(|_| Reject::BadJson)).collect()
}

/// A string or a number as the vendor wrote it, never through a floating-point number; `None` for
/// anything else and for an empty string.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A required scalar.
///
/// # Errors
/// [`Reject::MissingField`] naming `field`.
pub fn required(value: &Value, field: &'static str) -> Result<String, Reject> {
    scalar(value).ok_or(Reject::MissingField(field))
}

/// A flat object as a form, for vendors that send either.
///
/// # Errors
/// As [`read`]; a key that stands twice is [`Reject::BadJson`].
pub fn flat(body: &[u8]) -> Result<Form, Reject> {
    struct Flat(Vec<(String, String)>);
    impl<'de> serde::Deserialize<'de> for Flat {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(FlatVisitor).map(Flat)
        }
    }
    read::<Flat>(body).map(|flat| Form::from_pairs(flat.0))
}

struct FlatVisitor;

impl<'de> Visitor<'de> for FlatVisitor {
    type Value = Vec<(String, String)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a flat object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names = BTreeSet::new();
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if !names.insert(name.clone()) {
                return Err(serde::de::Error::custom("a key twice"));
            }
            let value = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                Value::Null => continue,
                _ => return Err(serde::de::Error::custom("nested")),
            };
            pairs.push((name, value));
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        id: Value,
    }

    #[test]
    fn a_bad_row_leaves_the_others() {
        let rows: Vec<Result<Row, Reject>> =
            rows(br#"[{"id":9007199254740993},{"id":1,"id":2},null,{"id":"a"}]"#).unwrap();
        assert_eq!(scalar(&rows[0].as_ref().unwrap().id).as_deref(), Some("9007199254740993"));
        assert_eq!(rows[1], Err(Reject::BadJson));
        assert_eq!(rows[2], Err(Reject::BadJson));
        assert_eq!(scalar(&rows[3].as_ref().unwrap().id).as_deref(), Some("a"));
    }

    #[test]
    fn trailing_data_and_deep_nesting_are_refused() {
        assert_eq!(read::<Value>(b"{}1"), Err(Reject::BadJson));
        assert_eq!(read::<Value>("[".repeat(200_000).as_bytes()), Err(Reject::BadJson));
        assert_eq!(read::<Value>(b"\"caf\xE9\""), Err(Reject::BadEncoding));
    }

    #[test]
    fn a_flat_object_is_a_form() {
        let form = flat(br#"{"a":"x","n":1772366400,"t":true,"z":null}"#).unwrap();
        assert_eq!(form.required("n"), Ok("1772366400"));
        assert_eq!(form.required("t"), Ok("true"));
        assert_eq!(flat(br#"{"a":1,"a":1}"#), Err(Reject::BadJson));
        assert_eq!(flat(br#"{"a":{}}"#), Err(Reject::BadJson));
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = rows::<Row>(&body);
            let _ = flat(&body);
        }
    }
}
