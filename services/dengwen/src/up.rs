//! `dengwen up`: every service in one process.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::Router;
use dengwen_casework::first_administrator;
use dengwen_door::ReceiptDesk;
use dengwen_service::{CommonArgs, DoorRuntime, Process, Runtime, Settings, block_on, serve};

use crate::admin::print_line;
use crate::cli::UpArgs;
use crate::demo;

pub(crate) fn run(common: &CommonArgs, args: &UpArgs) -> anyhow::Result<ExitCode> {
    let mut settings = common.settings(args.listen)?;
    let _alone = alone(&settings.data)?;
    // Before anything is made: a first start prints a password that no other one prints.
    std::net::TcpListener::bind(settings.listen)
        .with_context(|| format!("listening on {}", settings.listen))?;
    let demo = args.demo.then(|| demo::Demo::prepare(&mut settings)).transpose()?;
    block_on(async move {
        let process = Process::open(settings).await?;
        let runtime = Runtime::open(process.clone()).await?;
        let router = everything(&process, &runtime).await?;
        if let Some((name, password)) = first_administrator(&runtime).await? {
            print_line(&format!("administrator: {name}"));
            print_line(&format!("one-time password: {password}"));
        }
        let shown = runtime.clone();
        serve(process, router, move |address| {
            announce(shown.settings(), address);
            if let Some(demo) = demo {
                tokio::spawn(demo.run(shown, address));
            }
        })
        .await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The lock of the one process that serves this data directory, held for as long as it lives. Two would each
/// give out sessions, first answers and limits that the other does not know. Commands and services of their own
/// may share the directory.
fn alone(data: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(data).with_context(|| data.display().to_string())?;
    let path = data.join("up.lock");
    let lock = File::create(&path).with_context(|| path.display().to_string())?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!(
                "another `dengwen up` already serves {}; stop it first, or give another --data",
                data.display()
            )
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// All doors, triage, dispatch and casework behind one router.
async fn everything(process: &Process, runtime: &Runtime) -> anyhow::Result<Router> {
    let (casework, desk) = dengwen_casework::start(runtime.clone()).await?;
    let desk = Arc::new(desk);
    let receipts: Arc<dyn ReceiptDesk> = desk.clone();
    let door = async |kind: &'static str| {
        anyhow::Ok(DoorRuntime::open(process.clone(), kind).await?.beside(desk.clone()))
    };
    let (web, sms) = (door("web").await?, door("sms").await?);
    let (phone, letters) = (door("phone").await?, door("letters").await?);
    Ok(Router::new()
        .merge(dengwen_triage::start(runtime)?)
        .merge(dengwen_dispatch::start(runtime)?)
        .merge(casework)
        .merge(dengwen_web::start(&web, receipts.clone())?)
        .merge(dengwen_sms::start(&sms, receipts).await?)
        .merge(dengwen_phone::start(&phone)?)
        .merge(dengwen_letters::start(&letters)?))
}

fn announce(settings: &Settings, address: SocketAddr) {
    print_line(&format!("report:   http://{address}/"));
    print_line(&format!("receipt:  http://{address}/receipt"));
    print_line(&format!("console:  http://{address}/desk"));
    print_line(&format!("desk API: http://{address}/api/v1/openapi.json"));
    print_line(&format!("data:     {}", settings.data.display()));
}
