//! First answers kept for idempotency: they hold a receipt, so the cache must not be able to read them.

use dengwen_model::Entropy;
use zeroize::Zeroizing;

use crate::derive::Secret;
use crate::field::{open_with, seal_with};
use crate::{KeyedHash, OpenError, SealError};

const VERSION: u8 = 1;

/// Seals answers under the client's own `Idempotency-Key` together with the doors' secret: neither
/// the cache nor a door that is not asked with that key can read one.
#[derive(Debug, Clone)]
pub struct AnswerKey(Secret);

impl AnswerKey {
    pub(crate) fn of(secret: &Secret) -> Self {
        Self(secret.subkey("answer", &[]))
    }

    /// A key of its own, for tests and dry runs.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::of(&Secret::generate(entropy))
    }

    /// Where the answer to a request with this key is kept. `scope` is the route and, where one is
    /// known, the caller: the same key from somebody else is another key.
    pub fn locate(&self, scope: &str, idempotency_key: &str) -> KeyedHash {
        let located = self.0.mac(&[b"locate", scope.as_bytes(), idempotency_key.as_bytes()]);
        KeyedHash::from_array(located)
    }

    /// Tells a repeat of a request from another request with the same key. Keyed, since a plain hash
    /// of a tip would tell whoever guesses its words.
    pub fn fingerprint(&self, scope: &str, idempotency_key: &str, body: &[u8]) -> KeyedHash {
        let parts = [b"fingerprint", scope.as_bytes(), idempotency_key.as_bytes(), body];
        KeyedHash::from_array(self.0.mac(&parts))
    }

    /// Seals an answer to a request with this key.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond the cipher's bound.
    pub fn seal(
        &self,
        scope: &str,
        idempotency_key: &str,
        answer: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        seal_with(&self.key(scope, idempotency_key), &[VERSION], &[], answer, entropy)
    }

    /// Opens an answer to a request with this key.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] or [`OpenError::Refused`].
    pub fn open(
        &self,
        scope: &str,
        idempotency_key: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        match sealed.split_first() {
            Some((&VERSION, rest)) => open_with(&self.key(scope, idempotency_key), &[], rest),
            _ => Err(OpenError::Malformed),
        }
    }

    fn key(&self, scope: &str, idempotency_key: &str) -> Secret {
        let material = self.0.mac(&[b"seal", scope.as_bytes(), idempotency_key.as_bytes()]);
        crate::derive::derive(&Zeroizing::new(material)[..], "answer-seal", &[])
    }
}
