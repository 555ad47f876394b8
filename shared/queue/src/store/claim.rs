//! Taking due messages under a lease.

use std::time::Duration;

use bytes::Bytes;
use dengwen_model::MessageId;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::lease::{GiveBack, Lease};
use super::routes::Target;

use super::{micros, settle};
use crate::error::QueueError;
use crate::message::Received;
use crate::name::ReasonCode;
use crate::sqlite::from_sqlite;
use crate::store::job::{End, Settled};

/// What a consumer asks for.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) target: Target,
    pub(crate) max: usize,
    pub(crate) lease: Duration,
}

/// A message held under a lease.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) lease: Lease,
    pub(crate) message: Received,
}

/// Bytes handed out by one claim; the rest waits for the next.
const MAX_BYTES: usize = 16 * 1024 * 1024;

// Retries and lapsed leases first, oldest first: a steady stream of fresh messages must not keep
// them waiting for ever. They cannot starve the fresh ones, since attempts are bounded. Fresh ones are
// due at once, whatever the clock says.
const DUE: &str = "
    SELECT due.seq, due.attempt, message_id, topic, traceparent, published_us, body FROM (
        SELECT * FROM (SELECT seq, attempt FROM delivery
                       WHERE queue = ?1 AND due_us <= ?2 ORDER BY due_us LIMIT ?3)
        UNION ALL
        SELECT * FROM (SELECT seq, 0 AS attempt FROM message
                       WHERE queue = ?1 AND seq > (SELECT taken_to FROM queue WHERE id = ?1)
                       ORDER BY seq LIMIT ?3)
        LIMIT ?3) AS due
    JOIN message ON message.seq = due.seq";

const LEASE: &str = "
    INSERT INTO delivery (seq, queue, due_us, attempt, owner)
    VALUES (?1, ?2, ?3, 1, ?4)
    ON CONFLICT (seq) DO UPDATE SET due_us = excluded.due_us, attempt = attempt + 1, owner = excluded.owner";

struct Row {
    seq: i64,
    attempt: i64,
    message_id: [u8; 16],
    topic: String,
    traceparent: Option<String>,
    published_us: i64,
    body: Vec<u8>,
}

/// Leases up to `claim.max` messages. What already had all its attempts (its handler took the
/// process down each time) is parked instead.
pub(super) fn take(
    connection: &Connection,
    claim: &Claim,
    owner: i64,
    give_back: &GiveBack,
    now: i64,
) -> Result<Vec<Claimed>, QueueError> {
    let rows = due(connection, claim, now).map_err(from_sqlite)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (rows, spent): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.attempt < i64::from(claim.target.max_attempts));
    park_spent(connection, &spent, now).map_err(from_sqlite)?;
    lease(connection, claim, &rows, owner, now).map_err(from_sqlite)?;
    rows.into_iter().map(|row| row.claimed(give_back)).collect()
}

fn due(connection: &Connection, claim: &Claim, now: i64) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(DUE)?;
    let max = i64::try_from(claim.max).unwrap_or(i64::MAX);
    let mut found = statement.query(params![claim.target.id, now, max])?;
    let mut rows = Vec::new();
    let mut bytes = 0;
    while let Some(row) = found.next()? {
        let row = Row::read(row)?;
        bytes += row.body.len();
        rows.push(row);
        if bytes >= MAX_BYTES {
            break;
        }
    }
    Ok(rows)
}

fn lease(connection: &Connection, claim: &Claim, rows: &[Row], owner: i64, now: i64) -> rusqlite::Result<()> {
    let until = now.saturating_add(micros(claim.lease));
    let mut statement = connection.prepare_cached(LEASE)?;
    for row in rows {
        statement.execute(params![row.seq, claim.target.id, until, owner])?;
    }
    // Fresh ones were taken in the order of their numbers, and all others have lower ones.
    let last = rows.iter().map(|row| row.seq).max();
    connection
        .prepare_cached("UPDATE queue SET taken_to = ?2 WHERE id = ?1 AND taken_to < ?2")?
        .execute(params![claim.target.id, last])?;
    Ok(())
}

fn park_spent(connection: &Connection, spent: &[Row], now: i64) -> rusqlite::Result<()> {
    let mut free = connection.prepare_cached("UPDATE delivery SET owner = 0 WHERE seq = ?1")?;
    for row in spent {
        free.execute([row.seq])?;
        let attempt = u32::try_from(row.attempt).unwrap_or(u32::MAX);
        let parked = Settled { seq: row.seq, attempt, end: End::Park(ReasonCode::ATTEMPTS) };
        settle::settle(connection, &parked, 0, now)?;
    }
    Ok(())
}

impl Row {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            attempt: row.get(1)?,
            message_id: row.get(2)?,
            topic: row.get(3)?,
            traceparent: row.get(4)?,
            published_us: row.get(5)?,
            body: row.get(6)?,
        })
    }

    fn claimed(self, give_back: &GiveBack) -> Result<Claimed, QueueError> {
        let row = self;
        let damaged = || QueueError::Damaged(None);
        let message = Received {
            message_id: MessageId::from_uuid(Uuid::from_bytes(row.message_id)),
            topic: row.topic.parse().map_err(|_| damaged())?,
            traceparent: row.traceparent,
            published_at: Timestamp::from_microsecond(row.published_us).map_err(|_| damaged())?,
            body: Bytes::from(row.body),
        };
        let attempt = u32::try_from(row.attempt.saturating_add(1)).unwrap_or(u32::MAX);
        Ok(Claimed { lease: Lease::new(row.seq, attempt, give_back.clone()), message })
    }
}
