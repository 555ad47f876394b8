//! Codes that come from tables: short, printable, checked once at the edge.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text cannot be a code of this kind: empty, too long, or with a character other than ASCII
/// letters, digits, `-`, `_` and `.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}: 1 to {max} ASCII letters, digits, '-', '_' or '.'")]
pub struct CodeError {
    kind: &'static str,
    max: usize,
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = CodeError;

            fn from_str(text: &str) -> Result<Self, CodeError> {
                let fits = (1..=$max).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
                fits.then(|| Self(text.to_owned())).ok_or(CodeError { kind: $kind, max: $max })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

code!(
    /// A unit of the units register (机构代码), as `990121-ZZB`.
    UnitCode, "unit code", 40);
code!(
    /// An official's rank (职务层次): the codes of the national 12380 form, as `0141`, or `9Z`.
    RankCode, "rank code", 8);
code!(
    /// An administrative division (行政区划代码, GB/T 2260), as `990121`.
    RegionCode, "region code", 12);
code!(
    /// A leaf of the taxonomy, as `A02`.
    CategoryCode, "category code", 8);
code!(
    /// An entry of the referral directory (转送去向), as `R_12388`.
    ReferralCode, "referral code", 20);
code!(
    /// A deadline rule, as `DL-SUP`.
    RuleId, "rule id", 24);
code!(
    /// A door's own name, unique among the running doors: registrations and replies for what it
    /// took are sent to it under this name.
    DoorName, "door name", 64);
