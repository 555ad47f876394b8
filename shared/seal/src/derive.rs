//! One secret, many keys: HKDF-SHA256 (RFC 5869) for subkeys, HMAC-SHA256 for keyed hashes.

use std::fmt;

use dengwen_model::Entropy;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// 32 secret bytes, wiped when dropped.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut_slice());
        Self(bytes)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut own = Zeroizing::new([0; 32]);
        if bytes.len() != own.len() {
            return None;
        }
        own.copy_from_slice(bytes);
        Some(Self(own))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The subkey with this name.
    pub(crate) fn subkey(&self, name: &str, context: &[u8]) -> Self {
        derive(self.as_bytes(), name, context)
    }

    /// HMAC-SHA256 over the parts, each with its length before it so that no two lists of parts
    /// give the same bytes.
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.as_bytes()).expect("any key length is taken");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// A key from uniformly random `material`, distinct for each name and context.
#[expect(clippy::expect_used, reason = "32 bytes are within HKDF's bound of 8,160")]
pub(crate) fn derive(material: &[u8], name: &str, context: &[u8]) -> Secret {
    let mut key = Zeroizing::new([0; 32]);
    let name_length = (name.len() as u64).to_be_bytes();
    Hkdf::<Sha256>::new(None, material)
        .expand_multi_info(&[b"dengwen/v1/", &name_length, name.as_bytes(), context], key.as_mut_slice())
        .expect("32 bytes can be derived");
    Secret(key)
}
