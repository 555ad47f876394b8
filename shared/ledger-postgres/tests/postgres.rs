//! What only PostgreSQL does: many writers at once, a server that goes away, transactions that fail.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

mod database;

use std::sync::Arc;

use database::{Database, Way, fresh};
use dengwen_ledger::contract::TestDatabase as _;
use dengwen_ledger::{Ledger, LedgerError, OutboxRecord, UnitOfWork, UnitRecord};
use dengwen_ledger_postgres::PostgresLedger;
use dengwen_model::{CaseId, MessageId, SeededEntropy, SystemClock};

async fn migrated(database: &Database) -> Arc<dyn Ledger> {
    let ledger = database.open();
    ledger.migrate().await.expect("the schema comes up");
    ledger
}

async fn begin(ledger: &Arc<dyn Ledger>) -> Box<dyn UnitOfWork> {
    ledger.begin().await.expect("a unit of work begins")
}

fn messages(count: u64) -> Vec<OutboxRecord> {
    let made = |n| OutboxRecord {
        id: MessageId::new(&SystemClock, &SeededEntropy::new(n)),
        topic: format!("cases.{n}"),
        payload: vec![1, 2, 3],
        traceparent: String::new(),
    };
    (0..count).map(made).collect()
}

async fn queued(ledger: &Arc<dyn Ledger>, count: u64) -> Vec<OutboxRecord> {
    let messages = messages(count);
    let mut work = begin(ledger).await;
    work.enqueue(&messages).await.expect("queued");
    work.commit().await.expect("committed");
    messages
}

#[tokio::test]
async fn a_relay_does_not_wait_for_another() {
    let database = fresh().await;
    let ledger = migrated(&database).await;
    let messages = queued(&ledger, 5).await;
    let mut first = begin(&ledger).await;
    let mut second = begin(&ledger).await;
    assert_eq!(first.take_outbox(2).await.expect("taken"), messages[..2]);
    assert_eq!(second.take_outbox(2).await.expect("taken"), messages[2..4]);
    drop(first);
    second.commit().await.expect("committed");
    let mut third = begin(&ledger).await;
    let left = [&messages[..2], &messages[4..]].concat();
    assert_eq!(third.take_outbox(9).await.expect("taken"), left);
}

#[tokio::test]
async fn a_failed_unit_of_work_cannot_be_committed() {
    let database = fresh().await;
    let ledger = migrated(&database).await;
    let unit = UnitRecord { code: "990121-ZZB".parse().expect("a code"), body: serde_json::json!({}) };
    let mut work = begin(&ledger).await;
    work.enqueue(&messages(1)).await.expect("queued");
    let twice = work.replace_units(&[unit.clone(), unit]).await;
    assert!(matches!(twice, Err(LedgerError::Conflict { table: "units" })));
    // PostgreSQL answers this COMMIT with ROLLBACK, which is no error to it.
    assert!(work.commit().await.is_err());
    assert_eq!(ledger.read().await.expect("read").count_outbox().await.expect("counted"), 0);
}

#[tokio::test]
async fn what_was_connected_when_the_server_went_is_unavailable_and_recovers() {
    let database = fresh().await;
    let ledger = migrated(&database).await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        idle.push(begin(&ledger).await);
    }
    drop(idle);
    let mut cut = begin(&ledger).await;
    cut.enqueue(&messages(1)).await.expect("queued");
    let mut cut_at_commit = begin(&ledger).await;
    cut_at_commit.enqueue(&messages(2)).await.expect("queued");

    database.set(Way::Cut);
    let lost = cut.count_outbox().await.expect_err("the server is gone");
    assert!(matches!(lost, LedgerError::Unavailable(_)), "{lost:?}");
    let lost = cut_at_commit.commit().await.expect_err("the server is gone");
    assert!(matches!(lost, LedgerError::Unavailable(_)), "{lost:?}");
    drop(cut);

    database.set(Way::Clear);
    // A connection that idled for less than a second is not asked whether it lives, so each of them may
    // fail one unit of work; each failure is one that may be tried again.
    let mut failures = 0;
    let count = loop {
        let attempt = async { ledger.begin().await?.count_outbox().await };
        match attempt.await {
            Ok(count) => break count,
            Err(error) => assert!(error.is_transient() && failures < 6, "{failures} {error:?}"),
        }
        failures += 1;
    };
    assert_eq!(count, 0);
}

#[tokio::test]
async fn a_ping_of_a_silent_server_ends() {
    let database = fresh().await;
    let ledger = migrated(&database).await;
    ledger.ping().await.expect("it answers");
    database.set(Way::Silent);
    let silent = ledger.ping().await.expect_err("no answer");
    assert!(matches!(silent, LedgerError::Unavailable(_)), "{silent:?}");
}

#[tokio::test]
async fn two_that_wait_for_each_other_are_told_apart() {
    let database = fresh().await;
    let ledger = migrated(&database).await;
    let (mut one, mut two) = (begin(&ledger).await, begin(&ledger).await);
    one.lock_keys(&[1]).await.expect("locked");
    two.lock_keys(&[2]).await.expect("locked");
    // Whoever is told drops its unit of work, and the other goes on.
    let first = tokio::spawn(async move { one.lock_keys(&[2]).await.map(drop) });
    let second = tokio::spawn(async move { two.lock_keys(&[1]).await.map(drop) });
    let results = [first.await.expect("ended"), second.await.expect("ended")];
    let conflicts = results.iter().filter(|r| matches!(r, Err(LedgerError::Conflict { .. }))).count();
    assert_eq!((conflicts, results.iter().filter(|r| r.is_ok()).count()), (1, 1), "{results:?}");
}

#[tokio::test]
async fn errors_quote_neither_values_nor_the_password() {
    let database = fresh().await;
    let ledger = migrated(&database).await;
    database.plant("ALTER TABLE units ADD CHECK (length(code) < 20)").await;
    let code = "990121-VERYSECRETUNIT";
    let unit = UnitRecord { code: code.parse().expect("a code"), body: serde_json::json!({}) };
    let refused = begin(&ledger).await.replace_units(&[unit]).await.expect_err("the rule refuses it");
    assert!(matches!(refused, LedgerError::Refused(_)), "{refused:?}");
    assert!(!format!("{refused:?}").contains(code), "{refused:?}");

    let refused = PostgresLedger::connect("postgres://tip:hunter2@[::/x").expect_err("no URL");
    assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    let url = database.url().replace("tip@", "tip:hunter2@");
    let shown = format!("{:?}", PostgresLedger::connect(&url).expect("a URL"));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn steps_are_kept_when_runs_come_to_be_told_apart() {
    let database = fresh().await;
    let mut connection = database.connect().await;
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
         VALUES ('00000000000000000000000000000001', '00000000000000000000000000000009', 0, 'overdue', '{\"due\":\"2026-03-31\",\"extensions\":1}')",
        "INSERT INTO ladder_steps (deadline_id, level, case_id, due_at, taken_at, action) VALUES \
         ('00000000000000000000000000000001', 1, '00000000000000000000000000000009', 1773676800000000, 1773676800000001, 'one'), \
         ('00000000000000000000000000000001', 2, '00000000000000000000000000000009', 1774972800000000, 1774972800000001, 'two'), \
         ('00000000000000000000000000000002', 1, '00000000000000000000000000000009', 1774972800000000, 1774972800000002, 'three')",
        include_str!("../migrations/0007_ladder_runs.sql"),
    ] {
        sqlx::raw_sql(statements).execute(&mut connection).await.expect("run");
    }
    let ledger = database.open();
    let case = CaseId::from_uuid(sqlx::types::Uuid::from_u128(9));
    let steps = ledger.read().await.expect("a reader").steps_of_case(case).await.expect("read");
    let told: Vec<_> = steps.iter().map(|step| (step.extension, step.level, step.action.as_str())).collect();
    assert_eq!(told, [(0, 1, "one"), (1, 2, "two"), (0, 1, "three")]);
}

#[tokio::test]
async fn a_backup_is_of_one_moment_and_is_read_back_into_an_empty_place_alone() {
    let database = fresh().await;
    let ledger = migrated(&database).await;
    let messages = queued(&ledger, 3).await;
    // Somebody else is writing, and has not committed.
    let mut other = begin(&ledger).await;
    other.replace_units(&[]).await.expect("replaced");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("ledger.dump");
    ledger.back_up(&file).await.expect("backed up");
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().expect("there").permissions());
    assert_eq!(mode & 0o777, 0o600, "its owner's alone");
    other.commit().await.expect("committed");

    let full = ledger.restore(&file).await.expect_err("it is not empty");
    assert!(matches!(full, LedgerError::NotEmpty), "{full:?}");
    let elsewhere = fresh().await;
    let restored = elsewhere.open();
    restored.restore(&file).await.expect("restored");
    restored.migrate().await.expect("it is of this version");
    let mut work = begin(&restored).await;
    assert_eq!(work.take_outbox(9).await.expect("taken"), messages);
    assert_eq!(work.units_version().await.expect("read"), 0);
    // What counts by itself goes on from where it was.
    work.enqueue(&messages[..1]).await.expect("queued");
    work.commit().await.expect("committed");
    let refused = elsewhere.open().back_up(&directory.path().join("no/such/place")).await;
    assert!(matches!(refused, Err(LedgerError::Backup(_))), "{refused:?}");
}
