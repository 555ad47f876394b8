//! `application/x-www-form-urlencoded`, kept as bytes: signatures cover bytes, and not every vendor
//! sends UTF-8 (WHATWG URL, section 5.1).

use std::borrow::Cow;

use percent_encoding::percent_decode;

use crate::gateway::Reject;

/// The pairs of a form or a query in the order they came, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(Vec<u8>, Vec<u8>)>);

impl Form {
    /// Splits and decodes. A `%` that begins no escape stays as it is, so this never fails.
    pub fn parse(raw: &[u8]) -> Self {
        let pairs = raw.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(equals);
            (unescape(name), unescape(value.get(1..).unwrap_or_default()))
        });
        Self(pairs.collect())
    }

    /// A form of such pairs, as a flat JSON object gives them.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, impl Into<Vec<u8>>)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into_bytes(), value.into())).collect())
    }

    /// All pairs, repeated names included.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// All values of one name.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let name = name.as_bytes().to_vec();
        self.pairs().filter(move |(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The value of a name that may stand once.
    ///
    /// # Errors
    /// [`Reject::AmbiguousField`] where it stands more than once, even with equal values: a proxy or an
    /// attacker added it, and picking one of them would be a guess.
    pub fn only(&self, name: &'static str) -> Result<Option<&[u8]>, Reject> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(Reject::AmbiguousField(name)),
        }
    }

    /// The last value of a name, for a vendor that is known to repeat names and means the last.
    pub fn last(&self, name: &str) -> Option<&[u8]> {
        self.all(name).last()
    }

    /// A required value that is not empty, as UTF-8.
    ///
    /// # Errors
    /// [`Reject::MissingField`], [`Reject::AmbiguousField`], or [`Reject::BadEncoding`] where it is not
    /// UTF-8: ids and numbers are ASCII with every vendor.
    pub fn required(&self, name: &'static str) -> Result<&str, Reject> {
        self.optional(name)?.ok_or(Reject::MissingField(name))
    }

    /// A value as UTF-8; `None` where it is absent or empty.
    ///
    /// # Errors
    /// [`Reject::AmbiguousField`] or [`Reject::BadEncoding`].
    pub fn optional(&self, name: &'static str) -> Result<Option<&str>, Reject> {
        let Some(value) = self.only(name)? else { return Ok(None) };
        let value = std::str::from_utf8(value).map_err(|_| Reject::BadEncoding)?;
        Ok(Some(value).filter(|value| !value.is_empty()))
    }

    /// Whether no pair is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn unescape(raw: &[u8]) -> Vec<u8> {
    let spaced: Cow<'_, [u8]> = if raw.contains(&b'+') {
        raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
    } else {
        raw.into()
    };
    percent_decode(&spaced).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decodes_bytes_that_are_not_utf_8() {
        let form = Form::parse(b"text=caf%E9+%805&x=%zz&y&=z&");
        assert_eq!(form.only("text"), Ok(Some(&b"caf\xE9 \x805"[..])));
        assert_eq!(form.only("x"), Ok(Some(&b"%zz"[..])));
        assert_eq!(form.only("y"), Ok(Some(&b""[..])));
        assert_eq!(form.required("text"), Err(Reject::BadEncoding));
        assert_eq!(form.required("y"), Err(Reject::MissingField("y")));
    }

    #[test]
    fn refuses_to_choose_between_two_values() {
        let form = Form::parse(b"a=1&a=1&b=1&b=2");
        assert_eq!(form.only("a"), Err(Reject::AmbiguousField("a")));
        assert_eq!(form.last("b"), Some(&b"2"[..]));
        assert_eq!(form.last("c"), None);
    }

    proptest! {
        #[test]
        fn what_was_escaped_comes_back(pairs in proptest::collection::vec((".{1,8}", ".{0,20}"), 0..6)) {
            let raw = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            prop_assert_eq!(Form::parse(raw.as_bytes()), Form::from_pairs(pairs));
        }

        #[test]
        fn any_bytes_make_a_form(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
            let form = Form::parse(&raw);
            let size: usize = form.pairs().map(|(name, value)| name.len() + value.len()).sum();
            prop_assert!(size <= raw.len());
        }
    }
}
