//! The desk as a process of its own, with the stylesheet of its console.

use std::process::ExitCode;

use dengwen_service::Runtime;

fn main() -> ExitCode {
    dengwen_service::main(|process| async move {
        let runtime = Runtime::open(process).await?;
        let (routes, _) = dengwen_casework::start(runtime).await?;
        Ok(routes.merge(dengwen_pages::asset_routes()))
    })
}
