//! Typed ids: UUID version 7 (RFC 9562) made from the injected clock and randomness.
//!
//! A version-7 id tells when it was made to the millisecond, so ids are for the line's own use;
//! what a reporter holds is a receipt (see the seal crate), which tells nothing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{Clock, Entropy};

/// The text is not an id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} id")]
pub struct IdError {
    kind: &'static str,
}

fn version_7(clock: &dyn Clock, entropy: &dyn Entropy) -> Uuid {
    let mut random = [0; 10];
    entropy.fill(&mut random);
    let millis = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id for this instant.
            pub fn new(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
                Self(version_7(clock, entropy))
            }

            /// An id that randomness alone makes (version 4): the same again where the randomness
            /// repeats, as for a request that was sent twice.
            pub fn drawn(entropy: &dyn Entropy) -> Self {
                let mut random = [0; 16];
                entropy.fill(&mut random);
                Self(uuid::Builder::from_random_bytes(random).into_uuid())
            }

            /// The id as the ledger stores it.
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The 16 bytes that the ledger stores.
            pub fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = IdError { kind: $prefix };
                let digits = text.strip_prefix(concat!($prefix, "_")).ok_or(error)?;
                if digits.len() != 32 {
                    return Err(error);
                }
                Uuid::try_parse(digits).map(Self).map_err(|_| error)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
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

typed_id!(
    /// A tip (举报件): one report as it came in, never changed.
    TipId, "tip");
typed_id!(
    /// A case (办理件): the work that one or more tips on the same matter cause.
    CaseId, "case");
typed_id!(
    /// An assignment (转办件): a case handed to one unit.
    AssignmentId, "asg");
typed_id!(
    /// A running or settled time limit (时限).
    DeadlineId, "ddl");
typed_id!(
    /// A message on the queue; a second delivery has the same id.
    MessageId, "msg");
typed_id!(
    /// A member of staff with an account.
    UserId, "usr");
typed_id!(
    /// An entry of the audit chain.
    EventId, "evt");
