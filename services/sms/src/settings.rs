//! The `[sms]` table of the settings: options of the door, and `[sms.gateways]` with one table for each gateway.
//!
//! ```toml
//! [sms]
//! public_url = "https://tips.example.org"
//!
//! [sms.gateways.main]
//! kind = "twilio"
//! auth_token_file = "/etc/dengwen/twilio"
//! ```

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;

use crate::assembly::Waits;
use crate::gateway::{Gateway, Registry, Settings, SettingsError};

/// The table is wrong: which gateway and which setting.
#[derive(Debug, thiserror::Error)]
pub enum SmsSettingsError {
    /// A gateway's settings.
    #[error("[sms.gateways.{name}]: {error}")]
    Gateway {
        /// Its name.
        name: String,
        /// What is wrong; the message says it already, so it is no source.
        error: SettingsError,
    },
    /// A name that would not do in a path.
    #[error("[sms.gateways.{0}]: a gateway's name is of a-z, 0-9 and -, at most 32 characters")]
    Name(String),
    /// An option of the door.
    #[error("[sms]: {0}")]
    Option(String),
}

/// Options of the SMS door.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The address that vendors call, for every gateway that has none of its own.
    pub public_url: Option<String>,
    /// The address of the line's form, told to whoever sends a picture, for every gateway that has none of its own.
    /// It names the line on the reporter's telephone: left out unless the operator wants that.
    pub web_url: Option<String>,
    /// Minutes that the other parts of a long message are waited for.
    pub parts_minutes: u32,
    /// Hours in which a late part still completes a message that was taken as it stood.
    pub late_hours: u32,
    /// Minutes within which messages of one number are joined into one tip; 0: each is a tip.
    pub join_minutes: u32,
    /// Most minutes that joining puts a tip off.
    pub join_at_most_minutes: u32,
    /// Replies that one number gets in an hour at most.
    pub replies_per_hour: NonZeroU32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_url: None,
            web_url: None,
            parts_minutes: 10,
            late_hours: 24,
            join_minutes: 0,
            join_at_most_minutes: 30,
            replies_per_hour: NonZeroU32::new(5).unwrap_or(NonZeroU32::MIN),
        }
    }
}

impl Options {
    /// The waits of the intake.
    pub fn waits(&self) -> Waits {
        let minutes = |count: u32| SignedDuration::from_mins(count.into());
        Waits {
            parts: minutes(self.parts_minutes),
            late: SignedDuration::from_hours(self.late_hours.into()),
            join: minutes(self.join_minutes),
            join_at_most: minutes(self.join_at_most_minutes),
        }
    }
}

/// The gateways by name.
#[derive(Debug, Default)]
pub struct Gateways(BTreeMap<String, Gateway>);

impl Gateways {
    /// The gateway of that name.
    pub fn get(&self, name: &str) -> Option<&Gateway> {
        self.0.get(name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Gateway> {
        self.0.values()
    }
}

/// Reads the `[sms]` table.
///
/// # Errors
/// [`SmsSettingsError`] naming the gateway and the setting, never a value.
pub fn read(table: &toml::Table, registry: &Registry) -> Result<(Options, Gateways), SmsSettingsError> {
    let mut options = table.clone();
    let gateways = match options.remove("gateways") {
        None => toml::Table::new(),
        Some(toml::Value::Table(gateways)) => gateways,
        Some(_) => return Err(SmsSettingsError::Option("`gateways` is not a table of gateways".to_owned())),
    };
    let options: Options =
        options.try_into().map_err(|error| SmsSettingsError::Option(error.message().to_owned()))?;
    let open = |(name, value): (&String, &toml::Value)| {
        Ok((name.clone(), gateway(name, value, &options, registry)?))
    };
    let gateways = gateways.iter().map(open).collect::<Result<_, SmsSettingsError>>()?;
    Ok((options, Gateways(gateways)))
}

fn gateway(
    name: &str,
    value: &toml::Value,
    options: &Options,
    registry: &Registry,
) -> Result<Gateway, SmsSettingsError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 32 || !name.chars().all(plain) {
        return Err(SmsSettingsError::Name(name.to_owned()));
    }
    let wrong = |error| SmsSettingsError::Gateway { name: name.to_owned(), error };
    let values: BTreeMap<String, Value> = value
        .clone()
        .try_into()
        .map_err(|_| wrong(SettingsError::Wrong("kind", "in a table of texts, numbers and lists")))?;
    let mut settings = Settings::new(values);
    if let Some(url) = &options.public_url {
        settings.default_to("public_url", url.as_str());
    }
    if let Some(url) = &options.web_url {
        settings.default_to("web_url", url.as_str());
    }
    let kind = settings.required("kind").map_err(wrong)?;
    registry.open(name, &kind, &mut settings).map_err(wrong)
}

/// Checks the `[sms]` table; how many gateways it sets up.
///
/// # Errors
/// As [`read`].
pub fn check_settings(table: &toml::Table) -> Result<usize, SmsSettingsError> {
    read(table, &Registry::default()).map(|(_, gateways)| gateways.0.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<usize, String> {
        check_settings(&text.parse().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn gateways_and_options_stand_in_one_table() {
        let text = r#"
            public_url = "https://tips.example.org"
            join_minutes = 3
            [gateways.main]
            kind = "twilio"
            auth_token = "t"
            [gateways.spare]
            kind = "aliyun"
            path_secret = "s"
            allow_from = ["203.0.113.0/24"]
        "#;
        assert_eq!(check(text), Ok(2));
        assert_eq!(check(""), Ok(0));
    }

    #[test]
    fn what_is_wrong_is_named_and_never_quoted() {
        for (text, wanted) in [
            (
                "[gateways.main]\nkind = \"twilio\"\nauth_token = \"t0ken\"",
                "[sms.gateways.main]: the setting `public_url` is missing",
            ),
            ("[gateways.main]\nkind = \"twillio\"", "[sms.gateways.main]: unknown kind of gateway"),
            (
                "[gateways.main]\nkind = \"vonage\"",
                "[sms.gateways.main]: the setting `signature_secret` is missing",
            ),
            (
                "[gateways.main]\nkind = \"bird\"\npublic_url = \"h\"\nsigning_key = \"t0ken\"",
                "`public_url` is not",
            ),
            ("[gateways.Main]\nkind = \"kannel\"", "a gateway's name"),
            ("joinminutes = 3", "[sms]: "),
            (
                "[gateways.m]\nkind = \"kannel\"\npath_secret = \"t0ken\"\nreply_text = \"ok\"",
                "`reply_text` is not",
            ),
            (
                "web_url = \"tips\"\n[gateways.m]\nkind = \"kannel\"\npath_secret = \"t0ken\"",
                "`web_url` is not",
            ),
            (
                "[gateways.m]\nkind = \"kannel\"\npath_secret = \"t0ken\"\nreplies = true",
                "`replies` is not possible",
            ),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(wanted) && !error.contains("t0ken"), "{text}: {error}");
        }
    }
}
