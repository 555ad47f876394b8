//! Taking due messages under a lease.

use std::time::Duration;

use bytes::Bytes;
use dengwen_model::MessageId;
use futures::TryStreamExt;
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection};
use uuid::Uuid;

use super::errors::from_sqlx;
use super::lease::{GiveBack, Lease};
use super::routes::Target;
use super::settle::{self, Settlements};
use super::{Store, micros};
use crate::error::QueueError;
use crate::message::Received;
use crate::name::ReasonCode;
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
    SELECT value, ?1, ?2, 1, ?3 FROM json_each(?4) WHERE true
    ON CONFLICT (seq) DO UPDATE SET due_us = excluded.due_us, attempt = attempt + 1, owner = excluded.owner";

#[derive(FromRow)]
struct Row {
    seq: i64,
    attempt: i64,
    message_id: Uuid,
    topic: String,
    traceparent: Option<String>,
    published_us: i64,
    body: Vec<u8>,
}

/// Leases up to `claim.max` messages. What already had all its attempts (its handler took the
/// process down each time) is parked instead.
pub(super) async fn take(
    connection: &mut SqliteConnection,
    claim: &Claim,
    owner: i64,
    give_back: &GiveBack,
    now: i64,
) -> Result<Vec<Claimed>, QueueError> {
    let rows = due(connection, claim, now).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (rows, spent): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.attempt < i64::from(claim.target.max_attempts));
    park_spent(connection, &spent, now).await?;
    let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    sqlx::query(LEASE)
        .bind(claim.target.id)
        .bind(now.saturating_add(micros(claim.lease)))
        .bind(owner)
        .bind(settle::json(&seqs))
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    // Fresh ones were taken in the order of their numbers, and all others have lower ones.
    sqlx::query("UPDATE queue SET taken_to = ?2 WHERE id = ?1 AND taken_to < ?2")
        .bind(claim.target.id)
        .bind(seqs.iter().copied().max())
        .execute(connection)
        .await
        .map_err(from_sqlx)?;
    rows.into_iter().map(|row| row.claimed(give_back)).collect()
}

async fn due(connection: &mut SqliteConnection, claim: &Claim, now: i64) -> Result<Vec<Row>, QueueError> {
    let mut stream = sqlx::query_as::<_, Row>(DUE)
        .bind(claim.target.id)
        .bind(now)
        .bind(i64::try_from(claim.max).unwrap_or(i64::MAX))
        .fetch(connection);
    let mut rows = Vec::new();
    let mut bytes = 0;
    while let Some(row) = stream.try_next().await.map_err(from_sqlx)? {
        bytes += row.body.len();
        rows.push(row);
        if bytes >= MAX_BYTES {
            break;
        }
    }
    Ok(rows)
}

async fn park_spent(connection: &mut SqliteConnection, spent: &[Row], now: i64) -> Result<(), QueueError> {
    let free = spent.iter().map(|row| row.seq).collect::<Vec<_>>();
    sqlx::query("UPDATE delivery SET owner = 0 WHERE seq IN (SELECT value FROM json_each(?1))")
        .bind(settle::json(&free))
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let parked: Vec<Settled> = spent
        .iter()
        .map(|row| Settled {
            seq: row.seq,
            attempt: u32::try_from(row.attempt).unwrap_or(u32::MAX),
            end: End::Park(ReasonCode::ATTEMPTS),
        })
        .collect();
    Settlements::of(&parked, 0, now).apply(connection).await
}

impl Row {
    fn claimed(self, give_back: &GiveBack) -> Result<Claimed, QueueError> {
        let row = self;
        let damaged = || QueueError::Damaged(None);
        let message = Received {
            message_id: MessageId::from_uuid(row.message_id),
            topic: row.topic.parse().map_err(|_| damaged())?,
            traceparent: row.traceparent,
            published_at: Timestamp::from_microsecond(row.published_us).map_err(|_| damaged())?,
            body: Bytes::from(row.body),
        };
        let attempt = u32::try_from(row.attempt.saturating_add(1)).unwrap_or(u32::MAX);
        Ok(Claimed { lease: Lease::new(row.seq, attempt, give_back.clone()), message })
    }
}

impl Store {
    /// Whether a claim of this queue would find something.
    pub(super) async fn has_due(&self, target: &Target) -> Result<bool, QueueError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM delivery WHERE queue = ?1 AND due_us <= ?2)
             OR EXISTS (SELECT 1 FROM message
                        WHERE queue = ?1 AND seq > (SELECT taken_to FROM queue WHERE id = ?1))",
        )
        .bind(target.id)
        .bind(self.now_us())
        .fetch_one(self.readers())
        .await
        .map_err(from_sqlx)
    }
}
