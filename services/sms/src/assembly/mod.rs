//! Putting long messages together from parts that come in any order, late, twice or not at all.

mod group;
mod whole;

pub(crate) use group::after;
pub use group::{Added, Group, Held, Waits, group_key, join_key};
pub use whole::{Whole, WholeParts};
