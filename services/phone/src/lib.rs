//! The 12380 phone desk (电话受理): one call at a time, and call logs by CSV or XLSX.

mod call;
mod form;

use axum::Router;
use dengwen_service::DoorRuntime;

use crate::call::CallIn;

/// Starts the phone desk.
///
/// # Errors
/// Where the built-in rules cannot be read, which a test excludes.
pub fn start(runtime: &DoorRuntime) -> anyhow::Result<Router> {
    dengwen_clerk::router::<CallIn>(runtime)
}
