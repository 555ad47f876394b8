//! Settings: a TOML file, then the environment. Unknown keys are an error that names the key.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use dengwen_model::{DoorName, UnitCode};
use serde::Deserialize;

/// Everything that can be set. `deploy/dengwen.example.toml` shows and explains each key.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the process keeps its files.
    pub data: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// `sqlite://PATH` or `postgres://…`; empty for `<data>/ledger.db`.
    pub ledger_url: String,
    /// `embedded:` or `amqp://…`, `amqps://…`.
    pub queue_url: String,
    /// `memory:` or `redis://…`.
    pub cache_url: String,
    /// `file://PATH` or `s3://BUCKET/PREFIX`; empty for `<data>/objects`.
    pub objects_url: String,
    /// The line itself.
    pub line: LineSettings,
    /// What a source may send.
    pub limits: LimitSettings,
    /// The doors' common settings.
    pub door: DoorSettings,
    /// Directory with rules files that replace the built-in ones of the same name.
    pub rules: Option<PathBuf>,
    /// SMS gateways by name; each door kind reads its own table.
    pub sms: toml::Table,
    /// What the letter desk watches and reads.
    pub letters: toml::Table,
    /// The phone desk; it reads its own table.
    pub phone: toml::Table,
    /// How the desk works.
    pub desk: DeskSettings,
    /// How triage works.
    pub triage: TriageSettings,
    /// Where each setting came from that was not in the file, for `dengwen check`.
    #[serde(skip)]
    pub sources: BTreeMap<String, String>,
}

/// Whose line it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineSettings {
    /// The department that receives the tips (接收机构).
    pub received_by: UnitCode,
    /// `wide` takes the conditional categories up, `narrow` refers them (domain.md 2.1).
    pub scope: ScopeProfile,
}

/// Width of the acceptance scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScopeProfile {
    /// Conditional categories are referred.
    Narrow,
    /// Conditional categories are accepted.
    Wide,
}

/// Limits a source.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Tips a source may send in a day (real sites: 5, some 3).
    pub tips_per_day: u32,
    /// Receipt look-ups a source may make in an hour.
    pub lookups_per_hour: u32,
    /// No limits: for load tests on loopback. Set by the environment only.
    #[serde(skip)]
    pub dangerous_limits_off: bool,
}

/// What all doors share.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoorSettings {
    /// This process's door name; empty: its kind and a random part kept under `<data>`.
    pub name: Option<DoorName>,
    /// Where casework answers for receipts, as `http://casework:8380`.
    pub casework_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed, as CIDR blocks.
    pub trusted_proxies: Vec<String>,
    /// Seconds after which a tip that the ledger has not answered for is sent again at the soonest; each
    /// further time doubles, up to six hours.
    pub resend_after_s: u32,
    /// Largest text of a tip, in characters.
    pub max_text_chars: usize,
    /// Largest file, in bytes.
    pub max_file_bytes: usize,
    /// Files a tip may bring.
    pub max_files: usize,
    /// Hours for which a clerk's draft is kept after it was last saved.
    pub draft_hours: u32,
}

/// How the desk works.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeskSettings {
    /// Longest lease, in minutes.
    pub max_lease_minutes: u32,
    /// Seconds between two looks of the clock at the deadlines.
    pub clock_scan_s: u32,
    /// Seconds after which a case that nobody can get hold of is handed over again: the broker may have lost
    /// the message about it.
    pub left_behind_s: u32,
}

/// How triage works.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TriageSettings {
    /// Most memory, in MiB, for the part of the index that a replica holds; 0 for none.
    pub index_memory_mib: u32,
}

impl Default for Settings {
    #[expect(clippy::expect_used, reason = "a constant address parses")]
    fn default() -> Self {
        Self {
            data: PathBuf::from("dengwen-data"),
            listen: "127.0.0.1:8380".parse().expect("a constant address"),
            ledger_url: String::new(),
            queue_url: "embedded:".to_owned(),
            cache_url: "memory:".to_owned(),
            objects_url: String::new(),
            line: LineSettings::default(),
            limits: LimitSettings::default(),
            door: DoorSettings::default(),
            rules: None,
            sms: toml::Table::new(),
            letters: toml::Table::new(),
            phone: toml::Table::new(),
            desk: DeskSettings::default(),
            triage: TriageSettings::default(),
            sources: BTreeMap::new(),
        }
    }
}

impl Default for LineSettings {
    #[expect(clippy::expect_used, reason = "a constant code parses")]
    fn default() -> Self {
        Self {
            received_by: "990000-ZZB".parse().expect("the sample organisation's department"),
            scope: ScopeProfile::Wide,
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { tips_per_day: 5, lookups_per_hour: 30, dangerous_limits_off: false }
    }
}

impl Default for DoorSettings {
    fn default() -> Self {
        Self {
            name: None,
            casework_url: None,
            trusted_proxies: Vec::new(),
            resend_after_s: 600,
            max_text_chars: 6000,
            max_file_bytes: 20 << 20,
            max_files: 5,
            draft_hours: 72,
        }
    }
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self { max_lease_minutes: 480, clock_scan_s: 30, left_behind_s: 600 }
    }
}

impl Default for TriageSettings {
    fn default() -> Self {
        Self { index_memory_mib: 128 }
    }
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{path}: cannot be read")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be; the message names line and key.
    #[error("{path}: {message}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Line, column, key and reason.
        message: String,
    },
    /// A variable of the environment is not what it should be.
    #[error("environment variable {name}: {reason}")]
    Variable {
        /// Which variable.
        name: String,
        /// Why.
        reason: String,
    },
    /// Settings that do not go together.
    #[error("{0}")]
    Combination(String),
}

/// The variables of the environment that are read; any other that begins with `DENGWEN_` is an error,
/// but for those of the tests.
const VARIABLES: [&str; 9] = [
    "DENGWEN_LEDGER_URL",
    "DENGWEN_QUEUE_URL",
    "DENGWEN_CACHE_URL",
    "DENGWEN_OBJECTS_URL",
    "DENGWEN_LISTEN",
    "DENGWEN_DATA",
    "DENGWEN_RECEIVED_BY",
    "DENGWEN_CASEWORK_URL",
    "DENGWEN_DOOR_NAME",
];
const OTHER_VARIABLES: [&str; 3] = ["DENGWEN_DANGEROUS_LIMITS_OFF", "DENGWEN_LOG", "DENGWEN_LOG_FORMAT"];

impl Settings {
    /// Reads the file (where one is given), then the environment.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut settings = match file {
            Some(path) => Self::from_file(path)?,
            None => Self::default(),
        };
        for (name, value) in environment.filter(|(name, _)| name.starts_with("DENGWEN_")) {
            settings.apply(&name, value)?;
        }
        Ok(settings)
    }

    fn from_file(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|e| {
            let line = e.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            SettingsError::File { path: path.to_owned(), message: format!("{place}{}", e.message()) }
        })
    }

    fn apply(&mut self, name: &str, value: String) -> Result<(), SettingsError> {
        if name.starts_with("DENGWEN_TEST_") || name.starts_with("DENGWEN_BENCH_") {
            return Ok(());
        }
        let (key, value) = match name.strip_suffix("_FILE") {
            Some(key) if VARIABLES.contains(&key) => (key, read_secret(name, &value)?),
            _ => (name, value),
        };
        let wrong =
            |reason: &str| SettingsError::Variable { name: name.to_owned(), reason: reason.to_owned() };
        match key {
            "DENGWEN_LEDGER_URL" => self.ledger_url = value,
            "DENGWEN_QUEUE_URL" => self.queue_url = value,
            "DENGWEN_CACHE_URL" => self.cache_url = value,
            "DENGWEN_OBJECTS_URL" => self.objects_url = value,
            "DENGWEN_LISTEN" => self.listen = value.parse().map_err(|_| wrong("not an ADDRESS:PORT"))?,
            "DENGWEN_DATA" => self.data = PathBuf::from(value),
            "DENGWEN_RECEIVED_BY" => {
                self.line.received_by = value.parse().map_err(|_| wrong("not a unit code"))?;
            }
            "DENGWEN_CASEWORK_URL" => self.door.casework_url = Some(value),
            "DENGWEN_DOOR_NAME" => {
                self.door.name = Some(value.parse().map_err(|_| wrong("not a door name"))?);
            }
            "DENGWEN_DANGEROUS_LIMITS_OFF" => self.limits.dangerous_limits_off = value == "1",
            _ if OTHER_VARIABLES.contains(&key) => {}
            _ => return Err(wrong("unknown setting")),
        }
        self.sources.insert(key.to_owned(), "environment".to_owned());
        Ok(())
    }

    /// Checks what can only be seen from several settings together. Call after the command line was applied.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.limits.dangerous_limits_off && !self.listen.ip().is_loopback() {
            return Err(SettingsError::Combination(
                "DENGWEN_DANGEROUS_LIMITS_OFF=1 is for load tests on a loopback address; refusing to listen elsewhere"
                    .to_owned(),
            ));
        }
        for (name, url, schemes) in [
            ("ledger_url", self.ledger_url(), &["sqlite:", "postgres:", "postgresql:"][..]),
            ("queue_url", self.queue_url.clone(), &["embedded:", "amqp:", "amqps:"]),
            (
                "cache_url",
                self.cache_url.clone(),
                &["memory:", "redis:", "rediss:", "redis+sentinel:", "redis+cluster:"],
            ),
            ("objects_url", self.objects_url(), &["file:", "s3:"]),
        ] {
            if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
                return Err(SettingsError::Combination(format!(
                    "{name}: must begin with one of {}",
                    schemes.join(" ")
                )));
            }
        }
        if self.limits.tips_per_day == 0 {
            return Err(SettingsError::Combination("limits.tips_per_day: must be at least 1".to_owned()));
        }
        Ok(())
    }

    /// The ledger's address, with its default.
    pub fn ledger_url(&self) -> String {
        if self.ledger_url.is_empty() {
            format!("sqlite://{}", self.data.join("ledger.db").display())
        } else {
            self.ledger_url.clone()
        }
    }

    /// The object store's address, with its default.
    pub fn objects_url(&self) -> String {
        if self.objects_url.is_empty() {
            format!("file://{}", self.data.join("objects").display())
        } else {
            self.objects_url.clone()
        }
    }

    /// Whether one SQLite file is queue and spool in one.
    pub fn queue_is_embedded(&self) -> bool {
        self.queue_url.starts_with("embedded:")
    }

    /// Where the keys lie.
    pub fn keys_dir(&self) -> PathBuf {
        self.data.join("keys")
    }
}

fn read_secret(name: &str, path: &str) -> Result<String, SettingsError> {
    std::fs::read_to_string(path).map(|text| text.trim_end_matches(['\r', '\n']).to_owned()).map_err(|e| {
        SettingsError::Variable { name: name.to_owned(), reason: format!("cannot be read: {}", e.kind()) }
    })
}
