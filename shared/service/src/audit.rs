//! Appends to the audit chain inside a unit of work.

use dengwen_ledger::{AuditRecord, LedgerError, NewAuditRecord, UnitOfWork};
use dengwen_seal::audit::{self, ChainHash};

/// Chains the entries to the log. Call last before the commit: the head stays locked until then.
///
/// # Errors
/// As the ledger's.
pub async fn append_audit(
    work: &mut dyn UnitOfWork,
    entries: Vec<NewAuditRecord>,
) -> Result<(), LedgerError> {
    if entries.is_empty() {
        return Ok(());
    }
    let head = work.lock_audit_head().await?;
    let (mut seq, mut prev) = head.map_or((0, [0; 32]), |record| (record.seq, record.hash));
    let mut records = Vec::with_capacity(entries.len());
    for entry in entries {
        seq += 1;
        let hash = chained(seq, &entry, prev)?;
        records.push(AuditRecord { seq, entry, prev, hash });
        prev = hash;
    }
    work.append_audit(&records).await
}

fn chained(seq: i64, entry: &NewAuditRecord, prev: [u8; 32]) -> Result<[u8; 32], LedgerError> {
    let record = as_chained(seq, entry, &prev)?;
    Ok(*record.hash().as_bytes())
}

/// A stored entry as the chain hashes it, for appending and for `dengwen verify`.
///
/// # Errors
/// [`LedgerError::Inconsistent`] where the number or the hash cannot be one.
pub fn as_chained<'a>(
    seq: i64,
    entry: &'a NewAuditRecord,
    prev: &[u8; 32],
) -> Result<audit::AuditRecord<'a>, LedgerError> {
    let seq = u64::try_from(seq).map_err(|_| LedgerError::Inconsistent { table: "audit", column: "seq" })?;
    let prev = ChainHash::from_bytes(prev)
        .map_err(|_| LedgerError::Inconsistent { table: "audit", column: "prev" })?;
    Ok(audit::AuditRecord {
        seq,
        at: entry.at,
        actor: &entry.actor,
        role: &entry.role,
        action: &entry.action,
        object: &entry.object,
        reason: &entry.reason,
        prev,
    })
}
