//! The durable store: one SQLite file behind both the embedded queue and every door's spool.
//!
//! One thread owns the writing connection and commits whatever gathered while the commit before was
//! running (group commit without a timer). A message is synced to the disk before its sender is
//! answered; what consumers do with it is written at once and synced with the next one that has to
//! be. Reads go past the writer over a small pool. Several processes may share a file: claims are
//! leases, and a lock file per process tells whose leases are void.

mod append;
mod claim;
mod declare;
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

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dengwen_model::{Clock, Entropy};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::QueueError;
use crate::message::{MAX_BODY_BYTES, Outgoing};
use crate::sqlite::{Readers, run_thread};

pub(crate) use claim::{Claim, Claimed};
pub(crate) use file::path_of;
pub(crate) use job::{Change, End, Settled};
pub(crate) use lease::Lease;
pub use options::StoreOptions;
pub(crate) use routes::Target;

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
    readers: Readers,
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

/// What the first reading of the file needs.
struct Opening {
    path: PathBuf,
    file: file::File,
    targets: routes::Targets,
    give_back: lease::GiveBack,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Opening {
    fn finish(self) -> Result<(Owner, writer::Writer), QueueError> {
        let owner = Owner::claim(&self.path, self.entropy.as_ref())?;
        let connection = self.file.open()?;
        owner::release_dead(&connection, &owner, self.clock.as_ref())?;
        let Self { file, targets, give_back, clock, .. } = self;
        let writer = writer::Writer::new(file, connection, targets, owner.id(), give_back, clock)?;
        Ok((owner, writer))
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
        let targets = routes::Targets::default();
        let (jobs, waiting) = mpsc::channel(options.max_waiting);
        let opening = Opening {
            path: path.to_owned(),
            file: file::File::new(path, &options),
            targets: targets.clone(),
            give_back: jobs.downgrade(),
            clock: clock.clone(),
            entropy: entropy.clone(),
        };
        let opened = tokio::task::spawn_blocking(move || opening.finish()).await;
        let (owner, writer) = opened.map_err(QueueError::unavailable)??;
        let tasks = TaskTracker::new();
        run_thread("queue-writer", &tasks, move || writer.run(waiting))?;
        let shared = Arc::new(Shared {
            jobs,
            readers: Readers::new(path),
            targets,
            clock,
            entropy,
            options,
            closing: CancellationToken::new(),
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

    fn readers(&self) -> &Readers {
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

    /// Takes due messages of a queue under a lease; none where none are due.
    pub(crate) async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, QueueError> {
        self.ask(|done| Job::Claim(claim, done)).await
    }

    /// As [`Store::claim`], but waits for at least one: what this process put there is noticed at once,
    /// all else within the polling interval.
    pub(crate) async fn claim_some(&self, claim: Claim) -> Result<Vec<Claimed>, QueueError> {
        loop {
            let mut arrived = std::pin::pin!(claim.target.arrived.notified());
            // Registered before looking, so that an arrival between the two is not missed.
            arrived.as_mut().enable();
            let claimed = self.claim(claim.clone()).await?;
            if !claimed.is_empty() {
                return Ok(claimed);
            }
            tokio::select! {
                () = arrived => {}
                () = self.closed() => return Err(QueueError::Closed),
                () = tokio::time::sleep(self.shared.options.poll) => {}
            }
        }
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
        let read = |connection: &Connection| {
            connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0))
        };
        let found = self.readers().read(read).await?;
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
        self.shared.tasks.close();
        let told = self.shared.jobs.send(Job::Close);
        // What a disk that hangs has not taken by then was never acknowledged.
        let ended = async {
            let _closed_before = told.await;
            self.shared.tasks.wait().await;
        };
        let _given_up = tokio::time::timeout(CLOSE_LIMIT, ended).await;
        self.shared.readers.close().await;
    }

    /// Resolves when this store is being closed.
    pub(crate) async fn closed(&self) {
        self.shared.closing.cancelled().await;
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
