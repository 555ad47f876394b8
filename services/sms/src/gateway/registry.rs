//! The kinds that can be named in the settings.

use super::access::Access;
use super::{Gateway, KINDS, Kind, PublicUrl, Settings, SettingsError, Signature};
use crate::opt_out::OptOutWords;
use crate::reply::ReplySettings;

/// Opens gateways by the name of their kind.
#[derive(Clone)]
pub struct Registry {
    kinds: Vec<Kind>,
}

impl Default for Registry {
    fn default() -> Self {
        Self { kinds: KINDS.to_vec() }
    }
}

impl Registry {
    /// The same with one kind more; a kind of the same name is replaced.
    #[must_use]
    pub fn with(mut self, kind: Kind) -> Self {
        self.kinds.retain(|known| known.name != kind.name);
        self.kinds.push(kind);
        self
    }

    /// The names of all kinds.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.kinds.iter().map(|kind| kind.name)
    }

    /// The kind of that name.
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.name == name)
    }

    /// Sets a gateway up. A gateway whose requests cannot be believed is not set up at all: a kind that
    /// signs needs its secret, and one that does not needs a secret path, a password or an address list.
    ///
    /// # Errors
    /// The setting that is missing, unknown or wrong, by name and never by value.
    pub fn open(&self, name: &str, kind: &str, settings: &mut Settings) -> Result<Gateway, SettingsError> {
        let kind = self.kind(kind).ok_or(SettingsError::UnknownKind)?;
        let access = Access::open(kind, settings)?;
        let public = PublicUrl::open(kind, settings)?;
        let opt_out = OptOutWords::open(kind.chinese, settings)?;
        let vendor = (kind.open)(settings)?;
        let unsigned = match kind.signed {
            Signature::Always => false,
            Signature::ByAccount => !settings.flag("require_signature", true)?,
            Signature::WithKey => !settings.has_secrets("signing_key", "signing_keys"),
            Signature::Never => true,
        };
        if unsigned && !access.is_guarded() {
            return Err(SettingsError::Unguarded);
        }
        let replies = ReplySettings::open(vendor.as_ref(), settings)?;
        settings.finish()?;
        Ok(Gateway { name: name.to_owned(), kind: kind.name, access, public, opt_out, replies, vendor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_contract_is_there() {
        let mut names: Vec<_> = Registry::default().names().collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "aliyun",
                "android-sms-gateway",
                "bird",
                "huawei",
                "infobip",
                "jasmin",
                "kannel",
                "messagebird",
                "plivo",
                "standard-webhooks",
                "tencent",
                "twilio",
                "vonage",
                "vonage-messages"
            ]
        );
    }

    #[test]
    fn a_gateway_that_nothing_guards_is_not_opened() {
        for kind in KINDS {
            let opened = Registry::default().open("g", kind.name, &mut Settings::default());
            assert!(opened.is_err(), "{} opens without any secret", kind.name);
        }
    }

    #[test]
    fn an_unknown_setting_is_named() {
        let mut settings = Settings::from_pairs([("path_secret", "s"), ("colour", "red")]);
        let error = Registry::default().open("g", "aliyun", &mut settings).unwrap_err();
        assert_eq!(error, SettingsError::Unknown("colour".into()));
    }
}
