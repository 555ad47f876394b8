//! The letter desk (来信来访): letters, visits and e-mails registered by a clerk, one at a time or by table.

mod form;
mod letter;

use axum::Router;
use dengwen_service::DoorRuntime;

use crate::letter::LetterIn;

/// Starts the letter desk.
///
/// # Errors
/// Where the built-in rules cannot be read, which a test excludes.
pub fn start(runtime: &DoorRuntime) -> anyhow::Result<Router> {
    dengwen_clerk::router::<LetterIn>(runtime)
}
