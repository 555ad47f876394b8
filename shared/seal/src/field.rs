//! Sealing of single ledger columns: AES-256-GCM-SIV (RFC 8452), which survives a repeated nonce.
//!
//! Layout: version (1 byte, `1`), id of the line key that the field key comes from (8 bytes), nonce
//! (12 bytes), ciphertext with its tag. Table, column and row are bound in, so that a value moved
//! to another row by somebody with write access to the database does not open there.

use aes_gcm_siv::aead::{AeadInOut, KeyInit};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use dengwen_model::Entropy;
use zeroize::Zeroizing;

use crate::derive::{Secret, derive};
use crate::purpose::Line;
use crate::{KeyId, KeyRing, OpenError, SealError, SecretKey};

const VERSION: u8 = 1;
const NONCE: usize = 12;
const HEADER: usize = 9;

/// The place of a value in the ledger.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The column's name.
    pub column: &'a str,
    /// The row's key, as bytes.
    pub row: &'a [u8],
}

impl Field<'_> {
    fn aad(&self, header: &[u8]) -> Vec<u8> {
        let mut aad = header.to_vec();
        for part in [self.table.as_bytes(), self.column.as_bytes(), self.row] {
            aad.extend_from_slice(&(part.len() as u64).to_be_bytes());
            aad.extend_from_slice(part);
        }
        aad
    }
}

struct FieldKey {
    id: KeyId,
    secret: Secret,
}

impl FieldKey {
    fn of(line: &SecretKey<Line>) -> Self {
        Self { id: line.public().id(), secret: derive(&line.to_bytes(), "field", &[]) }
    }
}

/// Field keys derived from the line's secrets: the newest seals, all open.
pub struct FieldKeys {
    current: FieldKey,
    earlier: Vec<FieldKey>,
}

impl FieldKeys {
    /// The field keys of this ring.
    pub fn of(ring: &KeyRing<Line>) -> Self {
        let mut keys = ring.secrets().map(FieldKey::of);
        #[expect(clippy::expect_used, reason = "a ring always has its current key")]
        let current = keys.next().expect("a current key");
        Self { current, earlier: keys.collect() }
    }

    /// Seals a value for its place.
    ///
    /// # Errors
    /// [`SealError::TooLong`] beyond the cipher's bound of 64 GiB.
    pub fn seal(
        &self,
        field: Field<'_>,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        let mut header = [VERSION; HEADER];
        header[1..].copy_from_slice(&self.current.id.0);
        seal_with(&self.current.secret, &header, &field.aad(&header), plaintext, entropy)
    }

    /// Opens a value that was sealed for this place.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&self, field: Field<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (header, rest) = sealed.split_first_chunk::<HEADER>().ok_or(OpenError::Malformed)?;
        if header[0] != VERSION {
            return Err(OpenError::Malformed);
        }
        let key = std::iter::once(&self.current)
            .chain(&self.earlier)
            .find(|key| key.id.0 == header[1..])
            .ok_or_else(|| unknown(&header[1..]))?;
        open_with(&key.secret, &field.aad(header), rest)
    }
}

impl std::fmt::Debug for FieldKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FieldKeys({}, {} earlier, hidden)", self.current.id, self.earlier.len())
    }
}

fn unknown(id: &[u8]) -> OpenError {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(id);
    OpenError::UnknownKey(KeyId(bytes))
}

/// `header`, nonce, ciphertext and tag.
pub(crate) fn seal_with(
    key: &Secret,
    header: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE];
    entropy.fill(&mut nonce);
    let mut out = Vec::with_capacity(header.len() + NONCE + plaintext.len() + 16);
    out.extend_from_slice(header);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(plaintext);
    let tag = Aes256GcmSiv::new(key.as_bytes().into())
        .encrypt_inout_detached(&Nonce::from(nonce), aad, (&mut out[header.len() + NONCE..]).into())
        .map_err(|_| SealError::TooLong)?;
    out.extend_from_slice(&tag);
    Ok(out)
}

/// Opens nonce, ciphertext and tag.
pub(crate) fn open_with(key: &Secret, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or(OpenError::Malformed)?;
    let (ciphertext, tag) = rest.split_last_chunk::<16>().ok_or(OpenError::Malformed)?;
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    Aes256GcmSiv::new(key.as_bytes().into())
        .decrypt_inout_detached(&Nonce::from(*nonce), aad, plaintext.as_mut_slice().into(), tag.into())
        .map_err(|_| OpenError::Refused)?;
    Ok(plaintext)
}
