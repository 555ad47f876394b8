//! A circuit breaker for one gateway: a vendor that does not answer is left alone for a while.

use jiff::{SignedDuration, Timestamp};

use crate::assembly::after;

/// Failures in a row that open it.
const FAILURES: u32 = 5;
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(10);
/// A vendor that is busy has no use for the next call within the second.
const SHORTEST_WAIT: SignedDuration = SignedDuration::from_secs(1);
/// No vendor is left alone for longer because it asked.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

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

    /// The vendor answered, and asked to wait: no failure, and to be waited out as it said, an hour at most.
    pub fn asked_to_wait(&mut self, now: Timestamp, wait: SignedDuration) {
        self.failures = 0;
        self.pause(now, wait);
    }

    fn pause(&mut self, now: Timestamp, wait: SignedDuration) {
        let until = after(now, wait.clamp(SHORTEST_WAIT, LONGEST_WAIT));
        self.closed_until = self.closed_until.max(Some(until));
    }

    /// The vendor did not answer, or answered that it cannot, and perhaps for how long.
    pub fn failed(&mut self, now: Timestamp, asked: Option<SignedDuration>) {
        self.failures = self.failures.saturating_add(1);
        if let Some(beyond) = self.failures.checked_sub(FAILURES) {
            let pause = FIRST_PAUSE.saturating_mul(1 << beyond.min(10));
            self.pause(now, pause.min(LONGEST_PAUSE));
        }
        if let Some(wait) = asked {
            self.pause(now, wait);
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
            breaker.failed(at(0), None);
            assert!(breaker.lets_through(at(0)));
        }
        breaker.failed(at(0), None);
        assert!(!breaker.lets_through(at(29)));
        assert!(breaker.lets_through(at(30)), "one call to see");
        breaker.failed(at(30), None);
        assert!(!breaker.lets_through(at(89)), "twice as long");
        for _ in 0..50 {
            breaker.failed(at(100), None);
        }
        assert!(breaker.lets_through(at(700)), "never longer than ten minutes");
        breaker.answered();
        breaker.failed(at(700), None);
        assert!(breaker.lets_through(at(700)), "an answer forgets the failures");
    }

    #[test]
    fn a_vendor_may_ask_for_patience() {
        let mut breaker = Breaker::default();
        breaker.asked_to_wait(at(0), SignedDuration::from_secs(2));
        assert!(!breaker.lets_through(at(1)));
        assert!(breaker.lets_through(at(2)));
        breaker.asked_to_wait(at(2), SignedDuration::ZERO);
        assert!(!breaker.lets_through(at(2)) && breaker.lets_through(at(3)), "at least a second");
        breaker.asked_to_wait(at(3), SignedDuration::from_mins(20));
        assert!(!breaker.lets_through(at(1202)), "as long as it said, for every reply");
        let mut breaker = Breaker::default();
        breaker.asked_to_wait(at(0), SignedDuration::from_hours(5));
        assert!(!breaker.lets_through(at(3599)) && breaker.lets_through(at(3600)), "an hour at most");
    }

    #[test]
    fn a_vendor_that_asks_for_patience_has_not_failed() {
        let mut breaker = Breaker::default();
        for second in 0..4 {
            breaker.failed(at(second), None);
        }
        breaker.asked_to_wait(at(4), SignedDuration::from_secs(1));
        for second in 5..9 {
            breaker.failed(at(second), None);
            assert!(breaker.lets_through(at(second)), "it answered between");
        }
        let mut breaker = Breaker::default();
        breaker.failed(at(0), Some(SignedDuration::from_secs(90)));
        assert!(!breaker.lets_through(at(89)) && breaker.lets_through(at(90)), "a failure with a word when");
    }
}
