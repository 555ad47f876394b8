//! Bringing the schema up.

use super::{TestDatabase, begin, commit, in_parallel, migrated, read};

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
