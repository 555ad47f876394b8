//! Cases: what reviewing roles decide, and what everybody concerned reads.

pub(crate) mod approve;
pub(crate) mod archive;
pub(crate) mod ask;
pub(crate) mod clarify;
pub(crate) mod close;
pub(crate) mod conclude;
pub(crate) mod feedback;
pub(crate) mod file;
pub(crate) mod get;
pub(crate) mod jurisdiction;
pub(crate) mod list;
pub(crate) mod messages;
pub(crate) mod objection;
pub(crate) mod reassign;
pub(crate) mod release_file;
pub(crate) mod reopen;
pub(crate) mod send_back;
pub(crate) mod split;
