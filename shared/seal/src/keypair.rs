//! Key pairs for sealing: HPKE (RFC 9180) in base mode over X-Wing, the hybrid of ML-KEM-768 and
//! X25519 (draft-ietf-hpke-pq), so that a tip copied today stays closed to a quantum computer later.

use std::fmt;
use std::marker::PhantomData;

use dengwen_model::Entropy;
use hpke::aead::{AeadTag, ChaCha20Poly1305};
use hpke::inout::InOutBuf;
use hpke::kdf::HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::padding;
use crate::purpose::{Holder, Purpose};
use crate::rng::EntropyRng;
use crate::sealed_box::{ENCAPSULATED, HEADER, SUITE_X_WING, SealedBox, TAG, VERSION};
use crate::x_wing::XWing;

/// Names a public key: the first 8 bytes of its SHA-256. Not secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(crate) [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The plaintext cannot be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Longer than [`padding::MAX_PLAINTEXT`](crate::MAX_PLAINTEXT).
    #[error("too long to be sealed")]
    TooLong,
    /// The cipher library refused, as when it gets no random bytes.
    #[error("the cipher library refused to seal")]
    Cipher,
}

/// What is sealed cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Sealed to a key that is not in this ring.
    #[error("sealed to the key {0}, which is not at hand")]
    UnknownKey(KeyId),
    /// Sealed by a later version, or not a sealed value at all.
    #[error("not a sealed value of a known version")]
    Malformed,
    /// Changed since it was sealed, or sealed for another purpose, tip, column or row.
    #[error("does not open: changed, or sealed for another purpose or record")]
    Refused,
}

/// A holder's public key: seals, and cannot open.
pub struct PublicKey<H> {
    key: <XWing as Kem>::PublicKey,
    id: KeyId,
    holder: PhantomData<H>,
}

impl<H: Holder> PublicKey<H> {
    fn new(key: <XWing as Kem>::PublicKey) -> Self {
        let digest = Sha256::new()
            .chain_update(b"dengwen/key-id/v1")
            .chain_update([SUITE_X_WING])
            .chain_update(key.to_bytes())
            .finalize();
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        Self { key, id: KeyId(id), holder: PhantomData }
    }

    /// Takes the 1,216 bytes of a stored key; `None` where they are not a key.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        <XWing as Kem>::PublicKey::from_bytes(bytes).ok().map(Self::new)
    }

    /// The 1,216 bytes to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.key.to_bytes().to_vec()
    }

    /// The key's name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Seals for `purpose`, bound to `context` (the tip's id): the box opens only when both are
    /// named again. The plaintext is padded (see the classes in `padding.rs`).
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn seal<P: Purpose<Holder = H>>(
        &self,
        _purpose: P,
        context: &[u8],
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<SealedBox, SealError> {
        let start = HEADER + ENCAPSULATED;
        let mut out = Vec::with_capacity(start + padding::class(plaintext.len())? + TAG);
        out.extend_from_slice(&[VERSION, SUITE_X_WING]);
        out.extend_from_slice(&self.id.0);
        let aad = bound(&out, context);
        out.resize(start, 0);
        padding::append(&mut out, plaintext)?;
        // In place, so that no second copy of the plaintext is left behind.
        let sealed = hpke::single_shot_seal_inout_detached_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.key,
            &info::<P>(),
            InOutBuf::from(&mut out[start..]),
            &aad,
            &mut EntropyRng(entropy),
        );
        let (encapsulated, tag) = sealed.map_err(|_| SealError::Cipher)?;
        encapsulated.write_exact(&mut out[HEADER..start]);
        out.extend_from_slice(&tag.to_bytes());
        Ok(SealedBox::from_parts(out))
    }
}

impl<H> Clone for PublicKey<H> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), id: self.id, holder: PhantomData }
    }
}

impl<H: Holder> fmt::Debug for PublicKey<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", H::NAME, self.id)
    }
}

/// A holder's secret key: opens what was sealed to its public key. Wiped when dropped.
pub struct SecretKey<H> {
    key: <XWing as Kem>::PrivateKey,
    public: PublicKey<H>,
}

impl<H: Holder> SecretKey<H> {
    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let (key, public) = XWing::gen_keypair_with_rng(&mut EntropyRng(entropy));
        Self { key, public: PublicKey::new(public) }
    }

    /// Takes the 32 bytes of a stored key; `None` where they are not a key.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let key = <XWing as Kem>::PrivateKey::from_bytes(bytes).ok()?;
        let public = PublicKey::new(XWing::sk_to_pk(&key));
        Some(Self { key, public })
    }

    /// The 32 bytes to store where only the holder can read them.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; <XWing as Kem>::PrivateKey::size()]);
        self.key.write_exact(&mut bytes);
        bytes
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey<H> {
        &self.public
    }

    /// Opens a box that was sealed for this purpose and context.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open<P: Purpose<Holder = H>>(
        &self,
        _purpose: P,
        context: &[u8],
        sealed: &SealedBox,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        if sealed.key_id() != self.public.id {
            return Err(OpenError::UnknownKey(sealed.key_id()));
        }
        let (header, encapsulated, ciphertext, tag) = sealed.parts();
        let encapsulated =
            <XWing as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| OpenError::Malformed)?;
        let tag = AeadTag::from_bytes(tag).map_err(|_| OpenError::Malformed)?;
        let mut padded = Zeroizing::new(ciphertext.to_vec());
        hpke::single_shot_open_inout_detached::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.key,
            &encapsulated,
            &info::<P>(),
            InOutBuf::from(padded.as_mut_slice()),
            &bound(header, context),
            &tag,
        )
        .map_err(|_| OpenError::Refused)?;
        padding::strip(&padded).map(|plaintext| Zeroizing::new(plaintext.to_vec()))
    }
}

impl<H: Holder> fmt::Debug for SecretKey<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({} {}, hidden)", H::NAME, self.public.id)
    }
}

fn info<P: Purpose>() -> Vec<u8> {
    format!("dengwen/seal/v1/{}/{}", P::Holder::NAME, P::LABEL).into_bytes()
}

fn bound(header: &[u8], context: &[u8]) -> Vec<u8> {
    [header, context].concat()
}
