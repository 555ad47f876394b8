//! The audit chain: one line, whoever writes.

use super::samples::{Maker, at, chained, entry};
use super::{TestDatabase, begin, commit, in_parallel, migrated, read};
use crate::{AuditRecord, LedgerError};

/// Entries come back as they were chained, all and by object.
pub async fn the_audit_chain_is_kept(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let mut chain: Vec<AuditRecord> = Vec::new();
    for n in 0..200 {
        let object = if n % 50 == 7 { "case_7" } else { "case_0" };
        chain.push(chained(chain.last(), entry("case.opened", object)));
    }
    let mut work = begin(&ledger).await;
    assert_eq!(work.lock_audit_head().await.expect("empty"), None);
    work.append_audit(&[]).await.expect("nothing to do");
    work.append_audit(&chain).await.expect("appended");
    assert_eq!(work.lock_audit_head().await.expect("read").as_ref(), chain.last());
    commit(work).await;

    let mut work = begin(&ledger).await;
    let twice = work.append_audit(&chain[199..]).await;
    assert!(matches!(twice, Err(LedgerError::Conflict { table: "audit" })));
    drop(work);
    let mut work = read(&ledger).await;
    assert_eq!(work.audit_from(1, 1_000).await.expect("read"), chain);
    assert_eq!(work.audit_from(198, 2).await.expect("read"), chain[197..199]);
    assert_eq!(work.audit_from(201, 10).await.expect("read"), []);
    let of_seven: Vec<i64> =
        work.audit_of("case_7").await.expect("read").into_iter().map(|record| record.seq).collect();
    assert_eq!(of_seven, [8, 58, 108, 158]);
    assert_eq!(work.audit_of("case_9\0").await.expect("no such object"), []);
}

/// What was cut off shows also after the log has grown again over the same numbers.
pub async fn a_cut_off_audit_log_shows_for_ever(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    let append = async |count: u64| {
        let mut work = begin(&ledger).await;
        let mut head = work.lock_audit_head().await.expect("locked");
        for _ in 0..count {
            let next = chained(head.as_ref(), entry("case.opened", "case_1"));
            work.append_audit(std::slice::from_ref(&next)).await.expect("appended");
            head = Some(next);
        }
        commit(work).await;
    };
    let found = async || {
        let broken = read(&ledger).await.broken_promises(at(0), 9).await.expect("checked");
        broken.into_iter().map(|broken| broken.promise).collect::<Vec<_>>()
    };
    append(5).await;
    assert_eq!(found().await, [""; 0]);
    database.plant("DELETE FROM audit WHERE seq > 3").await;
    assert_eq!(found().await, ["audit-cut-off"]);
    append(7).await;
    assert_eq!(found().await, ["audit-cut-off"]);
}

/// Writers at the same time, of which every third gives up, make one chain without gaps or forks.
pub async fn the_audit_chain_grows_in_one_line(database: &dyn TestDatabase) {
    let ledger = migrated(database).await;
    in_parallel(database, 8, |ledger, n| async move {
        let maker = Maker::new(600 + n as u64);
        for round in 0..6 {
            let mut work = begin(&ledger).await;
            let head = work.lock_audit_head().await.expect("locked");
            let object = maker.case_id().to_string();
            let first = chained(head.as_ref(), entry("case.opened", &object));
            let second = chained(Some(&first), entry("case.dispatched", &object));
            work.append_audit(&[first, second]).await.expect("appended");
            if (n + round) % 3 != 0 {
                commit(work).await;
            }
        }
    })
    .await;
    let chain = read(&ledger).await.audit_from(1, 1_000).await.expect("read");
    assert_eq!(chain.len(), 64);
    let mut prev: Option<&AuditRecord> = None;
    for record in &chain {
        assert_eq!(record.seq, prev.map_or(1, |prev| prev.seq + 1));
        assert_eq!(record.prev, prev.map_or([0; 32], |prev| prev.hash));
        prev = Some(record);
    }
}
