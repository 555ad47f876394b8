//! X-Wing (ML-KEM-768 and X25519, draft-connolly-cfrg-xwing-kem) on AWS-LC, for the `hpke` crate.
//!
//! Byte for byte the KEM that `hpke` brings itself, and tested against it in both directions; only
//! the two primitives come from AWS-LC, which the TLS stack links anyway. Why: every tip pays for
//! it, and where `examples/seal_cost.rs` was run one seal fell from 150 µs to about 60 µs, one open
//! from 246 µs to about 50 µs. Key generation stays with `hpke`.
//!
//! AWS-LC draws the ML-KEM half's randomness itself; the X25519 half's comes from the injected
//! entropy, so either source alone keeps a box closed.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::agreement::{self, UnparsedPublicKey, X25519};
use aws_lc_rs::digest::{Context, SHA3_256};
use aws_lc_rs::kem::{AlgorithmId, Ciphertext, DecapsulationKey, EncapsulationKey, ML_KEM_768};
use hpke::hybrid_array::sizes::{U32, U1120, U1216};
use hpke::kem::{SharedSecret, XWing as Reference};
use hpke::rand_core::CryptoRng;
use hpke::{Deserializable, HpkeError, Kem, Serializable};
use ml_kem::FromSeed;
use shake::{ExtendableOutput, Shake256, Update, XofReader};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

/// Length of an ML-KEM-768 encapsulation key and ciphertext, in bytes (FIPS 203, table 3).
const ML_PUBLIC: usize = 1184;
const ML_CIPHERTEXT: usize = 1088;
const LABEL: &[u8; 6] = br"\.//^\";

/// The KEM.
pub(crate) struct XWing;

/// ML-KEM encapsulation key, then X25519 public key.
#[derive(Clone)]
pub(crate) struct PublicKey {
    bytes: [u8; 1216],
    ml: Arc<EncapsulationKey<AlgorithmId>>,
}

/// The 32-byte seed, and what it expands to, worked out once.
#[derive(Clone)]
pub(crate) struct PrivateKey {
    seed: Zeroizing<[u8; 32]>,
    expanded: Arc<Expanded>,
}

struct Expanded {
    ml: DecapsulationKey<AlgorithmId>,
    x: agreement::PrivateKey,
    public: PublicKey,
}

/// ML-KEM ciphertext, then the ephemeral X25519 public key.
#[derive(Clone)]
pub(crate) struct EncappedKey([u8; 1120]);

impl PublicKey {
    fn x(&self) -> &[u8] {
        &self.bytes[ML_PUBLIC..]
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(X-Wing)")
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PublicKey {}

impl Serializable for PublicKey {
    type OutputSize = U1216;

    fn write_exact(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&self.bytes);
    }
}

impl Deserializable for PublicKey {
    fn from_bytes(encoded: &[u8]) -> Result<Self, HpkeError> {
        // The reference checks the key (FIPS 203, section 7.2).
        <Reference as Kem>::PublicKey::from_bytes(encoded)?;
        let bytes: [u8; 1216] = encoded.try_into().map_err(|_| HpkeError::ValidationError)?;
        let ml = EncapsulationKey::new(&ML_KEM_768, &bytes[..ML_PUBLIC])
            .map_err(|_| HpkeError::ValidationError)?;
        Ok(Self { bytes, ml: Arc::new(ml) })
    }
}

impl Serializable for PrivateKey {
    type OutputSize = U32;

    fn write_exact(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(self.seed.as_slice());
    }
}

impl Deserializable for PrivateKey {
    fn from_bytes(encoded: &[u8]) -> Result<Self, HpkeError> {
        let mut seed = Zeroizing::new([0; 32]);
        if encoded.len() != seed.len() {
            return Err(HpkeError::ValidationError);
        }
        seed.copy_from_slice(encoded);
        let expanded = expand(&seed).ok_or(HpkeError::ValidationError)?;
        Ok(Self { seed, expanded: Arc::new(expanded) })
    }
}

impl ConstantTimeEq for PrivateKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.seed.as_slice().ct_eq(other.seed.as_slice())
    }
}

impl Serializable for EncappedKey {
    type OutputSize = U1120;

    fn write_exact(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&self.0);
    }
}

impl Deserializable for EncappedKey {
    fn from_bytes(encoded: &[u8]) -> Result<Self, HpkeError> {
        encoded.try_into().map(Self).map_err(|_| HpkeError::ValidationError)
    }
}

/// Expands a seed as the draft's `expandDecapsulationKey`.
fn expand(seed: &[u8; 32]) -> Option<Expanded> {
    let mut hasher = Shake256::default();
    hasher.update(seed);
    let mut reader = hasher.finalize_xof();
    let (mut ml_seed, mut x_secret) = (Zeroizing::new([0; 64]), Zeroizing::new([0; 32]));
    reader.read(ml_seed.as_mut_slice());
    reader.read(x_secret.as_mut_slice());

    let (ml, _) = ml_kem::MlKem768::from_seed(&(*ml_seed).into());
    #[expect(
        deprecated,
        reason = "AWS-LC takes a secret key in this form only; it is made here from the seed"
    )]
    let ml_bytes = Zeroizing::new(ml_kem::ExpandedKeyEncoding::to_expanded_bytes(&ml).to_vec());
    let x = agreement::PrivateKey::from_private_key(&X25519, x_secret.as_slice()).ok()?;
    let public = Reference::sk_to_pk(&<Reference as Kem>::PrivateKey::from_bytes(seed).ok()?);
    Some(Expanded {
        ml: DecapsulationKey::new(&ML_KEM_768, &ml_bytes).ok()?,
        x,
        public: PublicKey::from_bytes(&public.to_bytes()).ok()?,
    })
}

/// The draft's `Combiner`; `x_public` is the recipient's.
fn combine(ml: &[u8], x: &[u8], x_ephemeral: &[u8], x_public: &[u8]) -> SharedSecret<XWing> {
    let mut hasher = Context::new(&SHA3_256);
    for part in [ml, x, x_ephemeral, x_public, LABEL] {
        hasher.update(part);
    }
    let mut secret = SharedSecret::<XWing>::default();
    secret.0.copy_from_slice(hasher.finish().as_ref());
    secret
}

fn agree(
    mine: &agreement::PrivateKey,
    theirs: &[u8],
    error: HpkeError,
) -> Result<Zeroizing<[u8; 32]>, HpkeError> {
    agreement::agree(mine, UnparsedPublicKey::new(&X25519, theirs), error, |shared| {
        shared.try_into().map(Zeroizing::new).map_err(|_| HpkeError::DecapError)
    })
}

impl Kem for XWing {
    const KEM_ID: u16 = <Reference as Kem>::KEM_ID;
    type NSecret = U32;
    type PublicKey = PublicKey;
    type PrivateKey = PrivateKey;
    type EncappedKey = EncappedKey;

    fn sk_to_pk(secret: &PrivateKey) -> PublicKey {
        secret.expanded.public.clone()
    }

    #[expect(clippy::expect_used, reason = "every 32 bytes are a seed")]
    fn derive_keypair(material: &[u8]) -> (PrivateKey, PublicKey) {
        let (reference, _) = Reference::derive_keypair(material);
        let seed = Zeroizing::new(reference.to_bytes().0);
        let secret = PrivateKey::from_bytes(seed.as_slice()).expect("a derived seed is a seed");
        let public = Self::sk_to_pk(&secret);
        (secret, public)
    }

    fn decap(
        recipient: &PrivateKey,
        sender: Option<&PublicKey>,
        encapped: &EncappedKey,
    ) -> Result<SharedSecret<Self>, HpkeError> {
        if sender.is_some() {
            return Err(HpkeError::DecapError);
        }
        let keys = &recipient.expanded;
        let (ml_ciphertext, x_ephemeral) = encapped.0.split_at(ML_CIPHERTEXT);
        let ml = keys.ml.decapsulate(Ciphertext::from(ml_ciphertext)).map_err(|_| HpkeError::DecapError)?;
        let x = agree(&keys.x, x_ephemeral, HpkeError::DecapError)?;
        Ok(combine(ml.as_ref(), x.as_slice(), x_ephemeral, keys.public.x()))
    }

    fn encap_with_rng(
        recipient: &PublicKey,
        sender: Option<(&PrivateKey, &PublicKey)>,
        rng: &mut impl CryptoRng,
    ) -> Result<(SharedSecret<Self>, EncappedKey), HpkeError> {
        let failed = || HpkeError::EncapError;
        if sender.is_some() {
            return Err(failed());
        }
        let mut x_secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(x_secret.as_mut_slice());
        let x_secret =
            agreement::PrivateKey::from_private_key(&X25519, x_secret.as_slice()).map_err(|_| failed())?;
        let x_ephemeral = x_secret.compute_public_key().map_err(|_| failed())?;
        let x = agree(&x_secret, recipient.x(), failed())?;
        let (ml_ciphertext, ml) = recipient.ml.encapsulate().map_err(|_| failed())?;
        let encapped = [ml_ciphertext.as_ref(), x_ephemeral.as_ref()].concat();
        let secret = combine(ml.as_ref(), x.as_slice(), x_ephemeral.as_ref(), recipient.x());
        Ok((secret, EncappedKey::from_bytes(&encapped)?))
    }
}

#[cfg(test)]
mod tests;
