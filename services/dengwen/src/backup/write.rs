//! `dengwen backup DIR`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use dengwen_ledger::Ledger;
use dengwen_model::{Clock, SystemClock};
use dengwen_service::{CommonArgs, Settings, block_on, kept_objects};
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};

use super::manifest::{LedgerKind, Manifest};
use super::{DATA, DUMP, KEYS, MANIFEST, OBJECTS, SETTINGS, SQLITE};
use super::{apart, copy, is_empty, make_dir, stores, write_new};
use crate::admin::print_line;
use crate::cli::BackupArgs;
use crate::place::{kept_ledger, ledger_file};

pub(crate) fn run(common: &CommonArgs, args: &BackupArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    crate::place::ensure_line(&settings)?;
    apart(&settings.data, &args.dir)?;
    if !is_empty(&args.dir)? {
        bail!("{}: is not empty; a backup goes into a directory of its own", args.dir.display());
    }
    make_dir(&args.dir)?;
    block_on(async { back_up(&settings, common.config.as_deref(), args).await })?;
    Ok(ExitCode::SUCCESS)
}

/// Copies everything and writes the manifest last.
async fn back_up(settings: &Settings, config: Option<&Path>, args: &BackupArgs) -> anyhow::Result<()> {
    let ledger = ledger_of(settings).await?;
    let kind = moving_parts(settings, ledger.as_deref(), &args.dir).await?;
    // After the ledger: a file is stored before its tip is registered, and never changed.
    let objects = copy_objects(settings, &args.dir.join(OBJECTS)).await?;
    copy_settings(settings, config, &args.dir.join(SETTINGS))?;
    if args.with_keys {
        for path in super::manifest::files_under(&settings.keys_dir())? {
            copy(&path, &args.dir.join(KEYS).join(path.strip_prefix(settings.keys_dir())?))?;
        }
    }
    let manifest = Manifest::of(&args.dir, kind, args.with_keys, SystemClock.now())?;
    write_new(&args.dir.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)?;
    print_line(&format!("backed up: ledger {kind:?}, {objects} sealed files, into {}", args.dir.display()));
    warn(args.with_keys, kind);
    Ok(())
}

/// The ledger of this host; a door's host has none.
async fn ledger_of(settings: &Settings) -> anyhow::Result<Option<Arc<dyn Ledger>>> {
    if ledger_file(settings).is_some_and(|file| !file.exists()) {
        return Ok(None);
    }
    Ok(Some(kept_ledger(settings).await?))
}

/// Queue and ledger as of one moment: what leaves the one for the other must be in at least one of the copies.
/// On SQLite the writer is held meanwhile, so nothing does; registration and desk wait, doors go on. Before
/// PostgreSQL the spools come first: what leaves a spool is in the ledger already, and what is in both copies is
/// registered once.
async fn moving_parts(
    settings: &Settings,
    ledger: Option<&dyn Ledger>,
    into: &Path,
) -> anyhow::Result<LedgerKind> {
    let Some(ledger) = ledger else {
        stores::copy_all(settings, &into.join(DATA)).await?;
        return Ok(LedgerKind::None);
    };
    if !ledger.has_one_writer() {
        stores::copy_all(settings, &into.join(DATA)).await?;
        ledger.back_up(&into.join(DUMP)).await?;
        return Ok(LedgerKind::Postgres);
    }
    let held = ledger.begin().await?;
    stores::copy_all(settings, &into.join(DATA)).await?;
    ledger.back_up(&into.join(SQLITE)).await?;
    held.roll_back().await?;
    Ok(LedgerKind::Sqlite)
}

async fn copy_objects(settings: &Settings, to: &Path) -> anyhow::Result<u64> {
    let Some(store) = kept_objects(settings)? else {
        print_line(&format!(
            "WARNING: {} is not there: no sealed files in this backup",
            settings.objects_url()
        ));
        return Ok(0);
    };
    let mut found = store.list(None);
    let mut copied = 0;
    while let Some(object) = found.try_next().await.context("the sealed files")? {
        let content = store.get(&object.location).await?.bytes().await?;
        write_new(&to.join(object.location.as_ref()), &content)?;
        copied += 1;
    }
    Ok(copied)
}

fn copy_settings(settings: &Settings, config: Option<&Path>, to: &Path) -> anyhow::Result<()> {
    if let Some(config) = config {
        copy(config, &to.join("dengwen.toml"))?;
    }
    let Some(rules) = &settings.rules else { return Ok(()) };
    for path in super::manifest::files_under(rules)? {
        copy(&path, &to.join("rules").join(path.strip_prefix(rules)?))?;
    }
    Ok(())
}

fn warn(with_keys: bool, kind: LedgerKind) {
    print_line(if with_keys {
        "WARNING: this backup holds the keys: whoever has it reads every tip. Keep it as you keep the keys."
    } else {
        "the keys are not in it. Without them nothing in it can ever be read: keep a copy of them elsewhere."
    });
    if kind == LedgerKind::Postgres {
        print_line(
            "what is on its way in the broker at this moment is not in it; the broker keeps it itself",
        );
    }
}
