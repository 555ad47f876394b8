//! Dispatch as a process of its own.

use std::process::ExitCode;

use dengwen_service::Runtime;

fn main() -> ExitCode {
    dengwen_service::main(|process| async move {
        let runtime = Runtime::open(process).await?;
        dengwen_dispatch::start(&runtime)
    })
}
