//! The SMS door: fourteen kinds of gateway behind one trait, long messages put together, repetitions told
//! apart, receipts sent back.
//!
//! - [`gateway`]: one file a kind of vendor; signatures, formats, answers, sending.
//! - [`wire`], [`coding`]: what vendors' protocols and short messages are made of.
//! - [`intake`], [`assembly`], [`store`]: from a request to whole messages, whatever order and how often
//!   the parts come.
//! - [`reply`], [`opt_out`]: who gets an answer, and how it is sent.
//! - [`dry_run`]: the same code over JSON Lines, for `dengwen try sms`.

pub mod assembly;
pub mod coding;
pub mod dry_run;
pub mod gateway;
pub mod intake;
pub mod opt_out;
pub mod reply;
pub mod store;
pub mod wire;
