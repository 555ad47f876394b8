//! What whole-system tests stand on: the built programs as real processes, private servers that
//! can be stopped and killed, a proxy that spoils connections, and waiting for conditions; and what the
//! tests of the clerks' desks stand on.
//!
//! Only tests name this crate. Everything here panics when the machine does not give what a test
//! needs: a test that cannot run has failed, and says how to run it (`./tests/run`).
#![expect(
    clippy::expect_used,
    reason = "this crate runs only inside tests, where an unmet expectation is the failure to report"
)]

mod backends;
mod desk;
mod http;
mod ports;
mod process;
mod programs;
mod proxy;
mod replicas;
mod servers;
mod shared;
mod system;
mod wait;

pub use backends::Backends;
pub use desk::DeskRig;
pub use http::client;
pub use ports::free_port;
pub use process::{Launch, Process};
pub use programs::program;
pub use proxy::{Fault, FaultProxy};
pub use replicas::Replicas;
pub use servers::{Kind, Server};
pub use shared::{postgres_database, postgres_url, rabbitmq_management_url, rabbitmq_url, redis_url};
pub use system::{Service, Setup, System};
pub use wait::{holds, until};
