//! `dengwen train`: the classifier learns from the desk's corrections; an administrator decides whether
//! what it learned is used.

use std::process::ExitCode;

use anyhow::{Context, bail};
use dengwen_ledger::{ModelRecord, NewAuditRecord, UnitOfWork};
use dengwen_model::{Clock, SystemClock};
use dengwen_service::{
    CommonArgs, Process, Runtime, append_audit, block_on, open_model, open_tip, seal_model,
};
use dengwen_text::{CORRECTION_WEIGHT, Example, Learned, Model, learn};

use crate::admin::print_line;
use crate::cli::TrainArgs;
use crate::place::kept_ledger;

pub(crate) fn run(common: &CommonArgs, args: &TrainArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    block_on(async {
        kept_ledger(&settings).await?.close().await;
        let runtime = Runtime::open(Process::open(settings).await?).await?;
        match &args.activate {
            Some(version) => activate(&runtime, version).await?,
            None if args.list => list(&runtime).await?,
            None => train(&runtime).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Makes a model and keeps it; nothing uses it yet.
async fn train(runtime: &Runtime) -> anyhow::Result<()> {
    let mut work = runtime.ledger().read().await?;
    let champion = in_place(runtime, work.as_mut()).await?;
    let corrections = examples(runtime, work.as_mut()).await?;
    // Training takes a minute: nothing of the ledger is held meanwhile.
    drop(work);
    let known = champion.version.clone();
    let learned = tokio::task::spawn_blocking(move || learn(champion, corrections)).await??;
    show(&known, &learned);
    let version = &learned.model.version;
    let record = ModelRecord {
        version: version.clone(),
        made_at: SystemClock.now(),
        report: serde_json::to_value(&learned.bouts)?,
        sealed: seal_model(runtime, version, &learned.model.to_bytes())?,
    };
    let mut work = runtime.ledger().begin().await?;
    if work.insert_model(&record).await? {
        note(work.as_mut(), "model.trained", version).await?;
    } else {
        print_line("nothing new was learned: a model of the same examples is there already");
    }
    work.commit().await?;
    print_line(&format!("to put it in place: dengwen train --activate {version}"));
    Ok(())
}

/// Puts a model in place, the shipped one too. Triage reads with it from its next batch.
async fn activate(runtime: &Runtime, version: &str) -> anyhow::Result<()> {
    let mut work = runtime.ledger().begin().await?;
    let shipped = Model::shipped()?;
    if shipped.version == version {
        let record = ModelRecord {
            version: version.to_owned(),
            made_at: SystemClock.now(),
            report: serde_json::Value::Null,
            sealed: seal_model(runtime, version, &shipped.to_bytes())?,
        };
        work.insert_model(&record).await?;
    }
    let record = work.model(version).await?.context("no model of this version; dengwen train --list")?;
    Model::from_bytes(&open_model(runtime, &record)?)
        .context("this version's program cannot use that model")?;
    if !work.activate_model(version, SystemClock.now()).await? {
        bail!("no model of this version; dengwen train --list");
    }
    note(work.as_mut(), "model.activated", version).await?;
    work.commit().await?;
    print_line(&format!("in place: {version}"));
    Ok(())
}

async fn list(runtime: &Runtime) -> anyhow::Result<()> {
    let mut work = runtime.ledger().read().await?;
    let shipped = Model::shipped()?.version;
    let active = work.active_model().await?.unwrap_or_else(|| shipped.clone());
    let mark = |version: &str| if version == active { "in place" } else { "" };
    let stored = work.model_versions().await?;
    if !stored.iter().any(|(version, _)| *version == shipped) {
        print_line(&format!("{shipped}\tshipped\t{}", mark(&shipped)));
    }
    for (version, made_at) in stored {
        print_line(&format!("{version}\t{made_at}\t{}", mark(&version)));
    }
    Ok(())
}

/// The model that triage reads with.
async fn in_place(runtime: &Runtime, work: &mut dyn UnitOfWork) -> anyhow::Result<Model> {
    let Some(version) = work.active_model().await? else { return Ok(Model::shipped()?) };
    let record = work.model(&version).await?.context("the model in place is not there")?;
    // One that this version's program cannot read is no longer in use: triage fell back to the shipped one.
    Ok(Model::from_bytes(&open_model(runtime, &record)?).or_else(|_| Model::shipped())?)
}

/// The corrections as labelled texts, opened for training alone. A tip that is no longer kept, or a leaf
/// that is no longer in the taxonomy, teaches nothing.
async fn examples(runtime: &Runtime, work: &mut dyn UnitOfWork) -> anyhow::Result<Vec<Example>> {
    let mut examples = Vec::new();
    for correction in work.corrections().await? {
        if runtime.rules().taxonomy.category(&correction.leaf).is_none() {
            continue;
        }
        let Some(record) = work.tip(correction.tip).await? else { continue };
        let text = open_tip(runtime.keys(), correction.tip, &record.tip.content)?.text;
        // Words sent again under another id are one example.
        if !examples.iter().any(|example: &Example| example.text == text) {
            let leaf = correction.leaf.to_string();
            examples.push(Example { leaf, text, weight: CORRECTION_WEIGHT });
        }
    }
    Ok(examples)
}

fn show(champion: &str, learned: &Learned) {
    let (kept, apart) = (learned.learned_from, learned.kept_apart);
    print_line(&format!("corrections: {kept} learned from, {apart} kept apart for measuring"));
    print_line(&format!("in place: {champion}"));
    print_line(&format!("new:      {}", learned.model.version));
    for bout in &learned.bouts {
        print_line(&format!("{}, in place: {}", bout.set, bout.champion));
        print_line(&format!("{}, new:      {}", bout.set, bout.challenger));
    }
    print_line(if learned.holds_up() {
        "the new one is as good or better on every set"
    } else {
        "the new one is worse on at least one set"
    });
}

async fn note(work: &mut dyn UnitOfWork, action: &str, version: &str) -> anyhow::Result<()> {
    let entry = NewAuditRecord {
        at: SystemClock.now(),
        actor: "command line".to_owned(),
        role: "admin".to_owned(),
        action: action.to_owned(),
        object: version.to_owned(),
        reason: String::new(),
    };
    Ok(append_audit(work, vec![entry]).await?)
}
