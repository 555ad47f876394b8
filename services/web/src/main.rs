//! The web door as a process of its own.

use std::process::ExitCode;

use dengwen_service::DoorRuntime;

fn main() -> ExitCode {
    dengwen_service::main(|process| async move {
        let runtime = DoorRuntime::open(process, "web").await?;
        let desk = runtime.remote_desk()?;
        dengwen_web::start(&runtime, desk)
    })
}
