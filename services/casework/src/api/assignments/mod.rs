//! Assignments: what an officer does with what the unit was given.

pub(crate) mod accept;
pub(crate) mod classify;
pub(crate) mod explain;
pub(crate) mod extend;
pub(crate) mod get;
pub(crate) mod keep;
pub(crate) mod mine;
pub(crate) mod object;
pub(crate) mod pass_up;
pub(crate) mod refer;
pub(crate) mod release;
pub(crate) mod report;
mod screened;
