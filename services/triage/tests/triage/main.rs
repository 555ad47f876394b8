//! Triage over a ledger and a queue of its own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod register;
mod replicas;
mod rig;
