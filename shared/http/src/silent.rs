//! Connections on which no request came yet. Whoever opens many and says nothing must not keep the others out: such a
//! connection has as long as a head may take, and where all places are taken the oldest of them makes room.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// All of them, the oldest first.
#[derive(Clone, Default)]
pub(crate) struct Silent(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    next: u64,
    connections: BTreeMap<u64, CancellationToken>,
}

impl Silent {
    /// One more connection.
    pub(crate) fn enter(&self) -> Newcomer {
        let token = CancellationToken::new();
        let mut waiting = self.waiting();
        let number = waiting.next;
        waiting.next += 1;
        waiting.connections.insert(number, token.clone());
        Newcomer { number, token, has_spoken: AtomicBool::new(false), all: self.clone() }
    }

    /// Turns the oldest away, where there is any.
    pub(crate) fn turn_oldest_away(&self) {
        if let Some((_, token)) = self.waiting().connections.pop_first() {
            token.cancel();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection, silent until it speaks.
pub(crate) struct Newcomer {
    number: u64,
    token: CancellationToken,
    has_spoken: AtomicBool,
    all: Silent,
}

impl Newcomer {
    /// A request came; from now on it is like any other connection.
    pub(crate) fn speaks(&self) {
        if !self.has_spoken.swap(true, Ordering::Relaxed) {
            self.leave();
        }
    }

    /// Resolves when it was silent for too long or has to make room; never once it has spoken.
    pub(crate) async fn outstays(&self, within: Duration) {
        // Turned away or out of time: the answer is the same.
        let _ = tokio::time::timeout(within, self.token.cancelled()).await;
        if self.has_spoken.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    fn leave(&self) {
        self.all.waiting().connections.remove(&self.number);
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.leave();
    }
}
