//! The audit log.

use dengwen_ledger::driver::micros;
use dengwen_ledger::{AuditRecord, LedgerError};
use sqlx::postgres::{PgBindIterExt as _, PgConnection, PgRow};

use crate::PostgresUnitOfWork;
use crate::error::Answered as _;

dengwen_ledger::sql_audit!(PostgresUnitOfWork, PgRow);

/// The advisory lock under which the chain grows.
const CHAIN: (i32, i32) = (0x4457_0002, 0);

/// Before the head is looked at: a lock on the head's row would, when it is given, be on a row that is no
/// longer the head.
pub(crate) async fn lock(connection: &mut PgConnection) -> Result<(), LedgerError> {
    sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
        .bind(CHAIN.0)
        .bind(CHAIN.1)
        .execute(connection)
        .answered("audit")
        .await
        .map(drop)
}

pub(crate) async fn append(
    connection: &mut PgConnection,
    records: &[AuditRecord],
) -> Result<(), LedgerError> {
    if records.is_empty() {
        return Ok(());
    }
    let entries = || records.iter().map(|record| &record.entry);
    sqlx::query(
        "INSERT INTO audit (seq, at, actor, role, action, object, reason, prev, hash) \
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], \
         $7::text[], $8::bytea[], $9::bytea[])",
    )
    .bind(records.iter().map(|record| record.seq).bind_iter())
    .bind(entries().map(|entry| micros(entry.at)).bind_iter())
    .bind(entries().map(|entry| entry.actor.as_str()).bind_iter())
    .bind(entries().map(|entry| entry.role.as_str()).bind_iter())
    .bind(entries().map(|entry| entry.action.as_str()).bind_iter())
    .bind(entries().map(|entry| entry.object.as_str()).bind_iter())
    .bind(entries().map(|entry| entry.reason.as_str()).bind_iter())
    .bind(records.iter().map(|record| record.prev.as_slice()).bind_iter())
    .bind(records.iter().map(|record| record.hash.as_slice()).bind_iter())
    .execute(connection)
    .answered("audit")
    .await
    .map(drop)
}
