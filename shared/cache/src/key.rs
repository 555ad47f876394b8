//! Keys: always a keyed hash, so that neither a number nor an address can become one by mistake.

use std::fmt;

/// 32 bytes from a keyed hash (as the seal crate makes them).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// Takes a keyed hash.
    pub fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for CacheKey {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl From<&[u8; 32]> for CacheKey {
    fn from(hash: &[u8; 32]) -> Self {
        Self(*hash)
    }
}

// A stable token would link the entries of a log.
impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CacheKey(hidden)")
    }
}
