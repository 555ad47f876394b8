//! Notices what other processes declared, and reports how much waits.

use std::sync::{Arc, Weak};
use std::time::Duration;

use rusqlite::Connection;

use super::job::Change;
use super::{Shared, Store};
use crate::error::QueueError;
use crate::metrics::report_depths;

const REPORT_EVERY: Duration = Duration::from_secs(15);

/// Runs until the store is closed or nobody holds it any more.
pub(super) fn start(shared: &Arc<Shared>) {
    let (weak, closing, poll) = (Arc::downgrade(shared), shared.closing.clone(), shared.options.poll);
    shared.tasks.spawn(async move {
        let mut reported: Option<tokio::time::Instant> = None;
        let mut generation = 0;
        loop {
            tokio::select! {
                () = closing.cancelled() => return,
                () = tokio::time::sleep(poll) => {}
            }
            let Some(store) = Weak::upgrade(&weak).map(|shared| Store { shared }) else { return };
            if let Err(error) = look(&store, &mut generation).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the queue's file could not be read"
                );
            }
            if reported.is_none_or(|at| at.elapsed() >= REPORT_EVERY) {
                reported = Some(tokio::time::Instant::now());
                if let Ok(depths) = store.depths().await {
                    report_depths(&depths);
                }
            }
        }
    });
}

async fn look(store: &Store, generation: &mut i64) -> Result<(), QueueError> {
    let read = |connection: &Connection| {
        connection.prepare_cached("SELECT generation FROM topology")?.query_row([], |row| row.get(0))
    };
    let found: i64 = store.readers().read(read).await?;
    if found != *generation {
        store.change(Change::Reload).await?;
        *generation = found;
    }
    Ok(())
}
