//! Recognising the same matter (同件、同一事项): signatures, candidates, comparison, decision.

mod compare;
mod decide;
mod english;
mod fields;
mod index;
mod make;
mod postings;
mod signature;
pub(crate) mod sound;
mod weights;
mod wording;
mod words;

pub use compare::{ALL_PARTS, Comparison, PartKind};
pub use decide::{Decision, JOIN, JOIN_ALIKE, Match, Relation, SUGGEST};
pub use english::reason_in_english;
pub use index::{Index, keys};
pub(crate) use make::Ingredients;
pub use signature::{LinkKey, SIGNATURE_BYTES, Signature, SignatureError};
