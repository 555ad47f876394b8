//! How much of something a source may do.

use std::num::NonZeroU32;
use std::time::Duration;

/// `burst` uses at once, coming back evenly over `period` (the generic cell rate algorithm).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    name: &'static str,
    burst: NonZeroU32,
    period: Duration,
}

impl Quota {
    /// The longest period.
    pub const MAX_PERIOD: Duration = Duration::from_hours(366 * 24);

    /// A quota. `name` tells it from others in the shared store and in metrics. A period below one
    /// microsecond a use is taken as that, one above a year as a year.
    pub const fn new(name: &'static str, burst: NonZeroU32, period: Duration) -> Self {
        let shortest = Duration::from_micros(burst.get() as u64);
        let period = if period.as_nanos() < shortest.as_nanos() { shortest } else { period };
        let period = if period.as_nanos() > Self::MAX_PERIOD.as_nanos() { Self::MAX_PERIOD } else { period };
        Self { name, burst, period }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Uses that are free at once.
    pub fn burst(&self) -> NonZeroU32 {
        self.burst
    }

    /// Time until one use comes back, in whole microseconds and at least one, so that both drivers
    /// count alike.
    pub fn interval(&self) -> Duration {
        let micros = self.period.as_micros() / u128::from(self.burst.get());
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX).max(1))
    }
}

/// Whether a use is within its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is, and has been counted.
    Allowed,
    /// It is not, and has not been counted.
    Refused {
        /// When one use will have come back.
        retry_after: Duration,
    },
}

impl Verdict {
    /// Whether it is within the quota.
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}
