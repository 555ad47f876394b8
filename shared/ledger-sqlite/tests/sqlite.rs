//! What only SQLite does: one file, shared with other processes.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dengwen_ledger::{Ledger, LedgerError};
use dengwen_ledger_sqlite::SqliteLedger;
use dengwen_model::CaseId;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

fn home() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("ledger.db");
    (directory, path)
}

fn open(path: &Path) -> Arc<dyn Ledger> {
    let path = path.to_str().expect("a path in UTF-8");
    Arc::new(SqliteLedger::open_with(path, Duration::from_millis(20)))
}

async fn other_process(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.expect("connected")
}

#[tokio::test]
async fn a_file_that_another_process_writes_is_busy_for_writers_alone() {
    let (_directory, path) = home();
    let ledger = open(&path);
    ledger.migrate().await.expect("the schema comes up");
    let mut other = other_process(&path).await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("locked");

    for _ in 0..3 {
        let busy = ledger.begin().await.map(drop).expect_err("it is locked");
        assert!(matches!(busy, LedgerError::Busy(_)) && busy.is_transient(), "{busy:?}");
        ledger.ping().await.expect("readers go on");
        let mut work = ledger.read().await.expect("readers go on");
        assert_eq!(work.count_tips().await.expect("counted"), 0);
    }
    sqlx::raw_sql("COMMIT").execute(&mut other).await.expect("free");
    let mut work = ledger.begin().await.expect("its turn");
    work.replace_units(&[]).await.expect("replaced");
    work.commit().await.expect("committed");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_unavailable() {
    let (_directory, path) = home();
    std::fs::write(&path, "this is not a database, whatever its name says. ".repeat(100)).expect("written");
    let ledger = open(&path);
    let refused = ledger.ping().await.expect_err("no database");
    assert!(matches!(refused, LedgerError::Unavailable(_)), "{refused:?}");
}

#[tokio::test]
async fn a_commit_is_in_the_file_for_other_processes() {
    let (_directory, path) = home();
    let ledger = open(&path);
    ledger.migrate().await.expect("the schema comes up");
    let mut work = ledger.begin().await.expect("a unit of work begins");
    work.replace_units(&[]).await.expect("replaced");
    let mut other = other_process(&path).await;
    let version = "SELECT COALESCE(max(last), 0) FROM counters WHERE series = 'units'";
    let seen: i64 = sqlx::query_scalar(version).fetch_one(&mut other).await.expect("read");
    assert_eq!(seen, 0);
    work.commit().await.expect("committed");
    let seen: i64 = sqlx::query_scalar(version).fetch_one(&mut other).await.expect("read");
    assert_eq!(seen, 1);
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut other).await.expect("read");
    assert_eq!(mode, "wal");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_companions_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let (directory, path) = home();
    let ledger = open(&path);
    ledger.migrate().await.expect("the schema comes up");
    let files = std::fs::read_dir(directory.path()).expect("the directory");
    let modes: Vec<u32> = files
        .map(|file| file.expect("an entry").metadata().expect("its mode").permissions().mode() & 0o777)
        .collect();
    assert_eq!(modes, [0o600; 3]);
}

#[tokio::test]
async fn steps_are_kept_when_runs_come_to_be_told_apart() {
    let (_directory, path) = home();
    let mut connection = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .connect()
        .await
        .expect("a new file");
    for statements in [
        include_str!("../migrations/0001_numbers_tips_cases.sql"),
        include_str!("../migrations/0002_assignments_deadlines.sql"),
        include_str!("../migrations/0003_outbox_audit_mailbox.sql"),
        include_str!("../migrations/0004_staff_units.sql"),
        include_str!("../migrations/0005_link_index.sql"),
        include_str!("../migrations/0006_running_deadlines.sql"),
        // A limit that was extended to 31 March: a step of its first run (due on the 17th, 00:00 in China) and one
        // of its second (1 April, 00:00).
        "INSERT INTO deadlines (id, case_id, started_at, state, body) \
         VALUES (X'00000000000000000000000000000001', X'00000000000000000000000000000009', 0, 'overdue', '{\"due\":\"2026-03-31\",\"extensions\":1}')",
        "INSERT INTO ladder_steps (deadline_id, level, case_id, due_at, taken_at, action) VALUES \
         (X'00000000000000000000000000000001', 1, X'00000000000000000000000000000009', 1773676800000000, 1773676800000001, 'one'), \
         (X'00000000000000000000000000000001', 2, X'00000000000000000000000000000009', 1774972800000000, 1774972800000001, 'two'), \
         (X'00000000000000000000000000000002', 1, X'00000000000000000000000000000009', 1774972800000000, 1774972800000002, 'three')",
        include_str!("../migrations/0007_ladder_runs.sql"),
    ] {
        sqlx::raw_sql(statements).execute(&mut connection).await.expect("run");
    }
    let ledger = open(&path);
    let case = CaseId::from_uuid(sqlx::types::Uuid::from_u128(9));
    let steps = ledger.read().await.expect("a reader").steps_of_case(case).await.expect("read");
    let told: Vec<_> = steps.iter().map(|step| (step.extension, step.level, step.action.as_str())).collect();
    assert_eq!(told, [(0, 1, "one"), (1, 2, "two"), (0, 1, "three")]);
}

#[tokio::test]
async fn a_backup_is_of_one_moment_and_is_read_back_into_an_empty_place_alone() {
    let (directory, path) = home();
    let ledger = open(&path);
    ledger.migrate().await.expect("the schema comes up");
    let mut work = ledger.begin().await.expect("a unit of work begins");
    work.replace_units(&[]).await.expect("replaced");
    work.commit().await.expect("committed");
    // Somebody else is writing, and has not committed.
    let mut other = other_process(&path).await;
    sqlx::raw_sql("BEGIN IMMEDIATE; UPDATE counters SET last = 9")
        .execute(&mut other)
        .await
        .expect("written");
    let copy = directory.path().join("copy.db");
    ledger.back_up(&copy).await.expect("backed up");
    sqlx::raw_sql("COMMIT").execute(&mut other).await.expect("committed");

    let full = ledger.restore(&copy).await.expect_err("it is not empty");
    assert!(matches!(full, LedgerError::NotEmpty), "{full:?}");
    let fresh = open(&directory.path().join("fresh.db"));
    fresh.restore(&copy).await.expect("restored");
    fresh.migrate().await.expect("it is of this version");
    let version = fresh.read().await.expect("a reader").units_version().await.expect("read");
    assert_eq!(version, 1);
    let missing = fresh.back_up(&directory.path().join("no/such/place")).await.expect_err("no such place");
    assert!(matches!(missing, LedgerError::Backup(_)), "{missing:?}");
}
