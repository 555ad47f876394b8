//! Parked messages: listing, showing, replaying, discarding; and forgetting by tag.

use bytes::Bytes;
use dengwen_model::MessageId;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::Store;
use super::append::put;
use super::routes::Routes;
use crate::error::QueueError;
use crate::message::Outgoing;
use crate::parked::{ParkedEntry, ParkedId};
use crate::sqlite::from_sqlite;

/// A parked message as the table has it.
struct Entry {
    queue: String,
    message_id: [u8; 16],
    topic: String,
    reason: String,
    attempts: i64,
    published_us: i64,
    parked_us: i64,
    size: i64,
}

const LIST: &str = "
    SELECT parked.queue, message_id, topic, reason, attempts, published_us, parked_us, length(body)
    FROM parked JOIN message USING (seq) ORDER BY seq LIMIT ?1";

const SHOW: &str = "
    SELECT parked.queue, message_id, topic, reason, attempts, published_us, parked_us, length(body), body
    FROM parked JOIN message USING (seq) WHERE parked.queue = ?1 AND message_id = ?2 LIMIT 1";

impl Entry {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            queue: row.get(0)?,
            message_id: row.get(1)?,
            topic: row.get(2)?,
            reason: row.get(3)?,
            attempts: row.get(4)?,
            published_us: row.get(5)?,
            parked_us: row.get(6)?,
            size: row.get(7)?,
        })
    }
}

impl TryFrom<Entry> for ParkedEntry {
    type Error = QueueError;

    fn try_from(entry: Entry) -> Result<Self, QueueError> {
        let damaged = || QueueError::Damaged(None);
        let instant = |us| Timestamp::from_microsecond(us).map_err(|_| damaged());
        Ok(Self {
            id: ParkedId {
                queue: entry.queue.parse().map_err(|_| damaged())?,
                message_id: MessageId::from_uuid(Uuid::from_bytes(entry.message_id)),
            },
            topic: entry.topic.parse().map_err(|_| damaged())?,
            reason: entry.reason.parse().map_err(|_| damaged())?,
            attempts: u32::try_from(entry.attempts).unwrap_or(u32::MAX),
            published_at: instant(entry.published_us)?,
            parked_at: Some(instant(entry.parked_us)?),
            size: usize::try_from(entry.size).unwrap_or(usize::MAX),
        })
    }
}

impl Store {
    pub(crate) async fn parked_list(&self, limit: usize) -> Result<Vec<ParkedEntry>, QueueError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let read = move |connection: &Connection| {
            connection.prepare_cached(LIST)?.query_map([limit], Entry::read)?.collect()
        };
        let entries: Vec<Entry> = self.readers().read(read).await?;
        entries.into_iter().map(ParkedEntry::try_from).collect()
    }

    pub(crate) async fn parked_show(&self, id: &ParkedId) -> Result<(ParkedEntry, Bytes), QueueError> {
        let (queue, message_id) = (id.queue.to_string(), id.message_id.as_uuid());
        let read = move |connection: &Connection| {
            let entry = |row: &Row<'_>| Ok((Entry::read(row)?, row.get::<_, Vec<u8>>(8)?));
            connection.query_row(SHOW, params![queue, message_id.as_bytes()], entry).optional()
        };
        let (entry, body) = self.readers().read(read).await?.ok_or(QueueError::NotParked)?;
        Ok((entry.try_into()?, body.into()))
    }
}

/// Puts a parked message back where it was, or an unrouted one where its topic leads by now; the queues
/// that got it.
pub(super) fn replay(
    connection: &Connection,
    id: &ParkedId,
    routes: &mut Routes,
    now: i64,
) -> Result<Vec<i64>, QueueError> {
    let message = parked(connection, id)?;
    let queues = if id.queue.is_unrouted() {
        routes.of(&message.topic).to_vec()
    } else {
        routes.targets.by_name(&id.queue).map(|target| target.id).into_iter().collect()
    };
    if queues.is_empty() {
        return Err(QueueError::UnknownQueue(id.queue.clone()));
    }
    put(connection, &queues, &message, None, now)?;
    discard(connection, id)?;
    Ok(queues)
}

/// The message that is parked under this id.
fn parked(connection: &Connection, id: &ParkedId) -> Result<Outgoing, QueueError> {
    type Columns = (String, Option<String>, Option<[u8; 32]>, Vec<u8>);
    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let found: Option<Columns> = connection
        .query_row(
            "SELECT topic, traceparent, lookup_key, body FROM parked JOIN message USING (seq)
             WHERE parked.queue = ?1 AND message_id = ?2 LIMIT 1",
            params![id.queue.as_str(), id.message_id.as_uuid().as_bytes()],
            columns,
        )
        .optional()
        .map_err(from_sqlite)?;
    let (topic, traceparent, lookup_key, body) = found.ok_or(QueueError::NotParked)?;
    let topic = topic.parse().map_err(|_| QueueError::Damaged(None))?;
    Ok(Outgoing { message_id: id.message_id, topic, traceparent, lookup_key, body: body.into() })
}

/// Throws a parked message away, with its repetitions.
pub(super) fn discard(connection: &Connection, id: &ParkedId) -> Result<usize, QueueError> {
    let gone = connection
        .execute(
            "DELETE FROM message
             WHERE message_id = ?2 AND seq IN (SELECT seq FROM parked WHERE queue = ?1)",
            params![id.queue.as_str(), id.message_id.as_uuid().as_bytes()],
        )
        .map_err(from_sqlite)?;
    if gone == 0 { Err(QueueError::NotParked) } else { Ok(gone) }
}

/// Removes every message with one of the tags, wherever it stands.
pub(super) fn forget(connection: &Connection, tags: &[[u8; 16]]) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached("DELETE FROM message WHERE tag = ?1")?;
    tags.iter().map(|tag| statement.execute([&tag[..]])).sum()
}
