//! Randomness that repeats: what is drawn depends on a secret seed alone.

use std::sync::atomic::{AtomicU64, Ordering};

use dengwen_model::Entropy;
use sha2::{Digest, Sha256};

/// SHA-256 in counter mode over a secret seed. With a seed that nobody else can make, what it draws
/// is as hard to guess as the seed.
pub(crate) struct DerivedEntropy {
    seed: [u8; 32],
    block: AtomicU64,
}

impl DerivedEntropy {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self { seed, block: AtomicU64::new(0) }
    }
}

impl std::fmt::Debug for DerivedEntropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DerivedEntropy(hidden)")
    }
}

impl Entropy for DerivedEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.block.fetch_add(1, Ordering::Relaxed);
            let digest = Sha256::new().chain_update(self.seed).chain_update(block.to_be_bytes()).finalize();
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
    }
}
