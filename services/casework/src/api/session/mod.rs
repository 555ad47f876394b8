//! Console sessions.

pub(crate) mod open;
pub(crate) mod password;
pub(crate) mod show;
pub(crate) mod stop;
