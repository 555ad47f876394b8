//! Reading a tip: normalise, extract, recognise, classify. Pure: no IO, no network, no clock.
//!
//! [`Reader::read`] takes a [`TipText`] and gives a [`Reading`]: the leaf of the taxonomy with its
//! evidence, the subjects, the facts that the rules ask about, and a [`link::Signature`] by which
//! [`link::Index`] recognises the matter again. Everything is a proposal with its reasons.

mod classify;
mod dry_run;
mod extract;
mod hashes;
mod judge;
mod lexicon;
pub mod link;
mod normalise;
mod passages;
mod rarity;
mod reader;
mod reading;
mod script;
mod sign;
mod substance;
mod tip;

pub use classify::{
    Bout, CORRECTION_WEIGHT, Classifier, Example, LearnError, Learned, Measured, Model, ModelError,
    Reliability, example_hash, learn, pair_listing, train,
};
pub use dry_run::{TryLink, try_classify_line};
pub use extract::NameLists;
pub use lexicon::LexiconError;
pub use normalise::{Normal, READ_LIMIT};
pub use reader::{Reader, ReaderError};
pub use reading::{Facts, FoundSubject, Reading, Resolution};
pub use script::Script;
pub use tip::{TipForm, TipText};
