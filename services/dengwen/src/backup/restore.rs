//! `dengwen restore DIR`: into an empty data directory, and checked as `dengwen verify` does.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use dengwen_service::{CommonArgs, Settings, block_on, open_ledger, open_objects};
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};

use super::manifest::{LedgerKind, Manifest, files_under};
use super::{DATA, DUMP, KEYS, OBJECTS, SETTINGS, SQLITE, apart, copy, is_empty, make_dir};
use crate::admin::print_line;
use crate::cli::RestoreArgs;
use crate::verify;

pub(crate) fn run(common: &CommonArgs, args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    apart(&settings.data, &args.dir)?;
    let manifest = Manifest::checked(&args.dir)?;
    check_place(&settings, &manifest)?;
    make_dir(&settings.data)?;
    block_on(async { restore(&settings, &manifest, &args.dir).await })
}

/// Nothing is written over: the data directory is empty but for keys where the backup has none, and both
/// speak of the same kind of ledger.
fn check_place(settings: &Settings, manifest: &Manifest) -> anyhow::Result<()> {
    let (data, keys) = (&settings.data, settings.keys_dir());
    if data.exists() {
        for entry in std::fs::read_dir(data).with_context(|| data.display().to_string())? {
            if entry?.path() != keys || manifest.keys {
                bail!("{}: is not empty; a backup is restored into a directory of its own", data.display());
            }
        }
    }
    if !manifest.keys && is_empty(&keys)? {
        bail!("this backup has no keys: put the line's keys into {} first", keys.display());
    }
    let kind =
        if settings.ledger_url().starts_with("sqlite:") { LedgerKind::Sqlite } else { LedgerKind::Postgres };
    if manifest.ledger != LedgerKind::None && manifest.ledger != kind {
        bail!("ledger_url: the backup's ledger is of kind {:?}", manifest.ledger);
    }
    Ok(())
}

async fn restore(settings: &Settings, manifest: &Manifest, from: &Path) -> anyhow::Result<ExitCode> {
    match manifest.ledger {
        LedgerKind::Sqlite => open_ledger(settings).await?.restore(&from.join(SQLITE)).await?,
        LedgerKind::Postgres => open_ledger(settings).await?.restore(&from.join(DUMP)).await?,
        LedgerKind::None => {}
    }
    restore_objects(settings, &from.join(OBJECTS)).await?;
    copy_tree(&from.join(DATA), &settings.data)?;
    copy_tree(&from.join(KEYS), &settings.keys_dir())?;
    print_line(&format!("restored: the backup of {}, into {}", manifest.made_at, settings.data.display()));
    let set = from.join(SETTINGS);
    if set.exists() {
        print_line(&format!("its settings and rules are in {}; put them where they belong", set.display()));
    }
    match manifest.ledger {
        LedgerKind::None => Ok(ExitCode::SUCCESS),
        _ => verify::check(settings, &[]).await,
    }
}

async fn restore_objects(settings: &Settings, from: &Path) -> anyhow::Result<()> {
    let store = open_objects(settings)?;
    if store.list(None).try_next().await.context("the sealed files")?.is_some() {
        bail!("objects_url: there are sealed files already; a backup is restored into an empty store");
    }
    if !from.exists() {
        return Ok(());
    }
    for path in files_under(from)? {
        let inner = path.strip_prefix(from)?.to_string_lossy().into_owned();
        let content = std::fs::read(&path).with_context(|| path.display().to_string())?;
        store.put(&object_store::path::Path::parse(inner)?, content.into()).await?;
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    for path in files_under(from)? {
        copy(&path, &to.join(path.strip_prefix(from)?))?;
    }
    Ok(())
}
