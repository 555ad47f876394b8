//! The audit log.

use dengwen_ledger::driver::micros;
use dengwen_ledger::{AuditRecord, LedgerError};
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};

use crate::SqliteUnitOfWork;
use crate::error::Answered as _;
use crate::row::chunks;

dengwen_ledger::sql_audit!(SqliteUnitOfWork, SqliteRow);

/// The writer is alone already.
pub(crate) async fn lock(_connection: &mut SqliteConnection) -> Result<(), LedgerError> {
    Ok(())
}

pub(crate) async fn append(
    connection: &mut SqliteConnection,
    records: &[AuditRecord],
) -> Result<(), LedgerError> {
    for chunk in chunks(records) {
        let mut statement = QueryBuilder::<Sqlite>::new(
            "INSERT INTO audit (seq, at, actor, role, action, object, reason, prev, hash) ",
        );
        statement.push_values(chunk, |mut row, record| {
            let entry = &record.entry;
            row.push_bind(record.seq)
                .push_bind(micros(entry.at))
                .push_bind(entry.actor.as_str())
                .push_bind(entry.role.as_str())
                .push_bind(entry.action.as_str())
                .push_bind(entry.object.as_str())
                .push_bind(entry.reason.as_str())
                .push_bind(record.prev.as_slice())
                .push_bind(record.hash.as_slice());
        });
        statement.build().execute(&mut *connection).answered("audit").await?;
    }
    Ok(())
}
