//! The phone desk's own settings, the table `[phone]`.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

/// Shortest secret, in bytes: what nobody guesses.
const LEAST_SECRET: usize = 16;

/// What can be set. `deploy/dengwen.example.toml` shows and explains each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PhoneSettings {
    /// The folder where the exchange puts recordings; empty: none is watched.
    pub(crate) recording_folder: Option<PathBuf>,
    /// Seconds between two looks into it.
    pub(crate) recording_folder_seconds: NonZeroU32,
    /// Working days within which a recorded call is to be written up, or a caller called back.
    pub(crate) write_up_working_days: u32,
    /// What the line is called in the exchange's call records.
    pub(crate) lines: Vec<String>,
    /// The secret by which the exchange sends call records; unset: it may send none.
    pub(crate) call_records_secret_file: Option<PathBuf>,
}

impl Default for PhoneSettings {
    fn default() -> Self {
        Self {
            recording_folder: None,
            recording_folder_seconds: NonZeroU32::MIN.saturating_add(4),
            write_up_working_days: 1,
            lines: vec!["12380".to_owned()],
            call_records_secret_file: None,
        }
    }
}

impl PhoneSettings {
    /// Reads the table.
    ///
    /// # Errors
    /// Names the key that is wrong.
    pub(crate) fn read(table: &toml::Table) -> anyhow::Result<Self> {
        let settings: Self = table.clone().try_into().context("[phone]")?;
        settings.call_records_secret()?;
        Ok(settings)
    }

    /// The secret by which the exchange sends call records.
    pub(crate) fn call_records_secret(&self) -> anyhow::Result<Option<String>> {
        let Some(path) = &self.call_records_secret_file else { return Ok(None) };
        let text = std::fs::read_to_string(path).context("phone.call_records_secret_file cannot be read")?;
        let secret = text.trim_end_matches(['\r', '\n']);
        anyhow::ensure!(
            secret.len() >= LEAST_SECRET,
            "phone.call_records_secret_file: shorter than {LEAST_SECRET} bytes"
        );
        Ok(Some(secret.to_owned()))
    }

    pub(crate) fn pace(&self) -> Duration {
        Duration::from_secs(self.recording_folder_seconds.get().into())
    }
}
