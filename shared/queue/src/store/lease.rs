//! A hold on one message, which goes back when it is let fall.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::job::{End, Job, Settled};

/// Where leases are given back: weak, so that a lease keeps no closed store alive.
pub(super) type GiveBack = mpsc::WeakSender<Job>;

/// The hold of one consumer on one message.
pub(crate) struct Lease {
    seq: i64,
    attempt: u32,
    /// Gone once the lease was settled.
    give_back: Option<GiveBack>,
    handed_out: bool,
}

impl Lease {
    pub(super) fn new(seq: i64, attempt: u32, give_back: GiveBack) -> Self {
        Self { seq, attempt, give_back: Some(give_back), handed_out: false }
    }

    /// From here on a handler may see the message: letting it fall counts as an attempt.
    pub(crate) fn handed_out(mut self) -> Self {
        self.handed_out = true;
        self
    }

    /// Which delivery of the message this is, from 1.
    pub(crate) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The settlement to hand to the store.
    pub(crate) fn end(mut self, end: End) -> Settled {
        self.give_back = None;
        Settled { seq: self.seq, attempt: self.attempt, end }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(jobs) = self.give_back.take().and_then(|weak| weak.upgrade()) else { return };
        let end = if self.handed_out { End::Later(Duration::ZERO) } else { End::Untouched };
        let at_once = Settled { seq: self.seq, attempt: self.attempt, end };
        let (done, _) = oneshot::channel();
        // Where the writer has no room, the lease's end does the same later.
        let _best_effort = jobs.try_send(Job::Settle(vec![at_once], done));
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease")
            .field("seq", &self.seq)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
