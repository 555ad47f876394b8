//! Casework as the doors in the same process ask it; doors elsewhere ask by HTTP.

use crate::desk::Desk;

/// Answers doors for receipts, with notices and with hints, each where the HTTP operation is.
#[derive(Debug, Clone)]
pub struct LocalDesk(Desk);

impl LocalDesk {
    /// On this desk.
    pub fn new(desk: Desk) -> Self {
        Self(desk)
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.0
    }
}
