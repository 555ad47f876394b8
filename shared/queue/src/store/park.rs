//! Parked messages: listing, showing, replaying, discarding; and forgetting by tag.

use bytes::Bytes;
use dengwen_model::MessageId;
use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection};
use uuid::Uuid;

use super::append::Rows;
use super::errors::from_sqlx;
use super::routes::Routes;
use super::{Store, settle};
use crate::error::QueueError;
use crate::message::Outgoing;
use crate::parked::{ParkedEntry, ParkedId};

#[derive(FromRow)]
struct Row {
    queue: String,
    message_id: Uuid,
    topic: String,
    reason: String,
    attempts: i64,
    published_us: i64,
    parked_us: i64,
    size: i64,
}

macro_rules! entry_columns {
    () => {
        "parked.queue, message_id, topic, reason, attempts, published_us, parked_us, length(body) AS size"
    };
}

impl TryFrom<Row> for ParkedEntry {
    type Error = QueueError;

    fn try_from(row: Row) -> Result<Self, QueueError> {
        let damaged = || QueueError::Damaged(None);
        let instant = |us| Timestamp::from_microsecond(us).map_err(|_| damaged());
        Ok(Self {
            id: ParkedId {
                queue: row.queue.parse().map_err(|_| damaged())?,
                message_id: MessageId::from_uuid(row.message_id),
            },
            topic: row.topic.parse().map_err(|_| damaged())?,
            reason: row.reason.parse().map_err(|_| damaged())?,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            published_at: instant(row.published_us)?,
            parked_at: Some(instant(row.parked_us)?),
            size: usize::try_from(row.size).unwrap_or(usize::MAX),
        })
    }
}

impl Store {
    pub(crate) async fn parked_list(&self, limit: usize) -> Result<Vec<ParkedEntry>, QueueError> {
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT ",
            entry_columns!(),
            " FROM parked JOIN message USING (seq) ORDER BY seq LIMIT ?1"
        ))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.readers())
        .await
        .map_err(from_sqlx)?;
        rows.into_iter().map(ParkedEntry::try_from).collect()
    }

    pub(crate) async fn parked_show(&self, id: &ParkedId) -> Result<(ParkedEntry, Bytes), QueueError> {
        #[derive(FromRow)]
        struct WithBody {
            #[sqlx(flatten)]
            row: Row,
            body: Vec<u8>,
        }
        let found: Option<WithBody> = sqlx::query_as(concat!(
            "SELECT ",
            entry_columns!(),
            ", body FROM parked JOIN message USING (seq)
             WHERE parked.queue = ?1 AND message_id = ?2 LIMIT 1"
        ))
        .bind(id.queue.as_str())
        .bind(id.message_id.as_uuid())
        .fetch_optional(self.readers())
        .await
        .map_err(from_sqlx)?;
        let found = found.ok_or(QueueError::NotParked)?;
        Ok((found.row.try_into()?, found.body.into()))
    }
}

/// Puts a parked message back where it was, or an unrouted one where its topic leads by now.
pub(super) async fn replay(
    connection: &mut SqliteConnection,
    id: &ParkedId,
    routes: &mut Routes,
    now: i64,
    arrived: &mut Vec<i64>,
) -> Result<u64, QueueError> {
    type Columns = (String, Option<String>, Option<Vec<u8>>, Vec<u8>);
    let found: Option<Columns> = sqlx::query_as(
        "SELECT topic, traceparent, lookup_key, body FROM parked JOIN message USING (seq)
         WHERE parked.queue = ?1 AND message_id = ?2 LIMIT 1",
    )
    .bind(id.queue.as_str())
    .bind(id.message_id.as_uuid())
    .fetch_optional(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    let (topic, traceparent, lookup_key, body) = found.ok_or(QueueError::NotParked)?;
    let message = Outgoing {
        message_id: id.message_id,
        topic: topic.parse().map_err(|_| QueueError::Damaged(None))?,
        traceparent,
        lookup_key: lookup_key.and_then(|key| key.try_into().ok()),
        body: body.into(),
    };
    let queues = if id.queue.is_unrouted() {
        routes.of(&message.topic).to_vec()
    } else {
        routes.targets.by_name(&id.queue).map(|target| target.id).into_iter().collect()
    };
    if queues.is_empty() {
        return Err(QueueError::UnknownQueue(id.queue.clone()));
    }
    Rows::to(&queues, &message, now).insert(connection).await?;
    arrived.extend(queues);
    discard(connection, id).await
}

/// Throws a parked message away, with its repetitions.
pub(super) async fn discard(connection: &mut SqliteConnection, id: &ParkedId) -> Result<u64, QueueError> {
    let gone = sqlx::query(
        "DELETE FROM message WHERE message_id = ?2 AND seq IN (SELECT seq FROM parked WHERE queue = ?1)",
    )
    .bind(id.queue.as_str())
    .bind(id.message_id.as_uuid())
    .execute(connection)
    .await
    .map_err(from_sqlx)?
    .rows_affected();
    if gone == 0 { Err(QueueError::NotParked) } else { Ok(gone) }
}

/// Removes every message with one of the tags, wherever it stands.
pub(super) async fn forget(connection: &mut SqliteConnection, tags: &[[u8; 16]]) -> Result<u64, QueueError> {
    let tags: Vec<String> = tags.iter().map(|tag| Uuid::from_bytes(*tag).simple().to_string()).collect();
    let gone = sqlx::query("DELETE FROM message WHERE tag IN (SELECT unhex(value) FROM json_each(?1))")
        .bind(settle::json(&tags))
        .execute(connection)
        .await
        .map_err(from_sqlx)?;
    Ok(gone.rows_affected())
}
