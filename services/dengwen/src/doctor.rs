//! `dengwen doctor`: tries each thing the line depends on, and says what is wrong with it.

use std::process::ExitCode;

use anyhow::Context;
use dengwen_model::SystemEntropy;
use dengwen_service::{
    Chain, CommonArgs, Process, Settings, block_on, key_directory, load_rules, open_ledger, open_objects,
};
use object_store::ObjectStoreExt;

use crate::admin::print_line;

pub(crate) fn run(common: &CommonArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    block_on(async {
        let mut well = true;
        let mut say = |name: &str, result: anyhow::Result<()>| match result {
            Ok(()) => print_line(&format!("{name:<8} ok")),
            Err(error) => {
                well = false;
                print_line(&format!("{name:<8} FAILS: {}", Chain(error.as_ref())));
            }
        };
        say("rules", load_rules(&settings).map(drop));
        say("keys", keys(&settings));
        say("ledger", ledger(&settings).await);
        say("units", department(&settings).await);
        say("objects", objects(&settings).await);
        match Process::open(settings).await {
            Err(error) => say("queue", Err(error)),
            Ok(process) => {
                let queue = process.queue().health().await;
                say("queue", queue.map_err(Into::into));
                match process.cache().shared_answers().await {
                    Some(false) => say("cache", Err(anyhow::anyhow!("the shared cache does not answer"))),
                    _ => say("cache", Ok(())),
                }
            }
        }
        // Nothing depends on these: the letter desk takes scans without them.
        for packages in dengwen_letters::missing_programs().await {
            print_line(&format!("scans    not installed: {packages}"));
        }
        Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

fn keys(settings: &Settings) -> anyhow::Result<()> {
    let keys = key_directory(settings, &SystemEntropy)?;
    keys.door()?;
    // A door's host is given no inner keys, and is well without them.
    if keys.path().join("inner").exists() {
        keys.inner()?;
    }
    Ok(())
}

async fn ledger(settings: &Settings) -> anyhow::Result<()> {
    Ok(open_ledger(settings).await?.ping().await?)
}

/// The department that takes tips in must be able to work on them.
async fn department(settings: &Settings) -> anyhow::Result<()> {
    let mut work = open_ledger(settings).await?.read().await?;
    // A line that was never started has no register, or not even the table.
    if work.units_version().await.unwrap_or(0) == 0 {
        return Ok(());
    }
    let code = &settings.line.received_by;
    anyhow::ensure!(
        work.units().await?.iter().any(|unit| unit.code == *code),
        "line.received_by names {code}, which is not in the units register: nobody could pull what it takes in"
    );
    Ok(())
}

/// Writes, reads and removes a small object.
async fn objects(settings: &Settings) -> anyhow::Result<()> {
    let store = open_objects(settings)?;
    let path = object_store::path::Path::from("doctor/probe");
    store.put(&path, "probe".into()).await.context("cannot be written")?;
    store.get(&path).await.context("cannot be read")?;
    store.delete(&path).await.context("cannot be removed")
}
