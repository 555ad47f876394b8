//! Settling claimed messages, many a statement.

use serde::Serialize;
use sqlx::SqliteConnection;

use super::errors::from_sqlx;
use super::job::{End, Settled};
use super::micros;
use crate::error::QueueError;

/// The settlements of one commit, by kind.
pub(super) struct Settlements<'a> {
    done: Vec<i64>,
    /// Message, attempt, when it is due again, attempts so far.
    later: Vec<(i64, u32, i64, u32)>,
    /// Message, attempt, why.
    parked: Vec<(i64, u32, &'a str)>,
    owner: i64,
    now: i64,
}

/// A list parameter: SQLite takes no arrays, but reads JSON.
pub(super) fn json<T: Serialize + ?Sized>(list: &T) -> String {
    // Numbers and short codes always have a JSON form.
    serde_json::to_string(list).unwrap_or_default()
}

impl<'a> Settlements<'a> {
    pub(super) fn of(settled: impl IntoIterator<Item = &'a Settled>, owner: i64, now: i64) -> Self {
        let mut all = Self { done: Vec::new(), later: Vec::new(), parked: Vec::new(), owner, now };
        for Settled { seq, attempt, end } in settled {
            match end {
                End::Done => all.done.push(*seq),
                End::Later(after) => {
                    all.later.push((*seq, *attempt, now.saturating_add(micros(*after)), *attempt));
                }
                End::Untouched => all.later.push((*seq, *attempt, now, attempt.saturating_sub(1))),
                End::Park(reason) => all.parked.push((*seq, *attempt, reason.as_str())),
            }
        }
        all
    }

    pub(super) async fn apply(&self, connection: &mut SqliteConnection) -> Result<(), QueueError> {
        self.forget_done(connection).await?;
        self.put_off(connection).await?;
        self.park(connection).await
    }

    /// Whoever finished a message finished it, even where its lease had lapsed: no check of holder.
    async fn forget_done(&self, connection: &mut SqliteConnection) -> Result<(), QueueError> {
        if self.done.is_empty() {
            return Ok(());
        }
        sqlx::query("DELETE FROM message WHERE seq IN (SELECT value FROM json_each(?1))")
            .bind(json(&self.done))
            .execute(connection)
            .await
            .map_err(from_sqlx)?;
        Ok(())
    }

    async fn put_off(&self, connection: &mut SqliteConnection) -> Result<(), QueueError> {
        if self.later.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "UPDATE delivery SET owner = 0, due_us = value ->> 2, attempt = value ->> 3 FROM json_each(?1)
             WHERE seq = value ->> 0 AND attempt = value ->> 1 AND owner = ?2",
        )
        .bind(json(&self.later))
        .bind(self.owner)
        .execute(connection)
        .await
        .map_err(from_sqlx)?;
        Ok(())
    }

    async fn park(&self, connection: &mut SqliteConnection) -> Result<(), QueueError> {
        if self.parked.is_empty() {
            return Ok(());
        }
        let list = json(&self.parked);
        sqlx::query(
            "INSERT INTO parked (seq, queue, reason, attempts, parked_us)
             SELECT delivery.seq, queue.name, value ->> 2, attempt, ?2
             FROM json_each(?1) JOIN delivery ON delivery.seq = value ->> 0 JOIN queue ON queue.id = delivery.queue
             WHERE attempt = value ->> 1 AND owner = ?3",
        )
        .bind(&list)
        .bind(self.now)
        .bind(self.owner)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
        sqlx::query(
            "DELETE FROM delivery WHERE seq IN (SELECT value ->> 0 FROM json_each(?1))
             AND seq IN (SELECT seq FROM parked)",
        )
        .bind(&list)
        .execute(connection)
        .await
        .map_err(from_sqlx)?;
        Ok(())
    }
}
