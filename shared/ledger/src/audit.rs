//! The audit log: who did what to which object and why, one hash chain.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::LedgerError;

/// An entry before it is chained. Holds ids and codes, never a tip's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuditRecord {
    /// When.
    pub at: Timestamp,
    /// Who: an account's or service's name.
    pub actor: String,
    /// In which role; `service` for a process.
    pub role: String,
    /// What, as `case.concluded`.
    pub action: String,
    /// To which object, as `case_…`.
    pub object: String,
    /// Why, a code or the rule that decided, with its version.
    pub reason: String,
}

/// A chained entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Counts from 1 without gaps.
    pub seq: i64,
    /// The entry.
    pub entry: NewAuditRecord,
    /// Hash of the entry before; 32 zero bytes for the first.
    pub prev: [u8; 32],
    /// Hash of this entry and `prev`.
    pub hash: [u8; 32],
}

/// The audit log (审计日志).
#[async_trait]
pub trait Audit {
    /// The last entry, locked so that only this unit of work appends until it ends.
    async fn lock_audit_head(&mut self) -> Result<Option<AuditRecord>, LedgerError>;

    /// Appends chained entries after [`Audit::lock_audit_head`], and counts them: where more were counted
    /// than are there, the log was cut off ([`crate::Verify`]).
    async fn append_audit(&mut self, records: &[AuditRecord]) -> Result<(), LedgerError>;

    /// Up to `max` entries from `seq` on, in order.
    async fn audit_from(&mut self, seq: i64, max: u32) -> Result<Vec<AuditRecord>, LedgerError>;

    /// The entries about one object, in order.
    async fn audit_of(&mut self, object: &str) -> Result<Vec<AuditRecord>, LedgerError>;
}
