//! Writing messages.

use rusqlite::{Connection, params};

use super::job::Append;
use super::routes::Routes;
use crate::error::QueueError;
use crate::message::Outgoing;
use crate::sqlite::from_sqlite;

const INSERT: &str =
    "INSERT INTO message (queue, message_id, topic, traceparent, lookup_key, tag, published_us, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// Every unrouted message is a parked one from the start.
const PARK: &str = "INSERT INTO parked (seq, queue, reason, attempts, parked_us)
                    VALUES (last_insert_rowid(), 'unrouted', 'unrouted', 0, ?1)";

/// The id of no queue: such a message is unrouted.
const NO_QUEUE: i64 = 0;

/// Writes what callers want to be kept, a row for each queue that a message goes to; the queues that
/// got something.
pub(super) fn append(
    connection: &Connection,
    appends: &[Append],
    routes: &mut Routes,
    now: i64,
) -> Result<Vec<i64>, QueueError> {
    let mut arrived = Vec::new();
    for append in appends {
        for message in &append.messages {
            let queues = routes.of(&message.topic);
            if queues.is_empty() {
                insert(connection, NO_QUEUE, message, append.tag, now).map_err(from_sqlite)?;
                connection
                    .prepare_cached(PARK)
                    .and_then(|mut park| park.execute([now]))
                    .map_err(from_sqlite)?;
            }
            put(connection, &queues, message, append.tag, now)?;
            arrived.extend_from_slice(&queues);
        }
    }
    arrived.sort_unstable();
    arrived.dedup();
    Ok(arrived)
}

/// Writes one message for given queues.
pub(super) fn put(
    connection: &Connection,
    queues: &[i64],
    message: &Outgoing,
    tag: Option<[u8; 16]>,
    now: i64,
) -> Result<(), QueueError> {
    queues.iter().try_for_each(|&queue| insert(connection, queue, message, tag, now)).map_err(from_sqlite)
}

fn insert(
    connection: &Connection,
    queue: i64,
    message: &Outgoing,
    tag: Option<[u8; 16]>,
    now: i64,
) -> rusqlite::Result<()> {
    connection.prepare_cached(INSERT)?.execute(params![
        queue,
        message.message_id.as_uuid().as_bytes(),
        message.topic.as_str(),
        message.traceparent.as_deref(),
        message.lookup_key.as_ref().map(|key| key.as_slice()),
        tag.as_ref().map(|tag| tag.as_slice()),
        now,
        message.body.as_ref(),
    ])?;
    Ok(())
}
