//! The promises that `dengwen verify` checks by queries.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::LedgerError;

/// A promise that does not hold, and for which object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenPromise {
    /// Which promise, as `tip-without-case`.
    pub promise: &'static str,
    /// The object's id or number.
    pub object: String,
}

/// Checks over the whole ledger.
#[async_trait]
pub trait Verify {
    /// What is broken, at most `max` findings: every tip has a case that exists; a case's count of tips is
    /// right; every case that is not final and not just opened (older than `grace_before`) has an
    /// assignment or is final; no number given twice; every running deadline whose step is due before
    /// `grace_before` has it recorded; every non-final case has a running deadline; every link entry
    /// points to its tip's case; no outbox message older than `grace_before`; the audit log has as many entries
    /// as were ever appended.
    async fn broken_promises(
        &mut self,
        grace_before: Timestamp,
        max: u32,
    ) -> Result<Vec<BrokenPromise>, LedgerError>;
}
