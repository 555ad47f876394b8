//! How much waits, and whether a certain message is still under way.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::Store;
use crate::error::QueueError;
use crate::message::LookupKey;
use crate::queue::{Depth, Depths};

/// From run to run of the index (see `schema.sql`), stepping over those that are gone.
const LOOKUP: &str = "
    WITH RECURSIVE run (number) AS (
        SELECT min(seq >> 9) FROM message WHERE lookup_key IS NOT NULL
        UNION ALL
        SELECT (SELECT seq >> 9 FROM message WHERE lookup_key IS NOT NULL AND seq >> 9 > number
                ORDER BY seq >> 9 LIMIT 1)
        FROM run WHERE number IS NOT NULL)
    SELECT published_us FROM run CROSS JOIN message ON seq >> 9 = number AND lookup_key = ?1 LIMIT 1";

/// Each queue: its name, ready, delayed and held, and when the oldest was published.
const DEPTHS: &str = "
    SELECT name, ready + fresh, later, held, published_us FROM (
        SELECT queue.name,
               count(*) FILTER (WHERE owner = 0 AND due_us <= ?1) AS ready,
               count(*) FILTER (WHERE owner = 0 AND due_us > ?1) AS later,
               count(*) FILTER (WHERE owner <> 0) AS held,
               (SELECT count(*) FROM message WHERE queue = queue.id AND seq > taken_to) AS fresh,
               coalesce(min(delivery.seq), (SELECT min(seq) FROM message
                                            WHERE queue = queue.id AND seq > taken_to)) AS first
        FROM queue LEFT JOIN delivery ON delivery.queue = queue.id GROUP BY queue.id)
    LEFT JOIN message ON message.seq = first ORDER BY name";

const PARKED: &str = "
    SELECT count(*) FILTER (WHERE queue <> 'unrouted'), count(*) FILTER (WHERE queue = 'unrouted') FROM parked";

type DepthRow = (String, i64, i64, i64, Option<i64>);

impl Store {
    pub(crate) async fn depths(&self) -> Result<Depths, QueueError> {
        let now = self.now_us();
        let (rows, (parked, unrouted)) =
            self.readers().read(move |connection| counts(connection, now)).await?;
        let queues = rows.into_iter().map(|row| depth(row, now)).collect::<Result<_, _>>()?;
        Ok(Depths { queues, parked: count(parked), unrouted: count(unrouted) })
    }

    /// When the oldest message with this key was taken, if one is still here: a few microseconds for each
    /// 512 messages that wait.
    pub(crate) async fn lookup(&self, key: &LookupKey) -> Result<Option<Timestamp>, QueueError> {
        let key = *key;
        let read = move |connection: &Connection| {
            connection.prepare_cached(LOOKUP)?.query_row([&key[..]], |row| row.get(0)).optional()
        };
        let found: Option<i64> = self.readers().read(read).await?;
        found.map(|us| Timestamp::from_microsecond(us).map_err(|_| QueueError::Damaged(None))).transpose()
    }
}

fn counts(connection: &Connection, now: i64) -> rusqlite::Result<(Vec<DepthRow>, (i64, i64))> {
    let mut statement = connection.prepare_cached(DEPTHS)?;
    let rows = statement.query_map(params![now], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
    })?;
    let rows = rows.collect::<Result<_, _>>()?;
    let parked = connection.prepare_cached(PARKED)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((rows, parked))
}

fn depth((name, ready, later, held, first): DepthRow, now: i64) -> Result<Depth, QueueError> {
    Ok(Depth {
        queue: name.parse().map_err(|_| QueueError::Damaged(None))?,
        ready: count(ready),
        delayed: count(later),
        in_flight: count(held),
        oldest: first.map(|us| Duration::from_micros(count(now.saturating_sub(us)))),
    })
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
