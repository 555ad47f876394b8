//! Logs and metrics of a process. What is never logged: a tip's words, a name, a number, an address,
//! a receipt (docs/ARCHITECTURE.md says how that is held).

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
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
    let handle = PrometheusBuilder::new().install_recorder()?;
    Ok(recorder.insert(handle).clone())
}
