//! A key of its own for each attached file, so that one file can be released or destroyed alone.

use std::fmt;

use dengwen_model::Entropy;
use zeroize::Zeroizing;

use crate::derive::Secret;
use crate::field::{open_with, seal_with};
use crate::{OpenError, SealError};

const VERSION: u8 = 1;
/// What sealing adds: the version, nonce and tag.
const SEALED_WITH: u64 = 1 + 12 + 16;

/// The key of one file; it travels only inside the sealed content of the file's tip.
#[derive(Clone)]
pub struct FileKey(Secret);

impl FileKey {
    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Secret::generate(entropy))
    }

    /// Takes the 64 hexadecimal digits of [`to_hex`](Self::to_hex); `None` where they are not that.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text, bytes.as_mut_slice()).ok()?;
        Secret::from_bytes(bytes.as_slice()).map(Self)
    }

    /// 64 hexadecimal digits.
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_bytes()))
    }

    /// How long a file of this length is once it is sealed.
    pub fn sealed_length(length: u64) -> u64 {
        length.saturating_add(SEALED_WITH)
    }

    /// Seals the file's bytes for the object of this name.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond the cipher's bound of 64 GiB.
    pub fn seal(&self, object: &str, bytes: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, SealError> {
        seal_with(&self.0, &[VERSION], object.as_bytes(), bytes, entropy)
    }

    /// Opens what was sealed for the object of this name.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] or [`OpenError::Refused`].
    pub fn open(&self, object: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        match sealed.split_first() {
            Some((&VERSION, rest)) => open_with(&self.0, object.as_bytes(), rest),
            _ => Err(OpenError::Malformed),
        }
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(hidden)")
    }
}
