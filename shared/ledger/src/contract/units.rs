//! The units register.

use super::samples::code;
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
