//! The audit log from its beginning: each link, the signed checkpoints, and what its entries vouch for.

use dengwen_ledger::{AuditRecord, LedgerError, UnitOfWork};
use dengwen_seal::audit::{BrokenLink, ChainHash, ChainHead, ChainVerifier, Checkpoint};
use dengwen_service::as_chained;

use super::findings::Findings;
use super::standing::Standing;
use super::vouched::{Openers, Vouched};

/// Entries read at once.
const PAGE: u32 = 1000;

/// Walks the log. Behind a broken link the links are not looked at any more, but what is vouched for is, up to an entry
/// that cannot be read.
pub(super) async fn walk(
    work: &mut dyn UnitOfWork,
    openers: Openers<'_>,
    checkpoints: Vec<Checkpoint>,
    findings: &mut Findings,
) -> anyhow::Result<(ChainHead, Vouched, Standing)> {
    let mut links = Links(ChainVerifier::new(checkpoints, &openers.keys.audit_keys));
    let (mut vouched, mut standing) = (Vouched::default(), Standing::default());
    let mut next = 1;
    loop {
        let records = match work.audit_from(next, PAGE).await {
            Err(LedgerError::Inconsistent { column, .. }) => {
                findings.add("audit-unreadable", format!("{column} of an entry from {next} on"));
                break;
            }
            read => read?,
        };
        let Some(last) = records.last() else { break };
        next = last.seq + 1;
        for record in &records {
            links.check(record)?;
            standing.note(&record.entry);
        }
        vouched.check(work, openers, &records, findings).await?;
    }
    match links.finish() {
        Ok(head) => Ok((head, vouched, standing)),
        Err(broken) => {
            findings.add("audit-chain", broken.to_string());
            Ok((ChainHead::default(), vouched, standing))
        }
    }
}

/// The chain as far as it holds.
struct Links(Result<ChainVerifier, BrokenLink>);

impl Links {
    fn check(&mut self, record: &AuditRecord) -> anyhow::Result<()> {
        let Ok(verifier) = &mut self.0 else { return Ok(()) };
        let chained = as_chained(record.seq, &record.entry, &record.prev)?;
        if let Err(broken) = verifier.check(&chained, ChainHash::from_bytes(&record.hash)?) {
            self.0 = Err(broken);
        }
        Ok(())
    }

    fn finish(self) -> Result<ChainHead, BrokenLink> {
        self.0?.finish()
    }
}
