//! Which driver stands behind each address of the settings.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use dengwen_cache::Cache;
use dengwen_ledger::{Ledger, LedgerError, UnitRecord};
use dengwen_ledger_postgres::PostgresLedger;
use dengwen_ledger_sqlite::SqliteLedger;
use dengwen_model::{Clock, Entropy, SystemClock, SystemEntropy};
use dengwen_queue::{EmbeddedQueue, Queue, Spool, Underway};
use dengwen_queue_rabbitmq::RabbitQueue;
use dengwen_rules::{Rules, Units};
use dengwen_seal::{InnerKeys, KeyDirectory};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::Settings;

/// A queue, and where a door puts its tips.
pub(crate) struct OpenQueue {
    pub(crate) queue: Arc<dyn Queue>,
    /// The embedded queue takes tips by itself; before a broker stands a spool.
    pub(crate) embedded: Option<Arc<dyn Underway>>,
}

/// Makes a directory that only this user may enter.
pub(crate) fn make_private_dir(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    let name = || format!("data directory {}", path.display());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(name)?;
    // One that was there, as a mounted volume, may be open to others. Not ours to change: then as it is.
    let mode = std::fs::metadata(path).with_context(name)?.permissions().mode();
    if mode & 0o077 != 0 && std::fs::set_permissions(path, PermissionsExt::from_mode(mode & 0o700)).is_err() {
        tracing::warn!("the data directory is open to other users of this machine");
    }
    Ok(())
}

pub(crate) async fn open_queue(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> anyhow::Result<OpenQueue> {
    if settings.queue_is_embedded() {
        let queue =
            EmbeddedQueue::open(&settings.queue_url, &settings.data, clock.clone(), entropy.clone()).await?;
        let queue = Arc::new(queue);
        return Ok(OpenQueue { embedded: Some(queue.clone()), queue });
    }
    let queue = RabbitQueue::open(&settings.queue_url, clock.clone(), entropy.clone())?;
    Ok(OpenQueue { queue: Arc::new(queue), embedded: None })
}

/// The queue at the settings' address, for whoever looks at it and serves nothing. An embedded one is made where it
/// is not there.
///
/// # Errors
/// Where the address is none, or the embedded queue cannot be used.
pub async fn queue_of(settings: &Settings) -> anyhow::Result<Arc<dyn Queue>> {
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
        (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Ok(open_queue(settings, &clock, &entropy).await?.queue)
}

/// The cache at the settings' address, for whoever looks at it and serves nothing.
///
/// # Errors
/// Where the address is none.
pub fn cache_of(settings: &Settings) -> anyhow::Result<Arc<Cache>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    open_cache(settings, &clock)
}

pub(crate) async fn open_spool(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    door: &str,
) -> anyhow::Result<Spool> {
    let address = format!("embedded:{}", settings.data.join(format!("spool-{door}.db")).display());
    Ok(Spool::open(&address, &settings.data, clock.clone(), entropy.clone()).await?)
}

pub(crate) fn open_cache(settings: &Settings, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<Cache>> {
    Ok(Arc::new(Cache::open(&settings.cache_url, clock.clone())?))
}

/// The ledger at the settings' address. PostgreSQL may be away.
///
/// # Errors
/// Where the address is none, or the SQLite file cannot be opened.
pub async fn open_ledger(settings: &Settings) -> anyhow::Result<Arc<dyn Ledger>> {
    let url = settings.ledger_url();
    if url.starts_with("sqlite:") {
        return Ok(Arc::new(SqliteLedger::open(&url)));
    }
    Ok(Arc::new(PostgresLedger::connect(&url)?))
}

/// Copies a store of a data directory (an SQLite file) as of one moment, while others use it.
///
/// # Errors
/// Where it cannot be read, or the copy cannot be written.
pub async fn copy_store(from: &Path, to: &Path) -> Result<(), LedgerError> {
    dengwen_ledger_sqlite::copy_file(from, to).await
}

/// The sealed files at the settings' address; a directory is made where it is not there.
///
/// # Errors
/// Where the address is none or the directory cannot be made.
pub fn open_objects(settings: &Settings) -> anyhow::Result<Arc<dyn ObjectStore>> {
    if let Some(path) = settings.objects_url().strip_prefix("file://") {
        make_private_dir(Path::new(path))?;
    }
    kept_objects(settings)?.context("the directory of the sealed files is gone again")
}

/// The sealed files at the settings' address; `None` where their directory is not there.
///
/// # Errors
/// Where the address is none or the directory cannot be read.
pub fn kept_objects(settings: &Settings) -> anyhow::Result<Option<Arc<dyn ObjectStore>>> {
    let url = settings.objects_url();
    if let Some(path) = url.strip_prefix("file://") {
        if !Path::new(path).exists() {
            return Ok(None);
        }
        let store = LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
        return Ok(Some(Arc::new(store)));
    }
    let url = url::Url::parse(&url).context("objects_url is not a URL")?;
    let (bucket, prefix) = (url.host_str().context("objects_url names no bucket")?, url.path());
    // Region, endpoint and credentials come from the usual AWS_* variables.
    let store = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(bucket).build()?;
    Ok(Some(Arc::new(object_store::prefix::PrefixStore::new(store, prefix.trim_matches('/')))))
}

/// The keys of triage, dispatch and casework. With everything embedded, missing keys are made.
pub(crate) fn open_inner_keys(settings: &Settings, entropy: &dyn Entropy) -> anyhow::Result<InnerKeys> {
    Ok(key_directory(settings, entropy)?.inner()?)
}

/// The key directory. With everything embedded, missing keys are made at the first start; else a
/// host holds only what it was given.
///
/// # Errors
/// Where a key file cannot be used.
pub fn key_directory(settings: &Settings, entropy: &dyn Entropy) -> anyhow::Result<KeyDirectory> {
    let directory = KeyDirectory::new(settings.keys_dir());
    if settings.queue_is_embedded() {
        directory.generate_missing(entropy)?;
    }
    Ok(directory)
}

/// The rules: built in, or replaced by files of the settings' directory.
///
/// # Errors
/// A broken file: its name, the line and the reason.
pub fn load_rules(settings: &Settings) -> anyhow::Result<Rules> {
    let profile = match settings.line.scope {
        crate::ScopeProfile::Narrow => dengwen_rules::ScopeProfile::Narrow,
        crate::ScopeProfile::Wide => dengwen_rules::ScopeProfile::Wide,
    };
    let mut rules = Rules::load(settings.rules.as_deref())?;
    rules.routing.set_profile(profile);
    Ok(rules)
}

/// The sample organisation as register rows.
pub(crate) fn sample_units() -> Result<Vec<UnitRecord>, LedgerError> {
    let units = Units::sample().map_err(|_| unfit())?;
    records(&units)
}

/// A register as rows.
///
/// # Errors
/// [`LedgerError::Inconsistent`] where a unit cannot be written as JSON.
pub fn records(units: &Units) -> Result<Vec<UnitRecord>, LedgerError> {
    let rows = units.iter().map(|unit| {
        let body = serde_json::to_value(unit).map_err(|_| unfit())?;
        Ok(UnitRecord { code: unit.code.clone(), body })
    });
    rows.collect()
}

/// Rows as a register.
pub(crate) fn units_from_records(records: &[UnitRecord]) -> Result<Units, LedgerError> {
    let units = records.iter().map(|record| serde_json::from_value(record.body.clone()));
    let units: Vec<_> = units.collect::<Result<_, _>>().map_err(|_| unfit())?;
    Units::from_units(units).map_err(|_| unfit())
}

fn unfit() -> LedgerError {
    LedgerError::Inconsistent { table: "units", column: "body" }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_data_directory_that_was_there_is_closed_to_others() {
        let parent = tempfile::tempdir().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let old = parent.path().join("old");
        std::fs::create_dir(&old).unwrap();
        std::fs::set_permissions(&old, PermissionsExt::from_mode(0o755)).unwrap();
        for path in [old, parent.path().join("new/inner")] {
            make_private_dir(&path).unwrap();
            assert_eq!(mode(&path), 0o700);
        }
    }
}
