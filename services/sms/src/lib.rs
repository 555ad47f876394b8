//! The SMS door: fourteen kinds of gateway behind one trait, long messages put together, repetitions told
//! apart, receipts sent back.
//!
//! - [`gateway`]: one file a kind of vendor; signatures, formats, answers, sending.
//! - [`wire`], [`coding`]: what vendors' protocols and short messages are made of.
//! - [`intake`], [`assembly`], [`store`]: from a request to whole messages, whatever order and how often
//!   the parts come.
//! - [`taking`], [`follow_up`]: a whole message becomes a sealed tip, or is added to one.
//! - [`reply`], [`opt_out`]: who gets an answer, and how it is sent.
//! - [`routes`], [`settings`]: the webhooks and the `[sms]` table.
//! - [`dry_run`]: the same code over JSON Lines, for `dengwen try sms`.

pub mod assembly;
pub mod coding;
pub mod dry_run;
pub mod follow_up;
pub mod gateway;
pub mod intake;
pub mod opt_out;
pub mod reply;
pub mod routes;
mod running;
pub mod settings;
pub mod store;
pub mod taking;
pub mod wire;

pub use dry_run::try_sms;
pub use running::{start, start_with};
pub use settings::check_settings;
