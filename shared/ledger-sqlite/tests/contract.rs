//! The ledger's contract on SQLite.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use dengwen_ledger::Ledger;
use dengwen_ledger::contract::TestDatabase;
use dengwen_ledger_sqlite::SqliteLedger;
use sqlx::ConnectOptions as _;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// A file in a directory of its own.
struct File {
    directory: TempDir,
}

impl File {
    fn home(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn elsewhere(&self) -> PathBuf {
        self.directory.path().join("elsewhere")
    }

    fn path(&self) -> PathBuf {
        self.home().join("ledger.db")
    }
}

async fn fresh() -> File {
    let file = File { directory: tempfile::tempdir().expect("a directory") };
    std::fs::create_dir(file.home()).expect("a directory");
    file
}

#[async_trait]
impl TestDatabase for File {
    fn open(&self) -> Arc<dyn Ledger> {
        let url = format!("sqlite://{}", self.path().display());
        Arc::new(SqliteLedger::open_with(&url, Duration::from_secs(30)))
    }

    async fn migrate_to(&self, version: i64) {
        let options = SqliteConnectOptions::new().filename(self.path()).create_if_missing(true);
        let mut connection = options.connect().await.expect("connected");
        MIGRATIONS.run_direct(Some(version), &mut connection, false).await.expect("migrated");
    }

    async fn plant(&self, statements: &str) {
        let options = SqliteConnectOptions::new().filename(self.path());
        let mut connection = options.connect().await.expect("connected");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await.expect("planted");
    }

    async fn take_away(&self) {
        std::fs::rename(self.home(), self.elsewhere()).expect("moved away");
    }

    async fn bring_back(&self) {
        std::fs::rename(self.elsewhere(), self.home()).expect("moved back");
    }
}

dengwen_ledger::contract_suite!(fresh);
