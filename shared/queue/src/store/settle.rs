//! Settling claimed messages.

use rusqlite::{Connection, params};

use super::job::{End, Settled};
use super::micros;

const DONE: &str = "DELETE FROM message WHERE seq = ?1";

const PUT_OFF: &str = "
    UPDATE delivery SET owner = 0, due_us = ?3, attempt = ?4 WHERE seq = ?1 AND attempt = ?2 AND owner = ?5";

const PARK: &str = "
    INSERT INTO parked (seq, queue, reason, attempts, parked_us)
    SELECT delivery.seq, queue.name, ?3, attempt, ?4
    FROM delivery JOIN queue ON queue.id = delivery.queue
    WHERE delivery.seq = ?1 AND attempt = ?2 AND owner = ?5";

/// Does what a consumer decided of one message that `owner` held.
pub(super) fn settle(
    connection: &Connection,
    settled: &Settled,
    owner: i64,
    now: i64,
) -> rusqlite::Result<()> {
    let Settled { seq, attempt, end } = settled;
    let put_off = |due: i64, attempts: u32| {
        let mut statement = connection.prepare_cached(PUT_OFF)?;
        statement.execute(params![seq, attempt, due, attempts, owner]).map(drop)
    };
    match end {
        // Whoever finished a message finished it, even where its lease had lapsed: no check of holder.
        End::Done => connection.prepare_cached(DONE)?.execute([seq]).map(drop),
        End::Later(after) => put_off(now.saturating_add(micros(*after)), *attempt),
        End::Untouched => put_off(now, attempt.saturating_sub(1)),
        End::Park(reason) => {
            let mut park = connection.prepare_cached(PARK)?;
            if park.execute(params![seq, attempt, reason.as_str(), now, owner])? > 0 {
                connection.prepare_cached("DELETE FROM delivery WHERE seq = ?1")?.execute([seq])?;
            }
            Ok(())
        }
    }
}
