//! The settings of one gateway: a flat table that remembers which of its keys were asked for, so that a
//! mistyped key is an error and not a silent default.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Secret;

/// A gateway's settings are wrong. Names settings, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No such kind of gateway.
    #[error("unknown kind of gateway")]
    UnknownKind,
    /// A setting is needed.
    #[error("the setting `{0}` is missing")]
    Missing(&'static str),
    /// A setting is there but cannot be used.
    #[error("the setting `{0}` is not {1}")]
    Wrong(&'static str, &'static str),
    /// A setting that this kind does not have.
    #[error("unknown setting `{0}`")]
    Unknown(String),
    /// The file of a `*_file` setting cannot be read.
    #[error("the file of the setting `{0}` cannot be read")]
    Unreadable(String),
    /// Requests are not signed, and nothing else guards the gateway.
    #[error(
        "requests are not signed: set `path_secret`, `basic_user` with `basic_password`, or `allow_from` (or `require_signature = true` with its secret)"
    )]
    Unguarded,
}

/// The table of one gateway.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    values: BTreeMap<String, Value>,
    asked: BTreeSet<String>,
    lenient: bool,
}

impl Settings {
    /// From the settings file's table.
    pub fn new(values: BTreeMap<String, Value>) -> Self {
        Self { values, ..Self::default() }
    }

    /// The same, but keys that nobody asks for are left alone (dry runs, whose cases carry notes).
    pub fn lenient(values: BTreeMap<String, Value>) -> Self {
        Self { values, lenient: true, ..Self::default() }
    }

    /// From text settings.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::new(pairs.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect())
    }

    /// Sets a value where none is.
    pub fn default_to(&mut self, key: &str, value: impl Into<Value>) {
        self.values.entry(key.to_owned()).or_insert_with(|| value.into());
    }

    /// Whether the setting is there.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    fn ask(&mut self, key: &str) -> Option<&Value> {
        self.asked.insert(key.to_owned());
        self.values.get(key)
    }

    /// An optional text.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`] where it is no text.
    pub fn text(&mut self, key: &'static str) -> Result<Option<String>, SettingsError> {
        match self.ask(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(SettingsError::Wrong(key, "a text")),
        }
    }

    /// A required text.
    ///
    /// # Errors
    /// [`SettingsError::Missing`] or as [`Settings::text`].
    pub fn required(&mut self, key: &'static str) -> Result<String, SettingsError> {
        self.text(key)?.filter(|text| !text.is_empty()).ok_or(SettingsError::Missing(key))
    }

    /// A yes or no.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`].
    pub fn flag(&mut self, key: &'static str, default: bool) -> Result<bool, SettingsError> {
        match self.ask(key) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(SettingsError::Wrong(key, "true or false")),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`].
    pub fn number(&mut self, key: &'static str) -> Result<Option<u64>, SettingsError> {
        match self.ask(key) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or(SettingsError::Wrong(key, "a whole number")),
        }
    }

    /// A list of texts; one text is a list of one.
    ///
    /// # Errors
    /// [`SettingsError::Wrong`].
    pub fn list(&mut self, key: &'static str) -> Result<Option<Vec<String>>, SettingsError> {
        let wrong = SettingsError::Wrong(key, "a list of texts");
        match self.ask(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .map(Some)
                .ok_or(wrong),
            Some(_) => Err(wrong),
        }
    }

    /// An optional secret, given by value or as `<key>_file`.
    ///
    /// # Errors
    /// [`SettingsError::Unreadable`] or [`SettingsError::Wrong`].
    pub fn secret(&mut self, key: &'static str) -> Result<Option<Secret>, SettingsError> {
        let file_key = format!("{key}_file");
        self.asked.insert(file_key.clone());
        if let Some(Value::String(path)) = self.values.get(&file_key) {
            let text = std::fs::read_to_string(path).map_err(|_| SettingsError::Unreadable(file_key))?;
            return Ok(Some(Secret::from_bytes(text.trim_end_matches(['\r', '\n']))));
        }
        Ok(self.text(key)?.filter(|text| !text.is_empty()).map(Secret::from_bytes))
    }

    /// A required secret.
    ///
    /// # Errors
    /// [`SettingsError::Missing`] or as [`Settings::secret`].
    pub fn required_secret(&mut self, key: &'static str) -> Result<Secret, SettingsError> {
        self.secret(key)?.ok_or(SettingsError::Missing(key))
    }

    /// Whether a secret stands under `one`, `<one>_file` or the list `many`.
    pub fn has_secrets(&self, one: &str, many: &str) -> bool {
        [one, &format!("{one}_file"), many].into_iter().any(|key| self.has(key))
    }

    /// The live secrets under `one` and the list `many` (a rotation has two); at least one.
    ///
    /// # Errors
    /// [`SettingsError::Missing`] or as [`Settings::secret`].
    pub fn secrets(&mut self, one: &'static str, many: &'static str) -> Result<Vec<Secret>, SettingsError> {
        let mut secrets: Vec<Secret> = self.secret(one)?.into_iter().collect();
        let more = self.list(many)?.unwrap_or_default();
        secrets.extend(more.into_iter().filter(|text| !text.is_empty()).map(Secret::from_bytes));
        if secrets.is_empty() { Err(SettingsError::Missing(one)) } else { Ok(secrets) }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`SettingsError::Unknown`] with the first key that nobody asked for.
    pub fn finish(&self) -> Result<(), SettingsError> {
        match self.values.keys().find(|key| !self.asked.contains(*key)) {
            Some(key) if !self.lenient => Err(SettingsError::Unknown(key.clone())),
            _ => Ok(()),
        }
    }
}
