//! JSON bodies, read strictly: UTF-8, no trailing data, no key twice, no deep nesting.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::gateway::Reject;
use crate::wire::form::Form;

/// Reads a body into a type whose derived reader refuses a key that stands twice. A byte order mark before it is
/// left out (RFC 8259, section 8.1).
///
/// # Errors
/// [`Reject::BadEncoding`] where the bytes are not UTF-8, [`Reject::BadJson`] for everything else. Neither
/// repeats a byte of the body.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Reject> {
    let text = std::str::from_utf8(body).map_err(|_| Reject::BadEncoding)?;
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|_| Reject::BadJson)
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

/// A string or a number as the vendor wrote it, never through a floating-point number, in which two long ids
/// would become one; nothing for anything else and for an empty string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scalar(Option<String>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = match raw.get().as_bytes() {
            [b'"', ..] => Some(serde_json::from_str(raw.get()).map_err(D::Error::custom)?),
            [b'-' | b'0'..=b'9', ..] => Some(raw.get().to_owned()),
            _ => None,
        };
        Ok(Self(text.filter(|text: &String| !text.is_empty())))
    }
}

/// What the scalar says.
pub fn scalar(value: &Scalar) -> Option<String> {
    value.0.clone()
}

/// A required scalar.
///
/// # Errors
/// [`Reject::MissingField`] naming `field`.
pub fn required(value: &Scalar, field: &'static str) -> Result<String, Reject> {
    scalar(value).ok_or(Reject::MissingField(field))
}

/// What a person wrote, as UTF-8. Half of a surrogate pair, which stays where a carrier cut an emoji, is kept as
/// a byte that is none, so that it is read as one U+FFFD and flagged: no reason to refuse the words around it.
#[derive(Default)]
pub struct Words(Vec<u8>);

impl From<Words> for Vec<u8> {
    fn from(words: Words) -> Self {
        words.0
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As bytes, `serde_json` reads a string with such halves in it.
        deserializer.deserialize_bytes(WordsVisitor)
    }
}

struct WordsVisitor;

impl Visitor<'_> for WordsVisitor {
    type Value = Words;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Words, E> {
        Ok(Words(without_halves(bytes)))
    }
}

/// Puts one byte that is in no text for each half of a surrogate pair, which are three bytes (ED A0 80 to ED BF BF).
fn without_halves(bytes: &[u8]) -> Vec<u8> {
    let mut words = Vec::with_capacity(bytes.len());
    let mut left = bytes;
    while let [first, rest @ ..] = left {
        match left {
            [0xED, 0xA0..=0xBF, _, behind @ ..] => {
                words.push(0xFF);
                left = behind;
            }
            _ => {
                words.push(*first);
                left = rest;
            }
        }
    }
    words
}

/// A flat object as a form, for vendors that send either.
///
/// # Errors
/// As [`read`]; a key that stands twice is [`Reject::BadJson`].
pub fn flat(body: &[u8]) -> Result<Form, Reject> {
    struct Flat(Vec<(String, Vec<u8>)>);
    impl<'de> serde::Deserialize<'de> for Flat {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(FlatVisitor).map(Flat)
        }
    }
    read::<Flat>(body).map(|flat| Form::from_pairs(flat.0))
}

struct FlatVisitor;

impl<'de> Visitor<'de> for FlatVisitor {
    type Value = Vec<(String, Vec<u8>)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a flat object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names = BTreeSet::new();
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom("a key twice"));
            }
            let value = match value.get().as_bytes() {
                [b'"', ..] => serde_json::from_str::<Words>(value.get()).map_err(A::Error::custom)?.into(),
                [b'{' | b'[', ..] => return Err(A::Error::custom("nested")),
                b"null" => continue,
                // A number or a flag as it is written: signatures cover it.
                _ => value.get().as_bytes().to_vec(),
            };
            pairs.push((name, value));
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        id: Scalar,
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
    fn ids_stay_as_they_are_written_however_long() {
        let read = |text: &str| scalar(&serde_json::from_str::<Scalar>(text).unwrap());
        for digits in ["123456789012345678901234567", "123456789012345678901234568", "-1", "1.50"] {
            assert_eq!(read(digits).as_deref(), Some(digits));
        }
        assert_eq!(read(r#""a\u4e2d""#).as_deref(), Some("a中"));
        for nothing in ["null", "true", "{}", "[1]", r#""""#] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
        assert_eq!(flat(br#"{"price":1.50}"#).unwrap().required("price"), Ok("1.50"));
    }

    #[test]
    fn half_an_emoji_does_not_spoil_the_words_around_it() {
        let words: Words = serde_json::from_str(r#""前\ud83d后\u4e2d\ud83d\ude00""#).unwrap();
        let text = String::from_utf8_lossy(&words.0).into_owned();
        assert_eq!(text, "前\u{fffd}后中😀", "one sign for one half");
        assert!(flat(br#"{"text":"a\ud83d"}"#).unwrap().only("text").unwrap().unwrap().starts_with(b"a"));
        assert!(
            serde_json::from_str::<Words>("[97]").is_err() && serde_json::from_str::<Words>("1").is_err()
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_body() {
        assert_eq!(read::<Value>("\u{feff}{}".as_bytes()), Ok(serde_json::json!({})));
        assert_eq!(read::<Value>("\u{feff}\u{feff}{}".as_bytes()), Err(Reject::BadJson));
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
