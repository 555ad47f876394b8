//! Bringing the schema up.

use std::sync::Arc;

use dengwen_model::TipId;

use super::samples::{Maker, at, chained, entry};
use super::{TestDatabase, begin, commit, in_parallel, migrated, read};
use crate::{AuditRecord, CaseFilter, Ledger, LedgerError, NewTip};

/// Asking whether there is a ledger makes none.
pub async fn a_ledger_is_there_once_it_was_migrated(database: &dyn TestDatabase) {
    for _ in 0..2 {
        assert!(!database.open().is_there().await.expect("told"));
    }
    let ledger = migrated(database).await;
    assert!(ledger.is_there().await.expect("told"));
    assert!(database.open().is_there().await.expect("told"));
}

/// A ledger that a later version brought up is not taken for one of this version, nor for none.
pub async fn a_ledger_of_a_later_version_is_told(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    database.plant("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1").await;
    for ledger in [ledger, database.open()] {
        assert!(matches!(ledger.is_there().await, Err(LedgerError::Newer)));
        assert!(matches!(ledger.migrate().await, Err(LedgerError::Newer)));
    }
}

/// Migrating a second time keeps what is there.
pub async fn migrating_again_changes_nothing(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let mut work = begin(&ledger).await;
    work.replace_units(&[]).await.expect("replaced");
    commit(work).await;

    let again = migrated(database).await;
    assert_eq!(read(&again).await.units_version().await.expect("a version"), 1);
}

/// Processes that start at once on an empty database all come up, and can be used at once.
pub async fn several_processes_migrate_at_once(database: &dyn TestDatabase) {
    let versions = in_parallel(database, 6, |ledger, _| async move {
        ledger.migrate().await.expect("the schema comes up");
        let mut work = begin(&ledger).await;
        let version = work.replace_units(&[]).await.expect("replaced");
        commit(work).await;
        version
    });
    let mut versions = versions.await;
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6]);
}

/// A case as it was before tips were counted that came after its conclusion.
struct Before {
    stage: &'static str,
    /// When it was concluded, by the audit log.
    concluded: &'static [i64],
    /// When its tips were registered.
    tips: &'static [i64],
    /// How many of them are late.
    late: u32,
}

const BEFORE: [Before; 6] = [
    Before { stage: "concluded", concluded: &[200], tips: &[100, 200, 300, 400], late: 2 },
    // It was taken up again and concluded anew.
    Before { stage: "fed_back", concluded: &[200, 500], tips: &[100, 300, 600], late: 1 },
    Before { stage: "concluded", concluded: &[200], tips: &[100], late: 0 },
    Before { stage: "concluded", concluded: &[], tips: &[100, 300], late: 0 },
    Before { stage: "verifying", concluded: &[200], tips: &[100, 300], late: 0 },
    Before { stage: "closed", concluded: &[200], tips: &[100, 300], late: 0 },
];

/// Cases of a ledger from before late tips were kept (migration 0011) have them counted from the audit log, and are
/// found by them.
pub async fn late_tips_are_counted_from_the_audit_log(database: &dyn TestDatabase) {
    const BEFORE_LATE_TIPS: i64 = 10;
    database.migrate_to(BEFORE_LATE_TIPS).await;
    let ledger = database.open();
    let maker = Maker::new(141);
    let (mut head, mut tips_so_far) = (None, 0);
    for (nth, before) in BEFORE.iter().enumerate() {
        head = seed(&ledger, &maker, before, (nth, head)).await;
        tips_so_far += before.tips.len();
        database.plant(&insertion(&maker, before, nth, tips_so_far)).await;
    }

    ledger.migrate().await.expect("the schema comes up");
    let mut work = read(&ledger).await;
    let all = work.cases(&CaseFilter { limit: 10, ..CaseFilter::default() }).await.expect("read");
    let mut counted: Vec<(&str, u32)> =
        all.iter().map(|record| (record.case.number.as_str(), record.case.late_tips)).collect();
    counted.sort_unstable();
    let expected: Vec<String> = (0..BEFORE.len()).map(number).collect();
    let expected: Vec<(&str, u32)> =
        expected.iter().map(String::as_str).zip(BEFORE.iter().map(|before| before.late)).collect();
    assert_eq!(counted, expected);
    let late =
        work.cases(&CaseFilter { late: true, limit: 10, ..CaseFilter::default() }).await.expect("read");
    assert_eq!(late.len(), BEFORE.iter().filter(|before| before.late > 0).count());
}

fn number(nth: usize) -> String {
    format!("990000-2026-{:06}", nth + 1)
}

/// The tips of a case and what the audit log says of its conclusions; the end of the log.
async fn seed(
    ledger: &Arc<dyn Ledger>,
    maker: &Maker,
    before: &Before,
    (nth, mut head): (usize, Option<AuditRecord>),
) -> Option<AuditRecord> {
    let case = maker.case_id();
    let tips: Vec<NewTip> = before
        .tips
        .iter()
        .map(|&registered| NewTip { registered_at: at(registered), ..maker.tip(case) })
        .collect();
    let ids: Vec<TipId> = tips.iter().map(|tip| tip.id).collect();
    let mut work = begin(ledger).await;
    work.register_tips(&tips).await.expect("registered");
    for &concluded in before.concluded {
        let mut entry = entry("case.concluded", &case.to_string());
        entry.at = at(concluded);
        let record = chained(head.as_ref(), entry);
        work.append_audit(std::slice::from_ref(&record)).await.expect("appended");
        head = Some(record);
    }
    assert_eq!(work.tips_by_id(&ids).await.expect("read").len(), tips.len(), "case {nth}");
    commit(work).await;
    head
}

/// The row of a case as it was written then: with the id that its last tip names, and nothing of late tips.
fn insertion(maker: &Maker, before: &Before, nth: usize, tips_so_far: usize) -> String {
    let mut body = serde_json::to_value(&maker.case(&number(nth)).case).expect("JSON");
    let fields = body.as_object_mut().expect("an object");
    fields.remove("late_tips").expect("kept now");
    fields.insert("tips".to_owned(), before.tips.len().into());
    format!(
        "INSERT INTO cases (id, number, opened_at, updated_at, received_by, handled_by, stage, category, priority, \
         tips, version, body, file) \
         SELECT case_id, '{}', registered_at, registered_at, '990000', NULL, '{}', 'A02', 4, {}, 1, '{body}', content \
         FROM tips WHERE number = '990000-2026-WEB-{tips_so_far:06}'",
        number(nth),
        before.stage,
        before.tips.len(),
    )
}
