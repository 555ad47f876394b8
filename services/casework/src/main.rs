//! The desk as a process of its own.

use dengwen_service::Runtime;

fn main() -> anyhow::Result<()> {
    dengwen_service::main(|process| async move {
        let runtime = Runtime::open(process).await?;
        let (routes, _) = dengwen_casework::start(runtime).await?;
        Ok(routes)
    })
}
