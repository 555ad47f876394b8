//! A holder's keys over time: the newest seals, every one still opens.

use dengwen_model::Entropy;
use zeroize::Zeroizing;

use crate::purpose::{Holder, Purpose};
use crate::{OpenError, PublicKey, SealedBox, SecretKey};

/// One current secret key and the earlier ones, kept for what was sealed to them.
#[derive(Debug)]
pub struct KeyRing<H: Holder> {
    current: SecretKey<H>,
    earlier: Vec<SecretKey<H>>,
}

impl<H: Holder> KeyRing<H> {
    /// A ring of one key.
    pub fn new(current: SecretKey<H>) -> Self {
        Self { current, earlier: Vec::new() }
    }

    /// A ring with one new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::new(SecretKey::generate(entropy))
    }

    /// Makes `next` the current key and keeps the others for opening.
    pub fn rotate(&mut self, next: SecretKey<H>) {
        self.earlier.push(std::mem::replace(&mut self.current, next));
    }

    /// The key to seal to.
    pub fn public(&self) -> &PublicKey<H> {
        self.current.public()
    }

    /// The current secret key, then the earlier ones.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretKey<H>> {
        std::iter::once(&self.current).chain(&self.earlier)
    }

    /// Opens a box with whichever key it was sealed to.
    ///
    /// # Errors
    /// [`OpenError::UnknownKey`] where it was sealed to none of these, else as [`SecretKey::open`].
    pub fn open<P: Purpose<Holder = H>>(
        &self,
        purpose: P,
        context: &[u8],
        sealed: &SealedBox,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let id = sealed.key_id();
        let key = self.secrets().find(|key| key.public().id() == id).ok_or(OpenError::UnknownKey(id))?;
        key.open(purpose, context, sealed)
    }
}
