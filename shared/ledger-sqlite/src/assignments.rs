//! Assignments.

use dengwen_ledger::driver::{json_text, micros};
use dengwen_ledger::{AssignmentRecord, LedgerError};
use dengwen_model::{AssignmentState, Lease, UnitCode};
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::SqliteUnitOfWork;
use crate::error::Answered as _;

dengwen_ledger::sql_assignments!(SqliteUnitOfWork, SqliteRow, lock = "");

/// Leases what waits or whose lease lapsed; one statement, which the one writer runs alone.
pub(crate) async fn lease(
    connection: &mut SqliteConnection,
    unit: &UnitCode,
    lease: &Lease,
    max: u32,
    now: Timestamp,
) -> Result<Vec<AssignmentRecord>, LedgerError> {
    let state = json_text(&AssignmentState::Leased(lease.clone()), "assignments", "body")?;
    sqlx::query(
        "UPDATE assignments SET state = 'leased', officer = $1, lease_until = $2, version = version + 1, \
         body = json_set(body, '$.state', json($3), '$.version', version + 1) \
         WHERE id IN (SELECT id FROM assignments WHERE unit = $4 AND state IN ('waiting', 'leased') \
         AND (state = 'waiting' OR lease_until <= $5) \
         ORDER BY priority, due_at, assigned_at, id LIMIT $6) RETURNING body, version, due_at",
    )
    .bind(lease.officer.as_uuid())
    .bind(micros(lease.until))
    .bind(state)
    .bind(unit.as_str())
    .bind(micros(now))
    .bind(i64::from(max))
    .fetch_all(connection)
    .answered("assignments")
    .await?
    .iter()
    .map(assignment_record)
    .collect()
}
