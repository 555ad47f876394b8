//! Triage as a process of its own.

use dengwen_service::Runtime;

fn main() -> anyhow::Result<()> {
    dengwen_service::main(|process| async move {
        let runtime = Runtime::open(process).await?;
        dengwen_triage::start(&runtime)
    })
}
