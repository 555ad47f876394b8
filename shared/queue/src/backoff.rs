//! How long to wait before another try: doubling, bounded, spread out.

use std::time::Duration;

use dengwen_model::Entropy;

/// Exponential back-off with jitter, so that many who failed together do not return together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first delay.
    pub first: Duration,
    /// No delay is longer.
    pub longest: Duration,
}

impl Backoff {
    /// For a message that could not be handled: 1 s, 2 s, 4 s … 5 min.
    pub const RETRY: Self = Self { first: Duration::from_secs(1), longest: Duration::from_secs(300) };
    /// For a broker that is away: 0.2 s, 0.4 s … 15 s.
    pub const RECONNECT: Self = Self { first: Duration::from_millis(200), longest: Duration::from_secs(15) };

    /// For a spooled entry that the ledger has not answered for, never sooner than after 10 min: 20 min,
    /// 40 min … 6 h, and down to half of each.
    pub const RESEND: Self =
        Self { first: Duration::from_secs(1200), longest: Duration::from_secs(6 * 3600) };

    /// The delay after the `attempt`-th failure (from 1): between half of the doubled time and the
    /// whole of it.
    pub fn delay(&self, attempt: u32, entropy: &dyn Entropy) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let whole = self.first.saturating_mul(1 << doublings).min(self.longest);
        let mut random = [0; 4];
        entropy.fill(&mut random);
        let share = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        whole.mul_f64(0.5 + share / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dengwen_model::SeededEntropy;

    #[test]
    fn the_delay_doubles_up_to_its_bound_and_is_never_nought() {
        let entropy = SeededEntropy::new(7);
        for attempt in 0..100_u32 {
            let whole = Duration::from_secs(1 << (attempt.clamp(1, 10) - 1)).min(Duration::from_secs(300));
            let delay = Backoff::RETRY.delay(attempt, &entropy);
            assert!(delay <= whole && delay >= whole / 2, "attempt {attempt}: {delay:?} of {whole:?}");
        }
    }

    #[test]
    fn delays_are_spread() {
        let entropy = SeededEntropy::new(7);
        let delays: std::collections::HashSet<_> =
            (0..50).map(|_| Backoff::RETRY.delay(9, &entropy)).collect();
        assert!(delays.len() > 40);
    }
}
