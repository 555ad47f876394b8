//! A database that is not there.

use super::{TestDatabase, begin, commit, migrated};
use crate::LedgerError;

/// A handle is made while the database is away, says so in every call, and works once it is back.
pub async fn a_database_that_is_away_is_unavailable_and_comes_back(database: &dyn TestDatabase) {
    migrated(database).await.close().await;
    database.take_away().await;
    let ledger = database.open();
    let unavailable = |result: Result<(), LedgerError>| {
        let error = result.expect_err("it is away");
        assert!(error.is_transient(), "{error:?}");
        assert!(matches!(error, LedgerError::Unavailable(_)), "{error:?}");
    };
    unavailable(ledger.ping().await);
    unavailable(ledger.begin().await.map(drop));
    unavailable(ledger.read().await.map(drop));
    unavailable(ledger.migrate().await);

    database.bring_back().await;
    ledger.migrate().await.expect("it is back");
    ledger.ping().await.expect("it answers");
    let mut work = begin(&ledger).await;
    work.replace_units(&[]).await.expect("replaced");
    commit(work).await;

    ledger.close().await;
    unavailable(ledger.begin().await.map(drop));
}
