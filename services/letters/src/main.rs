//! The letters desk's door as a process of its own.

use dengwen_service::DoorRuntime;

fn main() -> anyhow::Result<()> {
    dengwen_service::main(|process| async move {
        let runtime = DoorRuntime::open(process, "letters").await?;
        dengwen_letters::start(&runtime)
    })
}
