//! The injected [`Entropy`] as the random number generator that the cipher crates ask for.

use std::convert::Infallible;

use dengwen_model::Entropy;
use hpke::rand_core::{TryCryptoRng, TryRng};

/// Borrows the injected entropy for one operation.
pub(crate) struct EntropyRng<'a>(pub(crate) &'a dyn Entropy);

impl TryRng for EntropyRng<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

// The system's source in production; a seeded stream only in tests and dry runs.
impl TryCryptoRng for EntropyRng<'_> {}
