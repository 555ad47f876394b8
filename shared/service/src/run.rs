//! One skeleton for every process: settings, logs, drivers, listening, an orderly end.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use clap::Args;
use dengwen_http::{Conventions, ServeLimits, TrustedProxies};
use tokio::net::TcpListener;

use crate::{Process, Settings, health, telemetry};

/// An end that takes longer is cut off (the contract's 10 s, less a margin).
const END_WITHIN: Duration = Duration::from_secs(9);
/// What is left of the margin for tasks that do not notice.
const DROP_WITHIN: Duration = Duration::from_millis(500);

/// What every process and command takes.
#[derive(Debug, Clone, Default, Args)]
pub struct CommonArgs {
    /// Directory for data.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Settings file (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl CommonArgs {
    /// The settings: file, then environment, then command line.
    ///
    /// # Errors
    /// Where they cannot be used; the message names file, line and key.
    pub fn settings(&self, listen: Option<SocketAddr>) -> Result<Settings, crate::SettingsError> {
        let mut settings = Settings::load(self.config.as_deref(), std::env::vars())?;
        if let Some(data) = &self.data {
            settings.data.clone_from(data);
        }
        if let Some(listen) = listen {
            settings.listen = listen;
        }
        settings.check()?;
        Ok(settings)
    }
}

#[derive(clap::Parser)]
struct ServiceArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Where to listen, as 127.0.0.1:8380.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// The whole of a service's `main`: runs it until SIGTERM or SIGINT. Where it cannot start, or ends by an
/// error, one line on standard error says why.
pub fn main<F, Fut>(start: F) -> ExitCode
where
    F: FnOnce(Process) -> Fut,
    Fut: Future<Output = anyhow::Result<Router>>,
{
    use clap::Parser;
    match run(ServiceArgs::parse(), start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run<F, Fut>(args: ServiceArgs, start: F) -> anyhow::Result<()>
where
    F: FnOnce(Process) -> Fut,
    Fut: Future<Output = anyhow::Result<Router>>,
{
    let settings = args.common.settings(args.listen)?;
    block_on(async move {
        let process = Process::open(settings).await?;
        let router = start(process.clone()).await?;
        serve(process, router, |_| ()).await
    })
}

/// Prepares the process (TLS provider, logs) and runs a future on a new runtime.
///
/// # Errors
/// As the future's, or where no runtime can be made.
pub fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    // One TLS provider for all; a second call finds it installed, which is as well.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    telemetry::start_logging();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(future);
    // Dropping it would wait for whatever computes, however long.
    runtime.shutdown_timeout(DROP_WITHIN);
    result
}

/// Listens, says where (one line on standard output), and serves until a signal; then ends in order.
///
/// # Errors
/// Where the address cannot be listened on.
pub async fn serve(process: Process, router: Router, ready: impl FnOnce(SocketAddr)) -> anyhow::Result<()> {
    let address = process.settings().listen;
    let bound = TcpListener::bind(address).await;
    let listener = bound.with_context(|| format!("listening on {address}"))?;
    let address = listener.local_addr()?;
    announce(address);
    ready(address);
    let shutdown = process.shutdown().clone();
    tokio::spawn(async move {
        wait_for_signal().await;
        tracing::info!("stopping");
        shutdown.cancel();
    });
    let router = conventions(&process)?.apply(router.merge(health::routes(process.clone())));
    let upkeep = process.clone();
    process.spawn(async move { health::keep_up_metrics(upkeep).await });
    let shutdown = process.shutdown().clone();
    let ended = async {
        dengwen_http::serve(listener, router, ServeLimits::default(), shutdown.clone().cancelled_owned())
            .await?;
        process.finish().await;
        Ok(())
    };
    // One time for both: slow requests and slow work may come together.
    let cut_off = async {
        shutdown.cancelled().await;
        tokio::time::sleep(END_WITHIN).await;
    };
    tokio::select! {
        ended = ended => ended,
        () = cut_off => {
            tracing::warn!("some work did not end in time; it is done again at the next start");
            Ok(())
        }
    }
}

/// What stands around every router of this process.
fn conventions(process: &Process) -> anyhow::Result<Conventions> {
    let proxies = process.settings().door.trusted_proxies.iter().map(String::as_str);
    Ok(Conventions {
        trusted_proxies: TrustedProxies::parse(proxies)?,
        // Less than the 60 s for which a claim on an idempotency key is kept.
        time_limit: Duration::from_secs(50),
        ..Conventions::new(process.shared_entropy())
    })
}

/// The error and its causes in one line; never a backtrace, which tells an operator nothing.
#[expect(clippy::print_stderr, reason = "whoever started the process reads from here why it did not start")]
fn complain(error: &anyhow::Error) {
    let program = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let name = program.file_name().unwrap_or(OsStr::new("dengwen")).display();
    eprintln!("{name}: {}", format!("{error:#}").replace('\n', " "));
}

#[expect(clippy::print_stdout, reason = "whoever started the process reads the address from here")]
fn announce(address: SocketAddr) {
    println!("listening on http://{address}");
}

async fn wait_for_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        let _ = interrupt.await;
        return;
    };
    tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
}
