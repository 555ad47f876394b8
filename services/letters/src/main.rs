//! The letters desk's door as a process of its own.

use std::process::ExitCode;

use dengwen_service::DoorRuntime;

fn main() -> ExitCode {
    dengwen_service::main(|process| async move {
        let runtime = DoorRuntime::open(process, "letters").await?;
        dengwen_letters::start(&runtime)
    })
}
