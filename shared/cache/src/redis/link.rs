//! The link to Redis: up, or down and being mended in the background.
//!
//! While it is down nobody waits for it. A command that fails or is not answered within 250 ms takes
//! it down; from then on every call is told so at once, until a task has connected again. The same
//! holds for a master that was voted down: it refuses to write, and the next connection asks the
//! sentinels again.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use ::redis::{AsyncCommands, RedisError, RedisResult};
use tokio::time::{sleep, timeout};

use super::address::Address;
use super::connection::{Connection, connect};
use crate::Unavailable;

/// How long anybody waits for Redis.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long one attempt to connect again may take, with all nodes of a sentinel or cluster.
const GREETED_WITHIN: Duration = Duration::from_secs(3);
/// Pauses between attempts to connect again: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) struct Link(Arc<Inner>);

struct Inner {
    address: Address,
    state: Mutex<State>,
    // Held while the first connection is made, so that one is made.
    first: tokio::sync::Mutex<()>,
}

enum State {
    New,
    // Numbered, so that a late failure of an earlier connection does not take down the present one.
    Up(Connection, u64),
    Down,
}

impl Link {
    pub(super) fn new(address: Address) -> Self {
        Self(Arc::new(Inner { address, state: Mutex::new(State::New), first: tokio::sync::Mutex::default() }))
    }

    /// Runs commands on the connection, within 250 ms with everything.
    pub(super) async fn run<T>(
        &self,
        commands: impl AsyncFnOnce(Connection) -> RedisResult<T>,
    ) -> Result<T, Unavailable> {
        let mut used = 0;
        let outcome = timeout(PATIENCE, async {
            let (connection, number) = self.0.connection().await?;
            used = number;
            commands(connection).await.map_err(Failure::from)
        })
        .await;
        match outcome {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Failure::Known)) => Err(Unavailable),
            Ok(Err(Failure::Redis(error))) => self.0.take_down(used, error.category()),
            Err(_) => self.0.take_down(used, "no answer in time"),
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

enum Failure {
    /// The link is known to be down.
    Known,
    Redis(RedisError),
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        Self::Redis(error)
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present connection; `None` where none was made yet.
    fn present(&self) -> Result<Option<(Connection, u64)>, Failure> {
        match &*self.state() {
            State::Up(connection, number) => Ok(Some((connection.clone(), *number))),
            State::New => Ok(None),
            State::Down => Err(Failure::Known),
        }
    }

    async fn connection(&self) -> Result<(Connection, u64), Failure> {
        if let Some(present) = self.present()? {
            return Ok(present);
        }
        let _first = self.first.lock().await;
        if let Some(present) = self.present()? {
            return Ok(present);
        }
        let connection = connect(&self.address).await?;
        metrics::gauge!("dengwen_cache_shared_up").set(1);
        *self.state() = State::Up(connection.clone(), 1);
        Ok((connection, 1))
    }

    /// Marks the connection with this number (0: the first, not yet made) as lost, once.
    fn take_down<T>(self: &Arc<Self>, number: u64, reason: &str) -> Result<T, Unavailable> {
        let lost = {
            let mut state = self.state();
            let lost = match &*state {
                State::New => true,
                State::Up(_, present) => *present == number,
                State::Down => false,
            };
            if lost {
                *state = State::Down;
            }
            lost
        };
        if lost {
            metrics::gauge!("dengwen_cache_shared_up").set(0);
            tracing::warn!(reason, "the shared cache does not answer: this process keeps limits itself");
            tokio::spawn(mend(Arc::downgrade(self), number + 1));
        }
        Err(Unavailable)
    }
}

/// Connects again, until it works or nobody needs the link any more.
async fn mend(inner: Weak<Inner>, number: u64) {
    let mut pause = FIRST_PAUSE;
    loop {
        sleep(pause).await;
        let Some(inner) = inner.upgrade() else { return };
        if let Ok(Ok(connection)) = timeout(GREETED_WITHIN, greet(&inner.address)).await {
            *inner.state() = State::Up(connection, number.max(2));
            metrics::gauge!("dengwen_cache_shared_up").set(1);
            tracing::info!("the shared cache answers again");
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Connects and waits for a first answer: a port that only listens is not a Redis.
async fn greet(address: &Address) -> RedisResult<Connection> {
    let mut connection = connect(address).await?;
    let _: () = connection.ping().await?;
    Ok(connection)
}
