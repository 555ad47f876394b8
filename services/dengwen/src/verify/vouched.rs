//! The rows that the audit log vouches for: each is there, and is what it was when it was written.

use std::collections::HashMap;

use dengwen_ledger::{AuditRecord, UnitOfWork};
use dengwen_model::{MessageId, TipId};
use dengwen_seal::audit::Evidence;
use dengwen_service::{MESSAGE_KEPT, TIP_REGISTERED, message_evidence, tip_evidence};

use super::findings::Findings;

/// Rows read at once; a tip's sealed content may have some tens of kilobytes.
const ROWS: usize = 100;

/// How many rows were found under their entries.
#[derive(Debug, Default)]
pub(super) struct Vouched {
    pub(super) tips: u64,
    /// Of these, the ones whose entry is older than digests.
    pub(super) tips_without_digest: u64,
    pub(super) messages: u64,
}

/// An entry that vouches: its object, and the digest where it has one.
type Entry<'a> = (&'a str, Option<Evidence>);

impl Vouched {
    /// Holds the rows against a page of the log.
    pub(super) async fn check(
        &mut self,
        work: &mut dyn UnitOfWork,
        records: &[AuditRecord],
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        for entries in of_action(records, TIP_REGISTERED).chunks(ROWS) {
            let stored = tips(work, entries).await?;
            self.tips += compare(entries, &stored, ("tip-missing", "tip-changed"), findings);
            let without = |(object, digest): &&Entry<'_>| digest.is_none() && stored.contains_key(*object);
            self.tips_without_digest += count(entries.iter().filter(without));
        }
        for entries in of_action(records, MESSAGE_KEPT).chunks(ROWS) {
            let stored = messages(work, entries).await?;
            self.messages += compare(entries, &stored, ("message-missing", "message-changed"), findings);
        }
        Ok(())
    }
}

fn of_action<'a>(records: &'a [AuditRecord], action: &str) -> Vec<Entry<'a>> {
    let entries = records.iter().map(|record| &record.entry).filter(|entry| entry.action == action);
    entries.map(|entry| (entry.object.as_str(), Evidence::in_reason(&entry.reason))).collect()
}

/// Names what is missing or changed; how many are there at all.
fn compare(
    entries: &[Entry<'_>],
    stored: &HashMap<String, Evidence>,
    (missing, changed): (&'static str, &'static str),
    findings: &mut Findings,
) -> u64 {
    for (object, digest) in entries {
        match stored.get(*object) {
            None => findings.add(missing, *object),
            Some(is) if digest.is_some_and(|was| was != *is) => findings.add(changed, *object),
            Some(_) => {}
        }
    }
    count(entries.iter().filter(|(object, _)| stored.contains_key(*object)))
}

fn count(found: impl Iterator) -> u64 {
    u64::try_from(found.count()).unwrap_or(u64::MAX)
}

async fn tips(work: &mut dyn UnitOfWork, entries: &[Entry<'_>]) -> anyhow::Result<HashMap<String, Evidence>> {
    let ids: Vec<TipId> = entries.iter().filter_map(|(object, _)| object.parse().ok()).collect();
    let found = work.tips_by_id(&ids).await?;
    Ok(found.iter().map(|record| (record.tip.id.to_string(), tip_evidence(&record.tip))).collect())
}

async fn messages(
    work: &mut dyn UnitOfWork,
    entries: &[Entry<'_>],
) -> anyhow::Result<HashMap<String, Evidence>> {
    let ids: Vec<MessageId> = entries.iter().filter_map(|(object, _)| object.parse().ok()).collect();
    let found = work.messages_by_id(&ids).await?;
    Ok(found.iter().map(|record| (record.id.to_string(), message_evidence(record))).collect())
}
