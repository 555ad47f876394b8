//! The letter desk (来信来访): letters, visits and e-mails. Registered by a clerk, one at a time or by table;
//! scans come in by upload or from a watched folder, e-mails from a mailbox.

mod attach;
mod desk;
mod form;
mod label;
mod letter;
mod mail;
mod numbers;
mod programs;
mod reading;
mod scan;
mod scans;
mod settings;

use std::sync::Arc;

use axum::Router;
use dengwen_clerk::{Folder, More};
use dengwen_service::{DoorRuntime, Settings};
use utoipa::OpenApi;

use crate::attach::Attacher;
use crate::desk::{Documented, Letters};
use crate::letter::LetterIn;
use crate::mail::Collector;
use crate::numbers::Numbers;
use crate::programs::Programs;
use crate::reading::Reader;
use crate::scans::Scans;
use crate::settings::LettersSettings;

/// Starts the letter desk.
///
/// # Errors
/// Where its settings are wrong, or its files cannot be used.
pub fn start(runtime: &DoorRuntime) -> anyhow::Result<Router> {
    let process = runtime.process();
    let settings = LettersSettings::read(&process.settings().letters)?;
    let numbers = Numbers::open(&process.settings().data, runtime.door().name())?;
    let scans = Scans::open(runtime, numbers.clone())?;
    let attacher = Attacher::new(runtime, numbers.clone());
    let stop = process.shutdown();
    process.spawn(Reader::new(scans.clone(), attacher.clone(), settings.read_scans).run(stop.clone()));
    let pace = settings.folder_pace();
    let folder = settings.scan_folder.map(|path| Folder::new(path, pace, process.shared_clock()));
    if let Some(folder) = &folder {
        process.spawn(folder.clone().watch(scans.clone(), stop.clone()));
    }
    if let Some(mailbox) = settings.mailbox {
        process.spawn(Collector::new(mailbox, runtime).run(stop.clone()));
    }
    let letters = Letters { scans: scans.clone(), attacher, numbers, folder };
    let more = More { routes: desk::routes(letters, runtime), document: Documented::openapi() };
    dengwen_clerk::router_with::<LetterIn>(runtime, Arc::new(scans), more)
}

/// Checks the table `[letters]`.
///
/// # Errors
/// Names the key that is wrong.
pub fn check_settings(settings: &Settings) -> anyhow::Result<()> {
    LettersSettings::read(&settings.letters).map(drop)
}

/// Debian packages of the programs that read scans and are not installed here. The desk works without them,
/// and does not offer what needs them.
pub async fn missing_programs() -> Vec<&'static str> {
    Programs::find().await.missing()
}
