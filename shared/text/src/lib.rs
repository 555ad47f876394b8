//! Reading a tip: normalise, extract, recognise, classify. Pure: no IO, no network, no clock.
//!
//! [`Reader::read`] takes a [`TipText`] and gives a [`Reading`]: the leaf of the taxonomy with its
//! evidence, the subjects, the facts that the rules ask about, and a [`link::Signature`] by which
//! [`link::Index`] recognises the matter again. Everything is a proposal with its reasons.

pub mod link;
mod normalise;
mod reader;
mod reading;
mod register;
mod script;
mod tip;

pub use normalise::{Normal, READ_LIMIT};
pub use reader::Reader;
pub use reading::{Facts, FoundSubject, Reading, Resolution};
pub use register::{KnownRegion, KnownUnit, Official, Register, UnitLevel};
pub use script::Script;
pub use tip::{TipForm, TipText};
