//! The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header).

use std::fmt;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use crate::{Problem, problems};

const HEADER: &str = "idempotency-key";
const MAX: usize = 128;

/// A client's name for one request: a repeat with the same name gets the first answer again. Use it
/// as `Option<IdempotencyKey>` where it may be left out.
///
/// It opens the stored answer, so it is treated as a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Takes 1 to 128 visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// Whether nobody else comes upon it: 128 bits that look random, as 32 or more hexadecimal digits or a
    /// random UUID (version 4 or 7). Of a counter in such a dress most digits are alike.
    pub fn is_unguessable(&self) -> bool {
        const DIGITS: usize = 32;
        const DIFFERENT: u32 = 8;
        let text = self.0.as_bytes();
        let digits: Vec<u32> = text
            .iter()
            .filter(|byte| **byte != b'-')
            .map_while(|byte| char::from(*byte).to_digit(16))
            .collect();
        let hyphens = text.iter().filter(|byte| **byte == b'-').count();
        let of_uuid = hyphens == 4 && digits.len() == DIGITS && matches!(digits.get(12), Some(4 | 7));
        let different = digits.iter().fold(0_u32, |seen, digit| seen | 1 << digit).count_ones();
        digits.len() + hyphens == text.len()
            && digits.len() >= DIGITS
            && (hyphens == 0 || of_uuid)
            && different >= DIFFERENT
    }

    /// The key as the client gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(hidden)")
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => {
                let key = value.to_str().ok().and_then(Self::parse);
                key.map(Some).ok_or_else(|| problems::IDEMPOTENCY_KEY.into())
            }
            (Some(_), Some(_)) => Err(problems::IDEMPOTENCY_KEY.into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        <Self as OptionalFromRequestParts<S>>::from_request_parts(parts, state)
            .await?
            .ok_or_else(|| problems::IDEMPOTENCY_KEY.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_random_and_is_long_is_unguessable() {
        let is = |text: &str| IdempotencyKey::parse(text).unwrap().is_unguessable();
        for strong in [
            "1f0c9a4be2d75836907cab1e5f348d62",
            "1F0C9A4BE2D75836907CAB1E5F348D62",
            "9b2f6c1d-4e7a-4f83-b1c0-5d6e8a7f2394",
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "1f0c9a4be2d75836907cab1e5f348d621f0c9a4be2d75836907cab1e5f348d62",
        ] {
            assert!(is(strong), "{strong}");
        }
        for weak in [
            "1",
            "tip-17",
            "1f0c9a4be2d75836907cab1e5f348d6",
            "00000000-0000-4000-8000-000000000017",
            "00000000000000000000000000000017",
            // Version 1: a clock and a machine's number.
            "9b2f6c1d-4e7a-1f83-b1c0-5d6e8a7f2394",
            "1f0c9a4be2d75836907cab1e5f348d62x",
            "1f0c-9a4b-e2d7-5836-907c-ab1e-5f34-8d62",
            "举报",
        ] {
            assert!(IdempotencyKey::parse(weak).is_none_or(|key| !key.is_unguessable()), "{weak}");
        }
    }
}
