//! The durable store: one SQLite file behind both the embedded queue and every door's spool.
//!
//! One task owns the writing connection and commits whatever gathered while the commit before was
//! running (group commit without a timer). A message is synced to the disk before its sender is
//! answered; what consumers do with it is written at once and synced with the next one that has to
//! be. Reads go past the writer over a small pool. Several processes may share a file: claims are
//! leases, and a lock file per process tells whose leases are void.

mod append;
mod claim;
mod declare;
mod errors;
mod file;
mod job;
mod lease;
mod options;
mod owner;
mod park;
mod routes;
mod settle;
mod stats;
mod watch;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dengwen_model::{Clock, Entropy};
use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::QueueError;
use crate::message::{MAX_BODY_BYTES, Outgoing};

pub(crate) use claim::{Claim, Claimed};
pub(crate) use file::{connect_options, path_of};
pub(crate) use job::{Change, End, Settled};
pub(crate) use lease::Lease;
pub use options::StoreOptions;
pub(crate) use routes::Target;

pub(crate) use errors::from_sqlx;
use job::{Append, Job};
use owner::Owner;

/// A process that is told to end has 10 s for everything.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// A handle on an open file; clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    jobs: mpsc::Sender<Job>,
    readers: SqlitePool,
    targets: routes::Targets,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    options: StoreOptions,
    waiting_bytes: Arc<AtomicUsize>,
    closing: CancellationToken,
    tasks: TaskTracker,
    _owner: Owner,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("options", &self.shared.options).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens or makes the file and takes back what dead processes held.
    pub(crate) async fn open(
        path: &Path,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, QueueError> {
        let owner = Owner::claim(path, entropy.as_ref())?;
        let file = file::File::new(path, &options);
        let mut connection = file.open_writer().await?;
        owner::release_dead(&mut connection, &owner, clock.as_ref()).await?;
        let readers = file.open_readers().await?;
        let targets = routes::Targets::default();
        let (jobs, waiting) = mpsc::channel(options.max_waiting);
        let closing = CancellationToken::new();
        let tasks = TaskTracker::new();
        let give_back = jobs.downgrade();
        let writer =
            writer::Writer::start(file, connection, targets.clone(), owner.id(), give_back, clock.clone())
                .await?;
        tasks.spawn(writer.run(waiting, closing.clone()));
        tasks.close();
        let shared = Arc::new(Shared {
            jobs,
            readers,
            targets,
            clock,
            entropy,
            options,
            closing,
            tasks,
            _owner: owner,
            waiting_bytes: Arc::default(),
        });
        watch::start(&shared);
        Ok(Self { shared })
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.shared.entropy.as_ref()
    }

    pub(crate) fn options(&self) -> &StoreOptions {
        &self.shared.options
    }

    fn readers(&self) -> &SqlitePool {
        &self.shared.readers
    }

    fn now_us(&self) -> i64 {
        self.shared.clock.now().as_microsecond()
    }

    /// The queue of this name, if it was declared.
    pub(crate) fn target(&self, name: &crate::QueueName) -> Option<Target> {
        self.shared.targets.by_name(name)
    }

    /// Makes messages durable. `tag` is the spool's second key.
    pub(crate) async fn append(
        &self,
        messages: Vec<Outgoing>,
        tag: Option<[u8; 16]>,
    ) -> Result<(), QueueError> {
        if messages.is_empty() {
            return Ok(());
        }
        let mut size = 0;
        for message in &messages {
            if message.body.len() > MAX_BODY_BYTES {
                return Err(QueueError::TooLarge { size: message.body.len(), limit: MAX_BODY_BYTES });
            }
            size += message.body.len();
        }
        let weight = Weight::take(&self.shared.waiting_bytes, size, self.shared.options.max_waiting_bytes)?;
        let (done, answer) = oneshot::channel();
        let job = Job::Append(Append { messages, tag, weight, done });
        self.shared.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => QueueError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => QueueError::Closed,
        })?;
        self.wait(answer).await
    }

    /// Takes due messages of a queue under a lease.
    pub(crate) async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, QueueError> {
        self.ask(|done| Job::Claim(claim, done)).await
    }

    /// Settles claimed messages.
    pub(crate) async fn settle(&self, settled: Vec<Settled>) -> Result<(), QueueError> {
        self.ask(|done| Job::Settle(settled, done)).await
    }

    /// Makes one of the rarer changes; how many rows it touched.
    pub(crate) async fn change(&self, change: Change) -> Result<u64, QueueError> {
        self.ask(|done| Job::Change(change, done)).await
    }

    async fn ask<T>(&self, job: impl FnOnce(job::Done<T>) -> Job) -> Result<T, QueueError> {
        let (done, answer) = oneshot::channel();
        let limit = self.shared.options.time_limit;
        let sent = tokio::time::timeout(limit, self.shared.jobs.send(job(done))).await;
        sent.map_err(|_| QueueError::Timeout)?.map_err(|_| QueueError::Closed)?;
        self.wait(answer).await
    }

    async fn wait<T>(&self, answer: oneshot::Receiver<Result<T, QueueError>>) -> Result<T, QueueError> {
        match tokio::time::timeout(self.shared.options.time_limit, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(QueueError::Closed),
            Err(_) => Err(QueueError::Timeout),
        }
    }

    /// Reads the whole file for damage. Slow on a large file; for `doctor`, not for health checks.
    pub(crate) async fn check(&self) -> Result<(), QueueError> {
        let found: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
            .fetch_one(self.readers())
            .await
            .map_err(from_sqlx)?;
        if found == "ok" { Ok(()) } else { Err(QueueError::Damaged(None)) }
    }

    /// Whether the file answers and takes more.
    pub(crate) async fn health(&self) -> Result<(), QueueError> {
        if self.shared.closing.is_cancelled() {
            return Err(QueueError::Closed);
        }
        if self.shared.jobs.capacity() == 0 {
            return Err(QueueError::Overloaded);
        }
        self.change(Change::Probe).await.map(drop)
    }

    /// Commits what was taken, then closes the file.
    pub(crate) async fn close(&self) {
        self.shared.closing.cancel();
        // What a disk that hangs has not taken by then was never acknowledged.
        let _given_up = tokio::time::timeout(CLOSE_LIMIT, self.shared.tasks.wait()).await;
        self.shared.readers.close().await;
    }

    /// Resolves when this store is being closed.
    pub(crate) async fn closed(&self) {
        self.shared.closing.cancelled().await;
    }

    /// Resolves when something may have become due in `target`: at once when it happened in this
    /// process, else within the polling interval.
    pub(crate) async fn due(&self, target: &Target) -> Result<(), QueueError> {
        let mut arrived = std::pin::pin!(target.arrived.notified());
        // Registered before looking, so that an arrival between the two is not missed.
        arrived.as_mut().enable();
        while !self.has_due(target).await? {
            tokio::select! {
                () = &mut arrived => return Ok(()),
                () = self.closed() => return Err(QueueError::Closed),
                () = tokio::time::sleep(self.shared.options.poll) => {}
            }
        }
        Ok(())
    }
}

/// A claim on the memory that waiting messages may take, given back on drop.
struct Weight {
    total: Arc<AtomicUsize>,
    bytes: usize,
}

impl Weight {
    fn take(total: &Arc<AtomicUsize>, bytes: usize, limit: usize) -> Result<Self, QueueError> {
        let weight = Self { total: total.clone(), bytes };
        let before = total.fetch_add(bytes, Ordering::Relaxed);
        // A single batch over the limit still gets its turn, alone.
        if before > 0 && before + bytes > limit { Err(QueueError::Overloaded) } else { Ok(weight) }
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Microseconds as SQLite keeps them.
fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 2)
}
