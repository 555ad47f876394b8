//! The 12380 phone desk (电话受理): one call at a time, call logs by CSV or XLSX, and calls that were recorded
//! while nobody was there, or that the exchange's records tell of.

mod call;
mod calls;
mod cdr;
mod desk;
mod exchange;
mod form;
mod heard;
mod paperwork;
mod playback;
mod recordings;
mod settings;
mod sound;
mod unplayable;
mod untaken;

use std::sync::Arc;

use axum::Router;
use dengwen_clerk::{Folder, More};
use dengwen_rules::{Period, PeriodUnit, Rules};
use dengwen_service::{DoorRuntime, Settings};
use utoipa::OpenApi;

use crate::call::CallIn;
use crate::calls::Calls;
use crate::desk::{Documented, Phone};
use crate::exchange::Exchange;
use crate::heard::Heard;
use crate::paperwork::Unwritten;
use crate::recordings::Recordings;
use crate::settings::PhoneSettings;

/// Starts the phone desk.
///
/// # Errors
/// Where its settings are wrong, or its files cannot be used.
pub fn start(runtime: &DoorRuntime) -> anyhow::Result<Router> {
    let process = runtime.process();
    let settings = PhoneSettings::read(&process.settings().phone)?;
    let recordings = Recordings::open(runtime)?;
    let calls = Calls::open(runtime, settings.lines.clone())?;
    let exchange = settings.call_records_secret()?.map(Exchange::new);
    let pace = settings.pace();
    let folder = settings.recording_folder.map(|path| Folder::new(path, pace, process.shared_clock()));
    if let Some(folder) = &folder {
        process.spawn(folder.clone().watch(recordings.clone(), process.shutdown().clone()));
    }
    let phone = Phone {
        door: runtime.door().clone(),
        heard: Heard::default(),
        recordings: recordings.clone(),
        calls: calls.clone(),
        exchange,
        folder,
        rules: Rules::built_in()?,
        write_up_within: Period::new(settings.write_up_working_days, PeriodUnit::WorkingDay)?,
    };
    let mut document = Documented::openapi();
    document.merge(exchange::Documented::openapi());
    let more = More { routes: desk::routes(phone, runtime), document };
    dengwen_clerk::router_with::<CallIn>(runtime, Arc::new(Unwritten { recordings, calls }), more)
}

/// Checks the table `[phone]`.
///
/// # Errors
/// Names the key that is wrong.
pub fn check_settings(settings: &Settings) -> anyhow::Result<()> {
    PhoneSettings::read(&settings.phone).map(drop)
}
