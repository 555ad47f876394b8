//! The phone desk's own settings, the table `[phone]`.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

/// What can be set. `deploy/dengwen.example.toml` shows and explains each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PhoneSettings {
    /// The folder where the exchange puts recordings; empty: none is watched.
    pub(crate) recording_folder: Option<PathBuf>,
    /// Seconds between two looks into it.
    pub(crate) recording_folder_seconds: NonZeroU32,
    /// Working days within which a recorded call is to be written up.
    pub(crate) write_up_working_days: u32,
}

impl Default for PhoneSettings {
    fn default() -> Self {
        Self {
            recording_folder: None,
            recording_folder_seconds: NonZeroU32::MIN.saturating_add(4),
            write_up_working_days: 1,
        }
    }
}

impl PhoneSettings {
    /// Reads the table.
    ///
    /// # Errors
    /// Names the key that is wrong.
    pub(crate) fn read(table: &toml::Table) -> anyhow::Result<Self> {
        table.clone().try_into().context("[phone]")
    }

    pub(crate) fn pace(&self) -> Duration {
        Duration::from_secs(self.recording_folder_seconds.get().into())
    }
}
