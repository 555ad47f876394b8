//! Replicas of a service behind the wall: on one ledger, with the same keys and on one clock.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dengwen_model::{ManualClock, SystemEntropy};
use dengwen_service::{DeskSettings, Process, Runtime, Settings};
use tempfile::TempDir;

use crate::postgres_database;

/// A Monday, nine o'clock in China.
const START: &str = "2026-03-02T01:00:00Z";

/// What replicas have in common.
#[derive(Debug)]
pub struct Replicas {
    /// Their clock; it stands unless the test moves it.
    pub clock: Arc<ManualClock>,
    ledger_url: String,
    home: TempDir,
}

impl Replicas {
    /// On a SQLite file of their own.
    ///
    /// # Panics
    /// Where there is no place for files.
    #[must_use]
    pub fn on_sqlite() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        Self::on(format!("sqlite://{}", home.path().join("ledger.db").display()), home)
    }

    /// On a database of their own on the shared PostgreSQL.
    ///
    /// # Panics
    /// Outside `tests/run`.
    #[must_use]
    pub fn on_postgres() -> Self {
        Self::on(postgres_database(), tempfile::tempdir().expect("a directory"))
    }

    fn on(ledger_url: String, home: TempDir) -> Self {
        let clock = Arc::new(ManualClock::at(START.parse().expect("an instant")));
        Self { clock, ledger_url, home }
    }

    /// The ledger's address.
    #[must_use]
    pub fn ledger_url(&self) -> &str {
        &self.ledger_url
    }

    /// A process of its own. The first one makes the keys, the others borrow them.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn replica(&self, name: &str) -> Runtime {
        self.replica_by(name, None).await
    }

    /// A process of its own that counts by this `calendar.yaml`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn replica_with_calendar(&self, name: &str, calendar: &str) -> Runtime {
        let rules = self.home.path().join(format!("{name}-rules"));
        std::fs::create_dir(&rules).expect("each has a name of its own");
        std::fs::write(rules.join("calendar.yaml"), calendar).expect("written");
        self.replica_by(name, Some(rules)).await
    }

    async fn replica_by(&self, name: &str, rules: Option<PathBuf>) -> Runtime {
        let data = self.home.path().join(name);
        std::fs::create_dir(&data).expect("each has a name of its own");
        let keys = self.home.path().join("keys");
        let is_first = !keys.exists();
        if !is_first {
            copy(&keys, &data.join("keys"));
        }
        let settings = Settings {
            data: data.clone(),
            ledger_url: self.ledger_url.clone(),
            rules,
            desk: DeskSettings { clock_scan_s: 1, ..DeskSettings::default() },
            ..Settings::default()
        };
        let process = Process::open_with(settings, self.clock.clone(), Arc::new(SystemEntropy)).await;
        let runtime = Runtime::open(process.expect("the process opens")).await.expect("the ledger opens");
        if is_first {
            copy(&data.join("keys"), &keys);
        }
        runtime
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(copied.is_ok_and(|status| status.success()), "the keys are copied");
}
