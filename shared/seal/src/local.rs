//! A key that never leaves its host: for what a door keeps until somebody finishes it.

use std::fmt;

use dengwen_model::Entropy;
use zeroize::Zeroizing;

use crate::derive::Secret;
use crate::field::{open_with, seal_with};
use crate::{OpenError, SealError};

const VERSION: u8 = 1;

/// Seals drafts and recordings that wait at a door. AES-256-GCM-SIV, as ledger columns; the name of the
/// place is bound in, so that one moved to another place does not open there.
#[derive(Clone)]
pub struct LocalKey(Secret);

impl LocalKey {
    pub(crate) fn of(secret: Secret) -> Self {
        Self(secret)
    }

    /// Seals bytes for the place of this name.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond the cipher's bound of 64 GiB.
    pub fn seal(&self, place: &str, bytes: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, SealError> {
        seal_with(&self.0, &[VERSION], place.as_bytes(), bytes, entropy)
    }

    /// Opens what was sealed for the place of this name.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] or [`OpenError::Refused`].
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        match sealed.split_first() {
            Some((&VERSION, rest)) => open_with(&self.0, place.as_bytes(), rest),
            _ => Err(OpenError::Malformed),
        }
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use dengwen_model::SeededEntropy;

    use crate::{KeyDirectory, OpenError};

    #[test]
    fn a_host_keeps_its_own_key_and_another_does_not_open_what_it_sealed() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = |folder: &tempfile::TempDir, seed| {
            KeyDirectory::new(folder.path()).local("phone", &SeededEntropy::new(seed)).unwrap()
        };
        let sealed = key(&here, 1).seal("drafts/1", "何人何事".as_bytes(), &SeededEntropy::new(3)).unwrap();
        assert!(!sealed.windows(6).any(|part| part == "何人".as_bytes()));
        let again = key(&here, 2);
        assert_eq!(&again.open("drafts/1", &sealed).unwrap()[..], "何人何事".as_bytes());
        assert_eq!(again.open("drafts/2", &sealed).unwrap_err(), OpenError::Refused);
        assert_eq!(key(&there, 2).open("drafts/1", &sealed).unwrap_err(), OpenError::Refused);
    }
}
