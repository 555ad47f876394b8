//! Logs and metrics of a process. What is never logged: a tip's words, a name, a number, an address,
//! a receipt (docs/ARCHITECTURE.md says how that is held).

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Starts logging to standard error. `DENGWEN_LOG` filters (as `info,dengwen_triage=debug`),
/// `DENGWEN_LOG_FORMAT=json` writes a JSON object a line. A second call changes nothing.
pub fn start_logging() {
    let filter = EnvFilter::try_from_env("DENGWEN_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,lapin=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(true);
    let json = std::env::var("DENGWEN_LOG_FORMAT").is_ok_and(|format| format == "json");
    let started = if json { builder.json().try_init() } else { builder.compact().try_init() };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    // The default hook prints what the panic says, and that may quote what was being worked on.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a task panicked");
    }));
}

/// There is one recorder a process, however often parts of it are opened (as by tests).
static RECORDER: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// The process's metrics recorder, installed at the first call.
///
/// # Errors
/// Where the process has another recorder already.
pub fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    // Held throughout, so that of two threads the second finds the first one's.
    let mut recorder = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = recorder.as_ref() {
        return Ok(handle.clone());
    }
    let handle = recommended()?.install_recorder()?;
    Ok(recorder.insert(handle).clone())
}

/// Upper bounds of the buckets of times, in seconds.
const SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// Upper bounds of the buckets of how many messages were worked off together.
const MESSAGES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Names as Prometheus wants them (<https://prometheus.io/docs/practices/naming/>: counters end in `_total`), and
/// buckets, which can be added up over replicas as quantiles cannot.
fn recommended() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .with_recommended_naming(true)
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .set_buckets_for_metric(Matcher::Full("dengwen_consumer_batch".to_owned()), MESSAGES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_end_in_total_and_times_fall_into_buckets() {
        let recorder = recommended().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("dengwen_tips_registered").increment(1);
            metrics::counter!("dengwen_http_requests_total").increment(1);
            metrics::histogram!("dengwen_http_request_seconds").record(0.02);
            metrics::histogram!("dengwen_consumer_batch").record(3);
        });
        let told = recorder.handle().render();
        for line in [
            "dengwen_tips_registered_total 1",
            "dengwen_http_requests_total 1",
            "dengwen_http_request_seconds_bucket{le=\"0.01\"} 0",
            "dengwen_http_request_seconds_bucket{le=\"0.025\"} 1",
            "dengwen_consumer_batch_bucket{le=\"4\"} 1",
        ] {
            assert!(told.lines().any(|told| told == line), "{line} in {told}");
        }
    }
}
