//! Declaring queues.

use rusqlite::{Connection, params};

use crate::queue::Subscription;

const DECLARE: &str = "
    INSERT INTO queue (name, binding, max_attempts) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET binding = excluded.binding, max_attempts = excluded.max_attempts
    WHERE binding <> excluded.binding OR max_attempts <> excluded.max_attempts";

/// Makes or changes the queues; how many were new or different.
pub(super) fn declare(connection: &Connection, subscriptions: &[Subscription]) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(DECLARE)?;
    let mut changed = 0;
    for Subscription { queue, binding, max_attempts } in subscriptions {
        changed += statement.execute(params![queue.as_str(), binding.as_str(), max_attempts])?;
    }
    if changed > 0 {
        connection.execute("UPDATE topology SET generation = generation + 1", [])?;
    }
    Ok(changed)
}
