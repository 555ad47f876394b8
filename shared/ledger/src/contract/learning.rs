//! Corrections and models.

use super::samples::{Maker, at};
use super::{TestDatabase, begin, commit, migrated, read};
use crate::{Correction, ModelRecord};

/// One correction a tip stands: the latest.
pub async fn the_latest_correction_of_a_tip_is_kept(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(81);
    let case = maker.case_id();
    let made = |leaf: &str, seconds| Correction {
        tip: maker.tip(case).id,
        leaf: leaf.parse().expect("a leaf"),
        before: "X01".parse().expect("a leaf"),
        decided_by: "taxonomy 1; seed-1".to_owned(),
        by: maker.officer(),
        at: at(seconds),
    };
    let mut kept = [made("A02", 10), made("A06", 20)];
    kept.sort_by_key(|correction| correction.tip.as_uuid());
    let mut work = begin(&ledger).await;
    work.keep_corrections(&kept).await.expect("kept");
    commit(work).await;
    assert_eq!(read(&ledger).await.corrections().await.expect("read"), kept);

    kept[1].leaf = "D06".parse().expect("a leaf");
    kept[1].at = at(30);
    let mut work = begin(&ledger).await;
    work.keep_corrections(&kept[1..]).await.expect("kept");
    commit(work).await;
    assert_eq!(read(&ledger).await.corrections().await.expect("read"), kept);
}

/// Models are kept as they are, and the one put in place last is in use, also after going back.
pub async fn models_are_kept_and_one_is_in_use(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let maker = Maker::new(82);
    let made = |version: &str, seconds| ModelRecord {
        version: version.to_owned(),
        made_at: at(seconds),
        report: serde_json::json!({"macro_f1": 0.5}),
        sealed: maker.bytes(5000),
    };
    let (first, second) = (made("m-1", 10), made("m-2", 20));
    let mut work = begin(&ledger).await;
    assert_eq!(work.active_model().await.expect("read"), None);
    for model in [&second, &first] {
        assert!(work.insert_model(model).await.expect("inserted"));
    }
    assert!(!work.insert_model(&ModelRecord { made_at: at(99), ..first.clone() }).await.expect("there"));
    assert!(!work.activate_model("m-3", at(30)).await.expect("no such model"));
    commit(work).await;
    let mut work = read(&ledger).await;
    assert_eq!(work.model("m-1").await.expect("read"), Some(first));
    assert_eq!(work.model("m-3").await.expect("read"), None);
    let versions = work.model_versions().await.expect("read");
    assert_eq!(versions, [("m-1".to_owned(), at(10)), ("m-2".to_owned(), at(20))]);
    drop(work);
    for version in ["m-2", "m-1", "m-2"] {
        let mut work = begin(&ledger).await;
        assert!(work.activate_model(version, at(30)).await.expect("in place"));
        commit(work).await;
        assert_eq!(read(&ledger).await.active_model().await.expect("read").as_deref(), Some(version));
    }
}
