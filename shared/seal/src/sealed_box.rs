//! The sealed bytes as they travel and are stored: opaque to all but the key's holder.
//!
//! Layout: version (1 byte, `1`), suite (1 byte), key id (8 bytes), encapsulated key (1,120 bytes),
//! ciphertext with its tag. The suite is stored because the hybrid suites are drafts that may change.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::KeyId;
use crate::padding::MAX_PLAINTEXT;

pub(crate) const VERSION: u8 = 1;
/// X-Wing (ML-KEM-768 and X25519), HKDF-SHA256, ChaCha20-Poly1305; HPKE base mode (RFC 9180).
pub(crate) const SUITE_X_WING: u8 = 1;
pub(crate) const HEADER: usize = 10;
pub(crate) const ENCAPSULATED: usize = 1120;
pub(crate) const TAG: usize = 16;
/// The longest box, in bytes.
const MAX: usize = HEADER + ENCAPSULATED + MAX_PLAINTEXT + 64 * 1024 + TAG;

/// Something sealed to a holder's public key. In JSON a base64 string.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedBox(Vec<u8>);

/// The bytes or the text cannot be a sealed box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealedBoxError {
    /// Not base64.
    #[error("a sealed box is not base64")]
    NotBase64,
    /// Too short to hold a key and a tag, or longer than any box can be.
    #[error("a sealed box has an impossible length")]
    Length,
    /// Made by a later version, or not a box at all.
    #[error("a sealed box of an unknown version or suite")]
    Unknown,
}

impl SealedBox {
    pub(crate) fn from_parts(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Takes bytes that were stored. Checks the header and the length; only opening checks the rest.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SealedBoxError> {
        if !(HEADER + ENCAPSULATED + TAG..=MAX).contains(&bytes.len()) {
            return Err(SealedBoxError::Length);
        }
        if bytes[..2] != [VERSION, SUITE_X_WING] {
            return Err(SealedBoxError::Unknown);
        }
        Ok(Self(bytes))
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Which key opens it.
    pub fn key_id(&self) -> KeyId {
        let mut id = [0; 8];
        id.copy_from_slice(&self.0[2..HEADER]);
        KeyId(id)
    }

    /// Header, encapsulated key, ciphertext and tag.
    pub(crate) fn parts(&self) -> (&[u8], &[u8], &[u8], &[u8]) {
        let (header, rest) = self.0.split_at(HEADER);
        let (encapsulated, rest) = rest.split_at(ENCAPSULATED);
        let (ciphertext, tag) = rest.split_at(rest.len() - TAG);
        (header, encapsulated, ciphertext, tag)
    }

    /// The box as base64 text.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }
}

impl FromStr for SealedBox {
    type Err = SealedBoxError;

    fn from_str(text: &str) -> Result<Self, SealedBoxError> {
        if text.len() > MAX.div_ceil(3) * 4 {
            return Err(SealedBoxError::Length);
        }
        Self::from_bytes(STANDARD.decode(text).map_err(|_| SealedBoxError::NotBase64)?)
    }
}

impl fmt::Debug for SealedBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedBox({} bytes for {})", self.0.len(), self.key_id())
    }
}

impl Serialize for SealedBox {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64())
    }
}

impl<'de> Deserialize<'de> for SealedBox {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
