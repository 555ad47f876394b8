//! How slowly a body may come. Files over a bad line take minutes, and are taken; who sends next to
//! nothing, to hold a place that others need, is cut off.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// What is asked of a client that sends a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Longest silence.
    pub idle: Duration,
    /// For so long, nothing but silence counts.
    pub grace: Duration,
    /// Bytes a second, on average since the grace ended.
    pub floor: u32,
    /// Longest time for which the whole body is waited for.
    pub longest: Duration,
}

impl Default for Pace {
    /// 30 s of silence; 2 KiB a second after the first minute (half of what GPRS gives); a quarter of an
    /// hour in all.
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30),
            grace: Duration::from_mins(1),
            floor: 2048,
            longest: Duration::from_mins(15),
        }
    }
}

impl Pace {
    /// For how long the next bytes are waited for, when so many came and so long was waited before.
    fn patience(&self, received: u64, waited: Duration) -> Duration {
        let paid_for = Duration::from_millis(received * 1000 / u64::from(self.floor.max(1)));
        let all = self.longest.min(self.grace + paid_for);
        self.idle.min(all.saturating_sub(waited))
    }
}

/// The body came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
struct TooSlow;

/// What is known of a body under way.
#[derive(Debug)]
pub(crate) struct Progress {
    last: Mutex<Instant>,
    too_slow: AtomicBool,
}

impl Progress {
    /// When something last came, or the request began.
    pub(crate) fn last(&self) -> Instant {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the body was given up.
    pub(crate) fn was_too_slow(&self) -> bool {
        self.too_slow.load(Ordering::Relaxed)
    }
}

/// Holds a request's body to a pace.
pub(crate) fn hold(request: Request, pace: Pace) -> (Request, Arc<Progress>) {
    let progress = Arc::new(Progress { last: Mutex::new(Instant::now()), too_slow: AtomicBool::new(false) });
    let watched = progress.clone();
    let request = request.map(|body| {
        let timer = Box::pin(tokio::time::sleep(pace.idle));
        let (received, waited) = (0, Duration::ZERO);
        Body::new(Paced { body, pace, received, waited, since: None, timer, progress: watched })
    });
    (request, progress)
}

/// Only the time that is spent waiting for the client counts; what the handler does is not theirs.
struct Paced {
    body: Body,
    pace: Pace,
    received: u64,
    waited: Duration,
    /// Since when it is waited now.
    since: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    progress: Arc<Progress>,
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            let now = Instant::now();
            this.waited += this.since.take().map_or(Duration::ZERO, |since| now - since);
            *this.progress.last.lock().unwrap_or_else(PoisonError::into_inner) = now;
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref);
            this.received += data.map_or(0, |data| data.len() as u64);
            return Poll::Ready(frame);
        }
        if this.since.is_none() {
            let now = Instant::now();
            this.since = Some(now);
            let patience = this.pace.patience(this.received, this.waited);
            this.timer.as_mut().reset(now + patience);
        }
        ready!(this.timer.as_mut().poll(context));
        this.progress.too_slow.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        idle: Duration::from_secs(30),
        grace: Duration::from_mins(1),
        floor: 2048,
        longest: Duration::from_mins(15),
    };

    /// Seconds of patience.
    fn patience(received: u64, waited: u64) -> u64 {
        PACE.patience(received, Duration::from_secs(waited)).as_secs()
    }

    #[test]
    fn the_usual_pace_is_the_one_that_docs_state() {
        assert_eq!(Pace::default(), PACE);
    }

    #[test]
    fn silence_is_borne_for_half_a_minute() {
        assert_eq!(patience(0, 0), 30);
        assert_eq!(patience(100 << 20, 0), 30);
    }

    #[test]
    fn a_trickle_is_borne_for_a_minute() {
        // One byte every five seconds.
        assert_eq!(patience(10, 50), 10);
        assert_eq!(patience(12, 60), 0);
    }

    #[test]
    fn half_of_what_gprs_gives_is_borne_for_as_long_as_it_lasts() {
        let borne = |rate: u64, seconds: u64| patience(rate * seconds, seconds) > 1;
        assert!([1, 60, 120, 600, 890].into_iter().all(|seconds| borne(2048, seconds)));
        assert!(borne(1024, 100) && !borne(1024, 120), "half of that is borne for two minutes");
    }

    #[test]
    fn what_came_early_is_used_up() {
        // 120 KiB pay for a minute more.
        assert_eq!(patience(120 << 10, 110), 10);
        assert_eq!(patience(120 << 10, 120), 0);
    }

    #[test]
    fn nobody_is_waited_for_longer_than_a_quarter_of_an_hour() {
        assert_eq!(patience(1 << 40, 890), 10);
        assert_eq!(patience(1 << 40, 900), 0);
        assert_eq!(patience(u64::MAX / 1000, 10_000), 0);
    }
}
