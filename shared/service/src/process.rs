//! What every process has: settings, clock, randomness, queue, cache, a way to stop.

use std::sync::{Arc, Mutex};

use dengwen_cache::Cache;
use dengwen_messages::Queues;
use dengwen_model::{Clock, Entropy, SystemClock, SystemEntropy};
use dengwen_queue::{Queue, Subscription, Underway};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Settings;
use crate::disk::Disk;
use crate::drivers::{self, OpenQueue};
use dengwen_http::health::{Check, Reason};

/// The common ground of all services in one process. Cheap to clone.
#[derive(Clone)]
pub struct Process(Arc<Ground>);

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Process")
    }
}

struct Ground {
    settings: Settings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    queue: Arc<dyn Queue>,
    embedded: Option<Arc<dyn Underway>>,
    cache: Arc<Cache>,
    metrics: PrometheusHandle,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    checks: Mutex<Vec<Check>>,
}

/// Makes the queue of every service at a broker, on this and each later connection. What is sent to
/// a service that has never run, or that is slower to come back to a broker that lost its data, would
/// lead nowhere otherwise: the broker confirms it, the outbox forgets it, and nobody gets it.
async fn make_places(queue: &dyn Queue) -> anyhow::Result<()> {
    let services = [Queues::TRIAGE, Queues::DISPATCH, Queues::CASEWORK, Queues::MAIL, Queues::ACTS];
    let places = services.map(|(queue, binding)| Subscription::new(queue, binding));
    let places = places.into_iter().collect::<Result<Vec<_>, _>>()?;
    if let Err(error) = queue.declare(&places).await {
        tracing::debug!(%error, "the broker is away; its queues are made when it answers");
    }
    Ok(())
}

impl Process {
    /// Opens what the settings name. Servers that are away do not stop the start: doors must take tips.
    ///
    /// # Errors
    /// Where the data directory or the embedded queue cannot be used, or an address is none.
    pub async fn open(settings: Settings) -> anyhow::Result<Self> {
        Self::open_with(settings, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
    }

    /// As [`Process::open`], with another clock and other randomness: for tests and dry runs.
    ///
    /// # Errors
    /// As [`Process::open`].
    pub async fn open_with(
        settings: Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> anyhow::Result<Self> {
        drivers::make_private_dir(&settings.data)?;
        let OpenQueue { queue, embedded } = drivers::open_queue(&settings, &clock, &entropy).await?;
        if embedded.is_none() {
            make_places(queue.as_ref()).await?;
        }
        let cache = drivers::open_cache(&settings, &clock)?;
        let metrics = crate::telemetry::start_metrics()?;
        let process = Self(Arc::new(Ground {
            settings,
            clock,
            entropy,
            queue,
            embedded,
            cache,
            metrics,
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
            checks: Mutex::new(Vec::new()),
        }));
        let queue = process.queue().clone();
        process.check("queue", move || {
            let queue = queue.clone();
            async move { queue.health().await.map_err(|error| error.to_string().into()) }
        });
        let disk = Arc::new(Disk::of(&process.settings().data));
        process.check("disk", move || {
            let disk = disk.clone();
            async move { disk.takes_more().await.map_err(|kind| kind.to_string().into()) }
        });
        Ok(process)
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        self.0.clock.as_ref()
    }

    /// The clock, to be kept.
    pub fn shared_clock(&self) -> Arc<dyn Clock> {
        self.0.clock.clone()
    }

    /// The randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        self.0.entropy.as_ref()
    }

    /// The randomness, to be kept.
    pub fn shared_entropy(&self) -> Arc<dyn Entropy> {
        self.0.entropy.clone()
    }

    /// The queue.
    pub fn queue(&self) -> &Arc<dyn Queue> {
        &self.0.queue
    }

    /// Where a door puts its tips, where the queue is embedded.
    pub(crate) fn embedded_outlet(&self) -> Option<&Arc<dyn Underway>> {
        self.0.embedded.as_ref()
    }

    /// Whether doors keep each tip until they are told that the ledger has it. With the embedded queue
    /// the entry that triage settles is the door's own, and nobody waits.
    pub fn doors_wait(&self) -> bool {
        self.0.embedded.is_none()
    }

    /// Limits, first answers and sessions.
    pub fn cache(&self) -> &Arc<Cache> {
        &self.0.cache
    }

    /// Cancelled when the process has to stop.
    pub fn shutdown(&self) -> &CancellationToken {
        &self.0.shutdown
    }

    /// Runs a background task that the end of the process waits for.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(task);
    }

    /// Adds a check to `/readyz`.
    pub fn check<F, Fut>(&self, name: &'static str, check: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Reason>> + Send + 'static,
    {
        let check = Check::new(name, check);
        self.0.checks.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(check);
    }

    /// The checks of `/readyz`.
    pub(crate) fn checks(&self) -> Vec<Check> {
        self.0.checks.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub(crate) fn metrics(&self) -> &PrometheusHandle {
        &self.0.metrics
    }

    /// Waits until every background task has ended, and closes the queue.
    pub(crate) async fn finish(&self) {
        self.0.shutdown.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.queue.close().await;
    }
}
