//! Declaring queues.

use sqlx::SqliteConnection;

use super::errors::from_sqlx;
use crate::error::QueueError;
use crate::queue::Subscription;

/// Makes or changes the queues; how many were new or different.
pub(super) async fn declare(
    connection: &mut SqliteConnection,
    subscriptions: &[Subscription],
) -> Result<u64, QueueError> {
    let mut changed = 0;
    for subscription in subscriptions {
        changed += sqlx::query(
            "INSERT INTO queue (name, binding, max_attempts) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET binding = excluded.binding, max_attempts = excluded.max_attempts
             WHERE binding <> excluded.binding OR max_attempts <> excluded.max_attempts",
        )
        .bind(subscription.queue.as_str())
        .bind(subscription.binding.as_str())
        .bind(i64::from(subscription.max_attempts))
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?
        .rows_affected();
    }
    if changed > 0 {
        sqlx::query("UPDATE topology SET generation = generation + 1")
            .execute(connection)
            .await
            .map_err(from_sqlx)?;
    }
    Ok(changed)
}
