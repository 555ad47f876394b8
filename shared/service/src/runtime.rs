//! What the services behind the wall have besides: ledger, inner keys, rules, units, files.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use dengwen_ledger::{Ledger, LedgerError, NewAuditRecord};
use dengwen_model::{Clock, Entropy};
use dengwen_queue::Queue;
use dengwen_rules::{Rules, Units};
use dengwen_seal::InnerKeys;
use jiff::Timestamp;
use object_store::ObjectStore;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::drivers;
use crate::{Anchor, Chain, Process, Settings, UNITS_IMPORTED, append_audit, register_evidence};

/// The ground of triage, dispatch and casework. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    process: Process,
    inner: Arc<Inner>,
}

struct Inner {
    ledger: Arc<dyn Ledger>,
    keys: InnerKeys,
    rules: Arc<Rules>,
    units: RwLock<(i64, Arc<Units>)>,
    objects: Arc<dyn ObjectStore>,
    outbox: Notify,
}

impl Runtime {
    /// Opens ledger, keys, rules and files. The ledger may be away; its schema is brought up to date
    /// as soon as it answers.
    ///
    /// # Errors
    /// Where the keys are missing or the rules are broken: file, line and reason.
    pub async fn open(process: Process) -> anyhow::Result<Self> {
        let settings = process.settings();
        let keys = drivers::open_inner_keys(settings, process.entropy())?;
        let rules = Arc::new(drivers::load_rules(settings)?);
        let units = Arc::new(Units::sample()?);
        let ledger = drivers::open_ledger(settings).await?;
        let objects = drivers::open_objects(settings)?;
        let runtime = Self {
            process,
            inner: Arc::new(Inner {
                ledger,
                keys,
                rules,
                units: RwLock::new((0, units)),
                objects,
                outbox: Notify::new(),
            }),
        };
        let ledger = runtime.ledger().clone();
        runtime.process.check("ledger", move || {
            let ledger = ledger.clone();
            async move { ledger.ping().await.map_err(|error| error.to_string().into()) }
        });
        runtime.prepare_ledger().await?;
        runtime.process.spawn(crate::relay::relay_outbox(runtime.clone()));
        runtime.process.spawn(crate::anchor::keep_anchored(runtime.clone()));
        Ok(runtime)
    }

    /// Migrates now where the ledger is there (SQLite always is), else in the background.
    async fn prepare_ledger(&self) -> anyhow::Result<()> {
        let anchor = Anchor::of(self.settings());
        match anchor.ensure_ledger(self.inner.ledger.as_ref()).await {
            // Whether it is there is asked again when it answers.
            Err(error) if is_away(&error) => {}
            found => found?,
        }
        match self.inner.ledger.migrate().await {
            Ok(()) => self.load_units().await.map_err(Into::into),
            Err(error) if error.is_transient() => {
                tracing::warn!("the ledger is away; its schema is checked when it answers");
                let runtime = self.clone();
                self.process.spawn(async move { runtime.migrate_when_there().await });
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn migrate_when_there(&self) {
        let anchor = Anchor::of(self.settings());
        for failures in 1.. {
            let delay = dengwen_queue::Backoff::RECONNECT.delay(failures, self.entropy());
            tokio::select! { () = self.shutdown().cancelled() => return, () = tokio::time::sleep(delay) => {} }
            match anchor.ensure_ledger(self.inner.ledger.as_ref()).await {
                Ok(()) => {}
                Err(error) if is_away(&error) => continue,
                Err(error) => {
                    tracing::error!(error = %Chain(error.as_ref()), "the ledger cannot be used; stopping");
                    return self.shutdown().cancel();
                }
            }
            match self.inner.ledger.migrate().await {
                Ok(()) => {
                    if let Err(error) = self.load_units().await {
                        tracing::error!(%error, "the units register cannot be loaded");
                    }
                    return;
                }
                Err(error) if error.is_transient() => {}
                Err(error) => {
                    tracing::error!(%error, "the ledger's schema cannot be used; stopping");
                    return self.shutdown().cancel();
                }
            }
        }
    }

    /// Loads the units register where the ledger has a newer one, and the sample organisation into an
    /// empty ledger.
    ///
    /// # Errors
    /// As the ledger's.
    pub async fn load_units(&self) -> Result<(), LedgerError> {
        let mut work = self.inner.ledger.read().await?;
        let mut version = work.units_version().await?;
        if version == 0 {
            drop(work);
            let mut writing = self.inner.ledger.begin().await?;
            if writing.units_version().await? == 0 {
                let sample = drivers::sample_units()?;
                version = writing.replace_units(&sample).await?;
                let entry = NewAuditRecord {
                    at: self.clock().now(),
                    actor: "first start".to_owned(),
                    role: "service".to_owned(),
                    action: UNITS_IMPORTED.to_owned(),
                    object: version.to_string(),
                    reason: register_evidence(&sample).after("sample"),
                };
                append_audit(writing.as_mut(), vec![entry]).await?;
                writing.commit().await?;
            }
            work = self.inner.ledger.read().await?;
        }
        let known = self.inner.units.read().unwrap_or_else(std::sync::PoisonError::into_inner).0;
        if version == known {
            return Ok(());
        }
        let records = work.units().await?;
        let units = drivers::units_from_records(&records)?;
        let department = &self.settings().line.received_by;
        if units.get(department).is_none() {
            tracing::error!(unit = %department, "line.received_by is not in the units register: nobody can pull what it takes in");
        }
        *self.inner.units.write().unwrap_or_else(std::sync::PoisonError::into_inner) =
            (version, Arc::new(units));
        Ok(())
    }

    /// The process it runs in.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        self.process.settings()
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        self.process.clock()
    }

    /// The randomness.
    pub fn entropy(&self) -> &dyn Entropy {
        self.process.entropy()
    }

    /// Cancelled when the process has to stop.
    pub fn shutdown(&self) -> &CancellationToken {
        self.process.shutdown()
    }

    /// The queue.
    pub fn queue(&self) -> &Arc<dyn Queue> {
        self.process.queue()
    }

    /// The ledger.
    pub fn ledger(&self) -> &Arc<dyn Ledger> {
        &self.inner.ledger
    }

    /// The keys behind the wall.
    pub fn keys(&self) -> &InnerKeys {
        &self.inner.keys
    }

    /// The rules.
    pub fn rules(&self) -> &Arc<Rules> {
        &self.inner.rules
    }

    /// The units register as last loaded.
    pub fn units(&self) -> Arc<Units> {
        self.inner.units.read().unwrap_or_else(std::sync::PoisonError::into_inner).1.clone()
    }

    /// The sealed files.
    pub fn objects(&self) -> &Arc<dyn ObjectStore> {
        &self.inner.objects
    }

    /// When the clock looks by itself at a case for which a message goes to dispatch now.
    pub fn look_due(&self) -> Timestamp {
        self.clock().now() + Duration::from_secs(self.settings().desk.left_behind_s.into())
    }

    /// Says that a commit filled the outbox, so that the relay of this process does not wait.
    pub fn wake_relay(&self) {
        self.inner.outbox.notify_one();
    }

    pub(crate) async fn outbox_filled(&self) {
        self.inner.outbox.notified().await;
    }
}

/// Whether the ledger did not answer, and may later.
fn is_away(error: &anyhow::Error) -> bool {
    error.downcast_ref::<LedgerError>().is_some_and(LedgerError::is_transient)
}
