//! A secret of a gateway's settings: never shown, wiped when dropped.

use std::fmt;

use zeroize::Zeroizing;

/// Bytes that must not be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// From its bytes.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// For signing and comparing.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As text, for a vendor's API that wants it so; empty where it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}
