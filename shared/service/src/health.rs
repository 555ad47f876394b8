//! `/healthz`, `/readyz` and `/metrics` of every process.

use std::time::Duration;

use axum::Router;

use crate::Process;

/// Between two turns of the histograms' upkeep.
const UPKEEP: Duration = Duration::from_secs(5);

pub(crate) fn routes(process: Process) -> Router {
    let checks = process.checks();
    dengwen_http::health::routes(checks, move || process.metrics().render())
}

/// Without upkeep the recorder's histograms grow for ever. Also measures what waits.
pub(crate) async fn keep_up_metrics(process: Process) {
    loop {
        tokio::select! {
            () = process.shutdown().cancelled() => return,
            () = tokio::time::sleep(UPKEEP) => {}
        }
        process.metrics().run_upkeep();
        match process.queue().depths().await {
            Ok(depths) => dengwen_queue::metrics::report_depths(&depths),
            Err(error) => tracing::debug!(%error, "the queue's depth is not known"),
        }
    }
}
