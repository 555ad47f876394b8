//! Ed25519 signatures (RFC 8032) with the purpose bound in, for access tokens and checkpoints.

use std::fmt;

use dengwen_model::Entropy;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

/// A secret signing key. Wiped when dropped.
pub struct SigningSecret(SigningKey);

impl SigningSecret {
    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(seed.as_mut_slice());
        Self(SigningKey::from_bytes(&seed))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let seed: &[u8; 32] = bytes.try_into().ok()?;
        Some(Self(SigningKey::from_bytes(seed)))
    }

    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.as_bytes().to_vec())
    }

    pub(crate) fn public_bytes(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The public half, as a set of one.
    pub fn verifying(&self) -> VerifyingKeys {
        VerifyingKeys(vec![self.0.verifying_key()])
    }

    pub(crate) fn sign(&self, purpose: &str, message: &[u8]) -> [u8; 64] {
        self.0.sign(&bound(purpose, message)).to_bytes()
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(hidden)")
    }
}

/// The public keys whose signatures are taken: the current one and earlier ones.
#[derive(Debug, Clone)]
pub struct VerifyingKeys(Vec<VerifyingKey>);

impl VerifyingKeys {
    /// `None` where one of them is not a key.
    pub(crate) fn from_bytes<'a>(keys: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let parse = |bytes: &[u8]| VerifyingKey::from_bytes(bytes.try_into().ok()?).ok();
        keys.into_iter().map(parse).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether one of these keys signed the message for this purpose.
    pub(crate) fn verify(&self, purpose: &str, message: &[u8], signature: &[u8; 64]) -> bool {
        let message = bound(purpose, message);
        let signature = Signature::from_bytes(signature);
        self.0.iter().any(|key| key.verify_strict(&message, &signature).is_ok())
    }
}

fn bound(purpose: &str, message: &[u8]) -> Vec<u8> {
    let mut bytes = format!("dengwen/signature/v1/{purpose}\0").into_bytes();
    bytes.extend_from_slice(message);
    bytes
}
