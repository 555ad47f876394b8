//! Writing messages: many rows a statement, with a fixed set of statements so that each is
//! prepared once.

use std::fmt::Write as _;
use std::sync::LazyLock;

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::errors::from_sqlx;
use super::job::Append;
use super::routes::Routes;
use crate::error::QueueError;
use crate::message::Outgoing;

/// Rows a statement takes; a smaller number of rows leaves the rest NULL, which are passed over.
const SIZES: [usize; 5] = [1, 4, 16, 64, 256];
const LARGEST: usize = 256;

static STATEMENTS: LazyLock<[(usize, String); 5]> =
    LazyLock::new(|| SIZES.map(|size| (size, statement(size))));

fn statement(rows: usize) -> String {
    let mut sql = String::from(
        "INSERT INTO message (queue, message_id, topic, traceparent, lookup_key, tag, published_us, body) ",
    );
    if rows == 1 {
        return sql + "VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    }
    sql += "SELECT * FROM (VALUES ";
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        let _infallible = write!(sql, "{comma}(?, ?, ?, ?, ?, ?, ?, ?)");
    }
    sql + ") WHERE column1 IS NOT NULL"
}

/// One message for one queue.
struct Row<'a> {
    queue: i64,
    message: &'a Outgoing,
    tag: Option<[u8; 16]>,
}

impl Row<'_> {
    fn is_unrouted(&self) -> bool {
        self.queue == NO_QUEUE
    }
}

/// The rows of one commit: a row for each queue that a message goes to.
pub(super) struct Rows<'a> {
    rows: Vec<Row<'a>>,
    now: i64,
}

/// The id of no queue: such a message is unrouted.
const NO_QUEUE: i64 = 0;

impl<'a> Rows<'a> {
    pub(super) fn of(appends: &'a [Append], routes: &mut Routes, now: i64) -> Self {
        let mut rows = Vec::with_capacity(appends.len());
        for append in appends {
            for message in &append.messages {
                let queues = routes.of(&message.topic);
                if queues.is_empty() {
                    rows.push(Row { queue: NO_QUEUE, message, tag: append.tag });
                }
                rows.extend(queues.iter().map(|&queue| Row { queue, message, tag: append.tag }));
            }
        }
        Self { rows, now }
    }

    /// One message for given queues.
    pub(super) fn to(queues: &[i64], message: &'a Outgoing, now: i64) -> Self {
        let rows = queues.iter().map(|&queue| Row { queue, message, tag: None }).collect();
        Self { rows, now }
    }

    pub(super) fn is_one_statement(&self) -> bool {
        self.rows.len() <= LARGEST && !self.rows.iter().any(Row::is_unrouted)
    }

    /// The queues that got something.
    pub(super) fn into_queues(self) -> Vec<i64> {
        let mut queues: Vec<i64> = self.rows.iter().map(|row| row.queue).collect();
        queues.sort_unstable();
        queues.dedup();
        queues
    }

    pub(super) async fn insert(&self, connection: &mut SqliteConnection) -> Result<(), QueueError> {
        for chunk in self.rows.chunks(LARGEST) {
            let fitting = STATEMENTS.iter().find(|(size, _)| *size >= chunk.len());
            let (size, sql) = fitting.unwrap_or(&STATEMENTS[SIZES.len() - 1]);
            let mut query = sqlx::query(AssertSqlSafe(sql.as_str()));
            for row in chunk {
                query = query
                    .bind(row.queue)
                    .bind(row.message.message_id.as_uuid())
                    .bind(row.message.topic.as_str())
                    .bind(row.message.traceparent.as_deref())
                    .bind(row.message.lookup_key.as_ref().map(|key| key.as_slice()))
                    .bind(row.tag.map(Vec::from))
                    .bind(self.now)
                    .bind(row.message.body.as_ref());
            }
            for _ in chunk.len() * 8..size * 8 {
                query = query.bind(None::<i64>);
            }
            let inserted = query.execute(&mut *connection).await.map_err(from_sqlx)?;
            // A shortfall would be a tip that nobody has.
            if inserted.rows_affected() != chunk.len() as u64 {
                return Err(QueueError::Damaged(None));
            }
            if chunk.iter().any(Row::is_unrouted) {
                park_unrouted(connection).await?;
            }
        }
        Ok(())
    }
}

/// Every unrouted message is a parked one from the start.
async fn park_unrouted(connection: &mut SqliteConnection) -> Result<(), QueueError> {
    sqlx::query(
        "INSERT INTO parked (seq, queue, reason, attempts, parked_us)
         SELECT seq, 'unrouted', 'unrouted', 0, published_us FROM message
         WHERE queue = ?1 AND seq > (SELECT coalesce(max(seq), 0) FROM parked WHERE queue = 'unrouted')",
    )
    .bind(NO_QUEUE)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    Ok(())
}
