//! What a channel hands to the door after its own checks.

use dengwen_model::{ReporterIdentity, TipContent};
use jiff::Timestamp;

/// One tip as a channel understood it, before sealing.
#[derive(Debug)]
pub struct Submission {
    /// What it says.
    pub content: TipContent,
    /// Who sent it, as far as they said.
    pub identity: ReporterIdentity,
    /// Where a reply can go (a number), for channels that answer by themselves.
    pub reply_to: Option<String>,
    /// When it reached the line, where that was before the clerk wrote it up; never later than now.
    pub received_at: Option<Timestamp>,
    /// The sender's own id for it: the same id never makes a second tip.
    pub external: Option<ExternalId>,
}

/// An id that somebody else gave: a vendor's message id, a row of a call log, an idempotency key.
#[derive(Clone)]
pub struct ExternalId {
    /// Whose id it is, as `sms/main` or `web`.
    pub source: String,
    /// The id itself.
    pub id: String,
    /// Whether a repetition must get the same tip id and receipt although nobody remembers the first answer.
    pub same_receipt: bool,
}

impl std::fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A vendor's id may hold a number.
        f.debug_struct("ExternalId").field("source", &self.source).finish_non_exhaustive()
    }
}
