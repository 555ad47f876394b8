//! The 12380 phone desk (电话受理): one call at a time, call logs by CSV or XLSX, and calls that were recorded
//! while nobody was there.

mod call;
mod desk;
mod form;
mod heard;
mod playback;
mod recordings;
mod settings;

use std::sync::Arc;

use axum::Router;
use dengwen_clerk::{Folder, More};
use dengwen_rules::{Period, PeriodUnit, Rules};
use dengwen_service::{DoorRuntime, Settings};
use utoipa::OpenApi;

use crate::call::CallIn;
use crate::desk::{Documented, Phone};
use crate::heard::Heard;
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
    let pace = settings.pace();
    let folder = settings.recording_folder.map(|path| Folder::new(path, pace));
    if let Some(folder) = &folder {
        process.spawn(folder.clone().watch(recordings.clone(), process.shutdown().clone()));
    }
    let phone = Phone {
        door: runtime.door().clone(),
        heard: Heard::default(),
        recordings: recordings.clone(),
        folder,
        rules: Rules::built_in()?,
        write_up_within: Period::new(settings.write_up_working_days, PeriodUnit::WorkingDay)?,
    };
    let more = More { routes: desk::routes(phone, runtime), document: Documented::openapi() };
    dengwen_clerk::router_with::<CallIn>(runtime, Arc::new(recordings), more)
}

/// Checks the table `[phone]`.
///
/// # Errors
/// Names the key that is wrong.
pub fn check_settings(settings: &Settings) -> anyhow::Result<()> {
    PhoneSettings::read(&settings.phone).map(drop)
}
