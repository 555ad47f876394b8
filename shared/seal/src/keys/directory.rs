//! Making, rotating and handing out the key files.

use std::path::{Path, PathBuf};

use dengwen_model::Entropy;
use zeroize::Zeroizing;

use super::key_file::{self, Existing, KeyKind, Keys};
use super::{KeyError, KeyName};
use crate::derive::Secret;
use crate::purpose::{Custodian, Door, Holder, Line};
use crate::{LocalKey, SecretKey, SigningSecret};

/// The folder with the key files of one host.
#[derive(Debug, Clone)]
pub struct KeyDirectory(PathBuf);

/// A kind of host, by the keys that it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    /// The web, telephone and letters doors.
    Door,
    /// The SMS door.
    SmsDoor,
    /// Triage, dispatch and casework.
    Inner,
    /// The console and the administrator's command line, which issue access tokens.
    Issuer,
    /// The identity custodian.
    Custodian,
}

impl HostKind {
    fn may_hold(self, folder: &str) -> bool {
        match folder {
            "public" => true,
            "door" => matches!(self, Self::Door | Self::SmsDoor | Self::Inner),
            "sms" => self == Self::SmsDoor,
            "inner" => self == Self::Inner,
            "issuer" => self == Self::Issuer,
            "custodian" => self == Self::Custodian,
            _ => false,
        }
    }
}

/// The folder of a key's secret.
fn secret_folder(name: KeyName) -> &'static str {
    match name {
        KeyName::Line | KeyName::Index | KeyName::Audit => "inner",
        KeyName::Custodian => "custodian",
        KeyName::Door => "sms",
        KeyName::Receipt | KeyName::Limit => "door",
        KeyName::Token => "issuer",
    }
}

/// The kinds of a key's secret and public halves.
fn kinds(name: KeyName) -> (KeyKind, Option<KeyKind>) {
    match name {
        KeyName::Line | KeyName::Custodian | KeyName::Door => (KeyKind::BoxSecret, Some(KeyKind::BoxPublic)),
        KeyName::Token | KeyName::Audit => (KeyKind::SigningSecret, Some(KeyKind::SigningPublic)),
        KeyName::Receipt | KeyName::Limit | KeyName::Index => (KeyKind::Symmetric, None),
    }
}

impl KeyDirectory {
    /// The key files under this folder, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn secret_path(&self, name: KeyName) -> PathBuf {
        self.0.join(secret_folder(name)).join(format!("{name}.key"))
    }

    fn public_path(&self, name: KeyName) -> PathBuf {
        self.0.join("public").join(format!("{name}.key"))
    }

    /// Makes every key that is wholly missing, and the public half of each secret that is there.
    /// Answers which keys were made; safe to be called by several processes at once.
    ///
    /// A host that was given its keys ([`export`](Self::export)) makes none of its own: a receipt
    /// hashed under a door's own key would be found by nobody.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn generate_missing(&self, entropy: &dyn Entropy) -> Result<Vec<KeyName>, KeyError> {
        let mut made = Vec::new();
        let was_given = self.is_public_half_alone(KeyName::Line)?;
        for name in KeyName::ALL {
            let (path, kind) = (self.secret_path(name), kinds(name).0);
            let missing = key_file::read(&path, kind)?.is_none() && !self.is_public_half_alone(name)?;
            if missing && !was_given {
                let key = generate(name, entropy);
                if key_file::write(&path, kind, &[key], Existing::Keep)? {
                    made.push(name);
                }
            }
            self.publish(name)?;
        }
        Ok(made)
    }

    fn is_public_half_alone(&self, name: KeyName) -> Result<bool, KeyError> {
        let (secret, Some(public)) = kinds(name) else { return Ok(false) };
        let public = key_file::read(&self.public_path(name), public)?;
        Ok(public.is_some() && key_file::read(&self.secret_path(name), secret)?.is_none())
    }

    /// The key that this host keeps for itself under this name (lower-case letters), made where it is not
    /// there yet. It is never exported: what it sealed opens on this host alone.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn local(&self, name: &'static str, entropy: &dyn Entropy) -> Result<LocalKey, KeyError> {
        let path = self.0.join("local").join(format!("{name}.key"));
        if key_file::read(&path, KeyKind::Symmetric)?.is_none() {
            let key = Zeroizing::new(Secret::generate(entropy).as_bytes().to_vec());
            key_file::write(&path, KeyKind::Symmetric, &[key], Existing::Keep)?;
        }
        let keys = required(&path, KeyKind::Symmetric)?;
        let secret = keys.last().and_then(|key| Secret::from_bytes(key));
        let malformed = KeyError::Malformed { path, line: 0, wanted: "valid" };
        secret.map(LocalKey::of).ok_or(malformed)
    }

    /// Makes a new current key and keeps the earlier ones for what they sealed or signed. Restart
    /// the services that hold the secret first, then the doors: a door may go on sealing to the
    /// earlier key.
    ///
    /// # Errors
    /// [`KeyError::NotRotatable`] for the receipt and index keys, under which hashes are stored;
    /// [`KeyError::Missing`] on a host that does not hold the secret.
    pub fn rotate(&self, name: KeyName, entropy: &dyn Entropy) -> Result<(), KeyError> {
        let mut keys = match name {
            KeyName::Receipt | KeyName::Index => return Err(KeyError::NotRotatable(name)),
            // Quota tokens live a day at most; the old salt must not outlive them.
            KeyName::Limit => Keys::new(),
            _ => self.secrets(name)?,
        };
        keys.push(generate(name, entropy));
        key_file::write(&self.secret_path(name), kinds(name).0, &keys, Existing::Replace)?;
        self.publish(name)
    }

    /// Copies what a host of this kind may hold to another folder, for instance one that is
    /// carried to a door host.
    ///
    /// # Errors
    /// [`KeyError::Missing`] where this host does not hold all of it itself.
    pub fn export(&self, host: HostKind, folder: impl Into<PathBuf>) -> Result<Self, KeyError> {
        let target = Self::new(folder);
        for name in KeyName::ALL {
            let (secret_kind, public_kind) = kinds(name);
            if let Some(kind) = public_kind {
                let keys = required(&self.public_path(name), kind)?;
                key_file::write(&target.public_path(name), kind, &keys, Existing::Replace)?;
            }
            if host.may_hold(secret_folder(name)) {
                let keys = self.secrets(name)?;
                key_file::write(&target.secret_path(name), secret_kind, &keys, Existing::Replace)?;
            }
        }
        Ok(target)
    }

    /// Secrets of this name, oldest first.
    pub(super) fn secrets(&self, name: KeyName) -> Result<Keys, KeyError> {
        required(&self.secret_path(name), kinds(name).0)
    }

    /// Public keys of this name, oldest first.
    pub(super) fn publics(&self, name: KeyName) -> Result<Keys, KeyError> {
        match kinds(name).1 {
            Some(kind) => required(&self.public_path(name), kind),
            None => Err(KeyError::Missing { path: self.public_path(name) }),
        }
    }

    pub(super) fn malformed_secret(&self, name: KeyName) -> KeyError {
        KeyError::Malformed { path: self.secret_path(name), line: 0, wanted: "valid" }
    }

    pub(super) fn malformed_public(&self, name: KeyName) -> KeyError {
        KeyError::Malformed { path: self.public_path(name), line: 0, wanted: "valid" }
    }

    /// Brings the public file in line with the secret one, where this host holds the secret.
    fn publish(&self, name: KeyName) -> Result<(), KeyError> {
        let (secret_kind, Some(public_kind)) = kinds(name) else { return Ok(()) };
        let Some(secrets) = key_file::read(&self.secret_path(name), secret_kind)? else { return Ok(()) };
        let publics = secrets.iter().map(|secret| public_half(name, secret)).collect::<Option<Keys>>();
        let publics = publics.ok_or_else(|| self.malformed_secret(name))?;
        let path = self.public_path(name);
        if key_file::read(&path, public_kind)?.as_ref() != Some(&publics) {
            key_file::write(&path, public_kind, &publics, Existing::Replace)?;
        }
        Ok(())
    }
}

fn required(path: &Path, kind: KeyKind) -> Result<Keys, KeyError> {
    key_file::read(path, kind)?.ok_or_else(|| KeyError::Missing { path: path.to_owned() })
}

fn generate(name: KeyName, entropy: &dyn Entropy) -> Zeroizing<Vec<u8>> {
    match name {
        KeyName::Line => SecretKey::<Line>::generate(entropy).to_bytes(),
        KeyName::Custodian => SecretKey::<Custodian>::generate(entropy).to_bytes(),
        KeyName::Door => SecretKey::<Door>::generate(entropy).to_bytes(),
        KeyName::Token | KeyName::Audit => SigningSecret::generate(entropy).to_bytes(),
        KeyName::Receipt | KeyName::Limit | KeyName::Index => {
            Zeroizing::new(Secret::generate(entropy).as_bytes().to_vec())
        }
    }
}

fn public_half(name: KeyName, secret: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    fn of<H: Holder>(secret: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        SecretKey::<H>::from_bytes(secret).map(|key| Zeroizing::new(key.public().to_bytes()))
    }
    match name {
        KeyName::Line => of::<Line>(secret),
        KeyName::Custodian => of::<Custodian>(secret),
        KeyName::Door => of::<Door>(secret),
        KeyName::Token | KeyName::Audit => {
            SigningSecret::from_bytes(secret).map(|key| Zeroizing::new(key.public_bytes().to_vec()))
        }
        KeyName::Receipt | KeyName::Limit | KeyName::Index => None,
    }
}
