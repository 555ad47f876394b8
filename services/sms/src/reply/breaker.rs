//! A circuit breaker for one gateway: a vendor that does not answer is left alone for a while.

use jiff::{SignedDuration, Timestamp};

use crate::assembly::after;

/// Failures in a row that open it.
const FAILURES: u32 = 5;
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// Whether a vendor may be called.
#[derive(Debug, Clone, Default)]
pub struct Breaker {
    failures: u32,
    closed_until: Option<Timestamp>,
}

impl Breaker {
    /// Whether a call may be made. After a pause one is made to see whether the vendor is back.
    pub fn lets_through(&self, now: Timestamp) -> bool {
        self.closed_until.is_none_or(|until| until <= now)
    }

    /// When calls may be made again, where they may not.
    pub fn until(&self) -> Option<Timestamp> {
        self.closed_until
    }

    /// The vendor answered.
    pub fn answered(&mut self) {
        *self = Self::default();
    }

    /// The vendor asked to wait.
    pub fn asked_to_wait(&mut self, now: Timestamp, wait: SignedDuration) {
        self.closed_until = Some(after(now, wait.min(LONGEST_PAUSE)));
    }

    /// The vendor did not answer, or answered that it cannot.
    pub fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if let Some(beyond) = self.failures.checked_sub(FAILURES) {
            let pause = FIRST_PAUSE.saturating_mul(1 << beyond.min(10));
            self.closed_until = Some(after(now, pause.min(LONGEST_PAUSE)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn opens_after_failures_in_a_row_and_pauses_ever_longer() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            breaker.failed(at(0));
            assert!(breaker.lets_through(at(0)));
        }
        breaker.failed(at(0));
        assert!(!breaker.lets_through(at(29)));
        assert!(breaker.lets_through(at(30)), "one call to see");
        breaker.failed(at(30));
        assert!(!breaker.lets_through(at(89)), "twice as long");
        for _ in 0..50 {
            breaker.failed(at(100));
        }
        assert!(breaker.lets_through(at(700)), "never longer than ten minutes");
        breaker.answered();
        breaker.failed(at(700));
        assert!(breaker.lets_through(at(700)), "an answer forgets the failures");
    }

    #[test]
    fn a_vendor_may_ask_for_patience() {
        let mut breaker = Breaker::default();
        breaker.asked_to_wait(at(0), SignedDuration::from_secs(2));
        assert!(!breaker.lets_through(at(1)));
        assert!(breaker.lets_through(at(2)));
        breaker.asked_to_wait(at(0), SignedDuration::from_hours(5));
        assert!(breaker.lets_through(at(600)));
    }
}
