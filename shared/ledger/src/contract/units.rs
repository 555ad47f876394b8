//! The units register.

use super::samples::{DEPARTMENT, Maker, UNIT, code};
use super::{TestDatabase, begin, commit, migrated, read};
use crate::UnitRecord;

/// The register is replaced as a whole, and its version tells that it was.
pub async fn the_register_is_replaced(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let unit = |n: usize, name: &str| UnitRecord {
        code: code(&format!("9901{n:02}-ZZB")),
        body: serde_json::json!({"name": name, "handles": true, "leaders": [{"name": "甲某某"}], "n": n}),
    };
    let mut work = read(&ledger).await;
    assert_eq!(work.units_version().await.expect("read"), 0);
    assert_eq!(work.units().await.expect("read"), []);
    drop(work);

    let first: Vec<UnitRecord> = (0..60).map(|n| unit(n, "中共清岚县委组织部")).collect();
    let mut backwards = first.clone();
    backwards.reverse();
    let mut work = begin(&ledger).await;
    assert_eq!(work.replace_units(&backwards).await.expect("replaced"), 1);
    commit(work).await;
    let mut work = read(&ledger).await;
    assert_eq!(work.units().await.expect("read"), first);
    assert_eq!(work.units_version().await.expect("read"), 1);
    drop(work);

    let second = [unit(3, "another name")];
    let mut work = begin(&ledger).await;
    assert_eq!(work.replace_units(&second).await.expect("replaced"), 2);
    commit(work).await;
    let mut work = begin(&ledger).await;
    assert_eq!(work.replace_units(&[]).await.expect("replaced"), 3);
    drop(work);
    let mut work = read(&ledger).await;
    assert_eq!(work.units().await.expect("read"), second);
    assert_eq!(work.units_version().await.expect("read"), 2);
}

/// The units that open cases have or came to, each case counted once a unit; none of a case that is done with.
pub async fn units_that_open_cases_need_are_told(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(131);
    let mut work = begin(&ledger).await;
    assert_eq!(work.units_needed().await.expect("read"), []);
    let numbers = work.next_case_numbers(&code(DEPARTMENT), 2026, 3).await.expect("numbers");
    let [waiting, mut given, mut kept] = [0, 1, 2].map(|n| maker.case(&numbers[n]));
    let assignment = maker.assignment(given.case.id).assignment;
    given.case.stage = given.case.stage.dispatch(code(UNIT), assignment.id).expect("legal");
    kept.case.stage = dengwen_model::CaseStage::Kept { reason: "no matter".to_owned() };
    work.insert_cases(&[waiting, given, kept]).await.expect("inserted");
    commit(work).await;
    let needed = read(&ledger).await.units_needed().await.expect("read");
    assert_eq!(needed, [(code(DEPARTMENT), 2), (code(UNIT), 1)]);
}
