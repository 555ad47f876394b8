//! The letter desk's own settings, the table `[letters]`.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

/// What can be set. `deploy/dengwen.example.toml` shows and explains each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LettersSettings {
    /// The folder where scanners put what they scan; empty: none is watched.
    pub(crate) scan_folder: Option<PathBuf>,
    /// Seconds between two looks into it.
    pub(crate) scan_folder_seconds: NonZeroU32,
    /// Whether scans are read by Tesseract where it is installed.
    pub(crate) read_scans: bool,
    /// Where e-mails come in; empty: nowhere.
    pub(crate) mailbox: Option<MailboxSettings>,
}

impl Default for LettersSettings {
    fn default() -> Self {
        Self {
            scan_folder: None,
            scan_folder_seconds: NonZeroU32::MIN.saturating_add(4),
            read_scans: true,
            mailbox: None,
        }
    }
}

/// An IMAP mailbox.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailboxSettings {
    /// The server's name, which its certificate must bear.
    pub(crate) host: String,
    /// Its port; TLS from the first byte.
    #[serde(default = "imaps")]
    pub(crate) port: u16,
    /// The account.
    pub(crate) user: String,
    /// A file with its password.
    pub(crate) password_file: PathBuf,
    /// The mailbox that is read.
    #[serde(default = "inbox")]
    pub(crate) mailbox: String,
    /// The mailbox where messages go that were taken; empty: they stay, marked as seen.
    #[serde(default)]
    pub(crate) move_to: Option<String>,
    /// Seconds between two looks.
    #[serde(default = "minute")]
    pub(crate) seconds: NonZeroU32,
    /// A file with the certificates (PEM) that are trusted; empty: those of the system.
    #[serde(default)]
    pub(crate) ca_file: Option<PathBuf>,
}

fn imaps() -> u16 {
    993
}

fn inbox() -> String {
    "INBOX".to_owned()
}

fn minute() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(59)
}

impl LettersSettings {
    /// Reads the table.
    ///
    /// # Errors
    /// Names the key that is wrong.
    pub(crate) fn read(table: &toml::Table) -> anyhow::Result<Self> {
        let settings: Self = table.clone().try_into().context("[letters]")?;
        if let Some(mailbox) = &settings.mailbox {
            mailbox.password()?;
        }
        Ok(settings)
    }

    pub(crate) fn folder_pace(&self) -> Duration {
        Duration::from_secs(self.scan_folder_seconds.get().into())
    }
}

impl MailboxSettings {
    /// The account's password.
    pub(crate) fn password(&self) -> anyhow::Result<String> {
        let text = std::fs::read_to_string(&self.password_file)
            .context("letters.mailbox.password_file cannot be read")?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    pub(crate) fn pace(&self) -> Duration {
        Duration::from_secs(self.seconds.get().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<LettersSettings> {
        LettersSettings::read(&text.parse().unwrap())
    }

    #[test]
    fn an_empty_table_watches_nothing() {
        let settings = read("").unwrap();
        assert!(settings.scan_folder.is_none() && settings.mailbox.is_none() && settings.read_scans);
        assert_eq!(settings.folder_pace(), Duration::from_secs(5));
    }

    #[test]
    fn a_wrong_key_is_named() {
        for (text, named) in [
            ("scan_foldr = 'x'", "scan_foldr"),
            ("scan_folder_seconds = 0", "nonzero"),
            ("[mailbox]\nhost = 'h'\nuser = 'u'", "password_file"),
            ("[mailbox]\nhost = 'h'\nuser = 'u'\npassword_file = '/nowhere'", "password_file"),
        ] {
            let error = format!("{:#}", read(text).unwrap_err());
            assert!(error.contains(named), "{error}");
        }
    }
}
