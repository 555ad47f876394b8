//! `dengwen doctor`: tries each thing the line depends on, and says what is wrong with it. It makes nothing: where no
//! line was started yet it says so.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use dengwen_seal::KeyDirectory;
use dengwen_service::{
    Anchor, Chain, CommonArgs, Settings, block_on, cache_of, kept_objects, load_rules, open_ledger, queue_of,
};
use object_store::ObjectStoreExt;

use crate::admin::print_line;
use crate::place::{ensure_line, ledger_file, queue_file};

pub(crate) fn run(common: &CommonArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    block_on(async {
        let mut doctor = Doctor { well: true };
        doctor.say("rules", load_rules(&settings).map(|_| Finding::Well));
        let here = ensure_line(&settings);
        let line = here.is_ok();
        if let Err(none) = here {
            doctor.say("line", Err(none));
        }
        doctor.say("keys", keys(&settings, line));
        doctor.say("ledger", ledger(&settings, line).await);
        doctor.say("units", department(&settings).await);
        doctor.say("objects", objects(&settings).await);
        doctor.say("queue", queue(&settings, line).await);
        doctor.say("cache", cache(&settings).await);
        // Nothing depends on these: the letter desk takes scans without them.
        for packages in dengwen_letters::missing_programs().await {
            print_line(&format!("scans    not installed: {packages}"));
        }
        Ok(if doctor.well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// What was found of a thing that does not fail.
enum Finding {
    Well,
    /// Well, and this is worth a word.
    Noted(String),
    /// Not looked at: the first start makes it, or this host has none.
    Passed,
}

struct Doctor {
    well: bool,
}

impl Doctor {
    fn say(&mut self, name: &str, found: anyhow::Result<Finding>) {
        match found {
            Ok(Finding::Well) => print_line(&format!("{name:<8} ok")),
            Ok(Finding::Noted(word)) => print_line(&format!("{name:<8} ok; {word}")),
            Ok(Finding::Passed) => {}
            Err(error) => {
                self.well = false;
                print_line(&format!("{name:<8} FAILS: {}", Chain(error.as_ref())));
            }
        }
    }
}

fn keys(settings: &Settings, line: bool) -> anyhow::Result<Finding> {
    let keys = KeyDirectory::new(settings.keys_dir());
    if !line && settings.queue_is_embedded() {
        return Ok(Finding::Passed);
    }
    keys.door()?;
    if is_a_doors(settings) {
        return Ok(Finding::Noted("a door's alone".to_owned()));
    }
    keys.inner()?;
    Ok(Finding::Well)
}

/// A door's host is given no inner keys and knows no ledger, and is well without them.
fn is_a_doors(settings: &Settings) -> bool {
    let keys = settings.keys_dir();
    keys.join("door").exists() && !keys.join("inner").exists()
}

async fn ledger(settings: &Settings, line: bool) -> anyhow::Result<Finding> {
    let anchor = Anchor::of(settings);
    let ledger = match ledger_file(settings) {
        Some(file) if !file.exists() && anchor.kept()?.is_some() => {
            // Opening makes no file; it says what is gone.
            anchor.ensure_ledger(open_ledger(settings).await?.as_ref()).await?;
            return Ok(Finding::Passed);
        }
        Some(file) if !file.exists() && (!line || is_a_doors(settings)) => return Ok(Finding::Passed),
        Some(file) if !file.exists() => return Ok(Finding::Noted(first_start(&file))),
        _ => open_ledger(settings).await?,
    };
    ledger.ping().await?;
    anchor.ensure_ledger(ledger.as_ref()).await?;
    Ok(match ledger.is_there().await? {
        true => Finding::Well,
        false => Finding::Noted("no line in it yet, the first start makes its tables".to_owned()),
    })
}

fn first_start(file: &Path) -> String {
    format!("{} is not there yet, the first start makes it", file.display())
}

/// The department that takes tips in must be able to work on them.
async fn department(settings: &Settings) -> anyhow::Result<Finding> {
    if ledger_file(settings).is_some_and(|file| !file.exists()) {
        return Ok(Finding::Passed);
    }
    let ledger = open_ledger(settings).await?;
    // Whether it answers is said already.
    if !ledger.is_there().await.unwrap_or(false) {
        return Ok(Finding::Passed);
    }
    let mut work = ledger.read().await?;
    if work.units_version().await? == 0 {
        return Ok(Finding::Noted("the first start loads the sample organisation".to_owned()));
    }
    let (code, units) = (&settings.line.received_by, work.units().await?);
    ensure!(!units.is_empty(), "the units register is empty: nobody could be given a case");
    ensure!(
        units.iter().any(|unit| unit.code == *code),
        "line.received_by names {code}, which is not in the units register: nobody could pull what it takes in"
    );
    Ok(Finding::Well)
}

/// Writes, reads and removes a small object.
async fn objects(settings: &Settings) -> anyhow::Result<Finding> {
    let Some(store) = kept_objects(settings)? else {
        // Whoever registers tips or takes them in has made it.
        let started = ledger_file(settings).is_some_and(|file| file.exists());
        ensure!(!started, "{} is not there: the sealed files are gone", settings.objects_url());
        return Ok(Finding::Passed);
    };
    let path = object_store::path::Path::from("doctor/probe");
    store.put(&path, "probe".into()).await.context("cannot be written")?;
    store.get(&path).await.context("cannot be read")?;
    store.delete(&path).await.context("cannot be removed")?;
    Ok(Finding::Well)
}

async fn queue(settings: &Settings, line: bool) -> anyhow::Result<Finding> {
    match queue_file(settings).filter(|file| !file.exists()) {
        Some(_) if !line => return Ok(Finding::Passed),
        Some(file) => return Ok(Finding::Noted(first_start(&file))),
        None => {}
    }
    let queue = queue_of(settings).await?;
    queue.health().await?;
    let parked = queue.depths().await.map_or(0, |depths| depths.parked + depths.unrouted);
    queue.close().await;
    Ok(match parked {
        0 => Finding::Well,
        parked => Finding::Noted(format!("{parked} parked for a person: dengwen parked list")),
    })
}

async fn cache(settings: &Settings) -> anyhow::Result<Finding> {
    match cache_of(settings)?.shared_answers().await {
        Some(false) => bail!("the shared cache does not answer"),
        _ => Ok(Finding::Well),
    }
}
