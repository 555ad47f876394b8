//! Assignments.

use dengwen_ledger::driver::{json_text, micros};
use dengwen_ledger::{AssignmentRecord, LedgerError};
use dengwen_model::{AssignmentState, Lease, UnitCode};
use jiff::Timestamp;
use sqlx::postgres::{PgConnection, PgRow};

use crate::PostgresUnitOfWork;
use crate::error::Answered as _;
use crate::row::Body;

dengwen_ledger::sql_assignments!(PostgresUnitOfWork, PgRow, lock = " FOR UPDATE");

/// Leases what waits or whose lease lapsed; passes over what another officer is just being given.
pub(crate) async fn lease(
    connection: &mut PgConnection,
    unit: &UnitCode,
    lease: &Lease,
    max: u32,
    now: Timestamp,
) -> Result<Vec<AssignmentRecord>, LedgerError> {
    // Planned each time: a plan kept from when there were few would read all of many.
    let state = json_text(&AssignmentState::Leased(lease.clone()), "assignments", "body")?;
    sqlx::query(
        "WITH free AS (SELECT id FROM assignments WHERE unit = $4 AND state IN ('waiting', 'leased') \
         AND (state = 'waiting' OR lease_until <= $5) \
         ORDER BY priority, due_at, assigned_at, id LIMIT $6 FOR UPDATE SKIP LOCKED) \
         UPDATE assignments SET state = 'leased', officer = $1, lease_until = $2, version = version + 1, \
         body = body || jsonb_build_object('state', $3::jsonb, 'version', version + 1) \
         FROM free WHERE assignments.id = free.id RETURNING body, version, due_at",
    )
    .bind(lease.officer.as_uuid())
    .bind(micros(lease.until))
    .bind(Body(state))
    .bind(unit.as_str())
    .bind(micros(now))
    .bind(i64::from(max))
    .persistent(false)
    .fetch_all(connection)
    .answered("assignments")
    .await?
    .iter()
    .map(assignment_record)
    .collect()
}
