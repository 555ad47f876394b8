//! Texts as they come: strange, long, and those that cannot be stored.

use dengwen_model::{CaseStage, Role};

use super::samples::{Maker, chained, code, entry};
use super::{TestDatabase, begin, commit, migrated, read};
use crate::{LedgerError, StaffRecord, UnitRecord};

/// A NUL is refused by name of the column before the database sees it; the unit of work goes on.
pub async fn nul_is_refused(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(111);
    let mut case = maker.case("990000-2026-000001");
    case.case.stage = CaseStage::Kept { reason: "no\0thing".to_owned() };
    let mut tip = maker.tip(case.case.id);
    tip.relation = serde_json::json!({"why": "a\u{0}"});
    let mut assignment = maker.assignment(case.case.id);
    assignment.assignment.path.push("\0".to_owned());
    let mut step = maker.step(&maker.deadline(case.case.id), 1);
    step.action.push('\0');
    let mut message = maker.message("cases.\0");
    let staff = StaffRecord {
        id: maker.officer(),
        name: "a\0b".to_owned(),
        role: Role::Intake,
        unit: None,
        password_hash: String::new(),
        must_change: false,
        disabled: false,
    };
    let unit = UnitRecord { code: code("990121-ZZB"), body: serde_json::json!(["\0"]) };
    let mut link = chained(None, entry("a", "b"));
    link.entry.reason = "\0".to_owned();

    let mut work = begin(&ledger).await;
    macro_rules! refused {
        ($($table:literal, $column:literal: $call:expr),* $(,)?) => { $(
            let refusal = $call.await.map(drop).expect_err("not storable");
            let named = matches!(refusal, LedgerError::Unstorable { table: $table, column: $column });
            assert!(named, "{refusal:?}");
        )* };
    }
    refused!(
        "tips", "relation": work.register_tip(&tip),
        "cases", "body": work.insert_case(&case),
        "cases", "body": work.update_case(&case),
        "assignments", "body": work.insert_assignment(&assignment),
        "ladder_steps", "action": work.record_step(&step),
        "outbox", "topic": work.enqueue(std::slice::from_ref(&message)),
        "audit", "reason": work.append_audit(std::slice::from_ref(&link)),
        "staff", "name": work.insert_staff(&staff),
        "units", "body": work.replace_units(&[unit]),
    );
    message.topic = "cases.opened".to_owned();
    work.enqueue(&[message]).await.expect("queued");
    commit(work).await;
    assert_eq!(read(&ledger).await.count_outbox().await.expect("counted"), 1);
}

/// Long texts, characters of four bytes, quotes, escapes and marks of direction come back as they went in.
pub async fn strange_and_long_texts_are_kept(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(112);
    let strange = [
        "'; DROP TABLE tips; --".to_owned(),
        r#"\u0000 \\u0000 "quoted" {} $1 %s ?"#.to_owned(),
        "𠮷野家 👩‍👩‍👧 \u{202e}rtl\u{202c} \u{feff}\u{200b}\r\n\t\u{1}\u{7f}".to_owned(),
        "举".repeat(400_000),
        String::new(),
    ];
    let mut chain = Vec::new();
    let mut case = maker.case("990000-2026-000001");
    case.case.stage = CaseStage::Kept { reason: strange.join("|") };
    case.case.must_investigate = strange.to_vec();
    case.file = maker.bytes(2_000_000);
    let mut tip = maker.tip(case.case.id);
    tip.relation = serde_json::json!({"all": strange, "score": 0.1, "big": u64::MAX, "no": null});
    tip.content = maker.bytes(3_000_000);
    tip.identity = Some(Vec::new());

    let mut work = begin(&ledger).await;
    for text in &strange {
        chain.push(chained(chain.last(), entry(text, "strange")));
    }
    work.append_audit(&chain).await.expect("appended");
    work.insert_case(&case).await.expect("inserted");
    work.register_tip(&tip).await.expect("registered");
    commit(work).await;
    let mut work = read(&ledger).await;
    assert!(work.audit_of("strange").await.expect("read") == chain);
    assert!(work.case(case.case.id).await.expect("read") == Some(case));
    let stored = work.tip(tip.id).await.expect("read").expect("there");
    assert_eq!(stored.tip.identity, Some(Vec::new()));
    assert!(stored.tip == tip);
}
