//! Tokens in place of what must not be kept: addresses, numbers, vendors' ids, indexed fields.
//!
//! A plain hash of a telephone number is undone by trying all numbers; these need the key.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dengwen_model::Entropy;
use jiff::Timestamp;

use crate::derive::Secret;

/// HMAC-SHA256 of something under one of the keys of this module. Text form: base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyedHash([u8; 32]);

/// The text or the bytes are not a keyed hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a keyed hash: 32 bytes in base64")]
pub struct HashError;

/// `from_bytes`, `as_bytes`, base64 `Display`, `FromStr` and serde for a 32-byte hash.
macro_rules! hash_text_form {
    ($name:ident) => {
        impl $name {
            /// Takes the 32 bytes that were stored.
            ///
            /// # Errors
            /// [`HashError`] where there are not 32.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, HashError> {
                bytes.try_into().map(Self).map_err(|_| HashError)
            }

            /// The 32 bytes to store.
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&STANDARD.encode(self.0))
            }
        }

        impl FromStr for $name {
            type Err = HashError;

            fn from_str(text: &str) -> Result<Self, HashError> {
                let mut bytes = [0; 32];
                match STANDARD.decode_slice(text, &mut bytes) {
                    Ok(32) => Ok(Self(bytes)),
                    _ => Err(HashError),
                }
            }
        }

        // A stable token of a person's address or receipt links entries of a log: kept out of them.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use hash_text_form;

hash_text_form!(KeyedHash);

impl KeyedHash {
    pub(crate) fn from_array(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// Hashes the ids that others gave: a vendor's message id, a row of a call log, a mail number.
/// All doors and triage hold the same key, so that a repeat is known wherever it comes in.
#[derive(Debug, Clone)]
pub struct ExternalIdKey(Secret);

impl ExternalIdKey {
    pub(crate) fn of(secret: &Secret) -> Self {
        Self(secret.subkey("external-id", &[]))
    }

    /// A key of its own, for tests and dry runs.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::of(&Secret::generate(entropy))
    }

    /// The token of `id` as given by `source` (a gateway's or an importer's name).
    pub fn hash(&self, source: &str, id: &str) -> KeyedHash {
        KeyedHash(self.0.mac(&[source.as_bytes(), id.as_bytes()]))
    }
}

/// Hashes fields for the link index (names, numbers, phrases), so that equal values can be found
/// in the ledger without being readable there.
#[derive(Debug, Clone)]
pub struct IndexKey(Secret);

impl IndexKey {
    pub(crate) fn of(secret: &Secret) -> Self {
        Self(secret.subkey("index", &[]))
    }

    /// A key of its own, for tests and dry runs.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::of(&Secret::generate(entropy))
    }

    /// The token of `value` in the index named `kind`.
    pub fn hash(&self, kind: &str, value: &[u8]) -> KeyedHash {
        KeyedHash(self.0.mac(&[kind.as_bytes(), value]))
    }
}

/// Makes the quota tokens of sources. They change every day (Asia/Shanghai), so that yesterday's
/// tokens say nothing about who wrote today; no address or number is kept (domain.md 3.8).
#[derive(Debug, Clone)]
pub struct LimitSalt(Secret);

impl LimitSalt {
    pub(crate) fn of(secret: &Secret) -> Self {
        Self(secret.subkey("limit", &[]))
    }

    /// A salt of its own, for tests and dry runs.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::of(&Secret::generate(entropy))
    }

    /// The token of a client's address. An IPv6 client owns a whole /64, so that is what counts;
    /// an IPv4 address written as IPv6 counts as what it is.
    pub fn address(&self, now: Timestamp, address: IpAddr) -> KeyedHash {
        match address.to_canonical() {
            IpAddr::V4(v4) => self.token(now, b"ipv4", &v4.octets()),
            IpAddr::V6(v6) => self.token(now, b"ipv6/64", &network(v6)),
        }
    }

    /// The token of a sender's number or name, as normalised by the caller.
    pub fn sender(&self, now: Timestamp, sender: &str) -> KeyedHash {
        self.token(now, b"sender", sender.as_bytes())
    }

    fn token(&self, now: Timestamp, kind: &[u8], value: &[u8]) -> KeyedHash {
        let day = self.0.subkey("day", &day_in_shanghai(now).to_be_bytes());
        KeyedHash(day.mac(&[kind, value]))
    }
}

fn network(address: Ipv6Addr) -> [u8; 8] {
    let mut network = [0; 8];
    network.copy_from_slice(&address.octets()[..8]);
    network
}

/// Days since 1970-01-01 at UTC+8. China has had no other offset since 1991.
fn day_in_shanghai(now: Timestamp) -> i64 {
    const OFFSET: i64 = 8 * 3600;
    (now.as_second() + OFFSET).div_euclid(86_400)
}
