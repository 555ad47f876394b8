//! The rows that the audit log vouches for: each is there, is what it was when it was written, opens, and the files
//! that it names are there.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use dengwen_ledger::{AuditRecord, LedgerError, MailboxRecord, TipRecord, UnitOfWork};
use dengwen_model::{Attachment, MessageId, TipId};
use dengwen_seal::InnerKeys;
use dengwen_seal::audit::Evidence;
use dengwen_service::{
    MESSAGE_KEPT, TIP_REGISTERED, message_evidence, open_kept_message, open_tip, tip_evidence,
};

use super::files::{Named, SealedFiles};
use super::findings::Findings;

/// Rows read at once; a tip's sealed content may have some tens of kilobytes.
const ROWS: usize = 100;

/// How many rows were found under their entries, and files under those.
#[derive(Debug, Default)]
pub(super) struct Vouched {
    pub(super) tips: u64,
    /// Of these, the ones whose entry is older than digests.
    pub(super) tips_without_digest: u64,
    pub(super) messages: u64,
    pub(super) files: u64,
}

/// By what rows are opened, and where their files lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Openers<'a> {
    pub(super) keys: &'a InnerKeys,
    pub(super) files: &'a SealedFiles,
}

/// An entry that vouches: its object, and the digest where it has one.
type Entry<'a> = (&'a str, Option<Evidence>);

/// A kind of rows that are written once.
trait Kept: Sized {
    /// The action of the entry that vouches for one.
    const ACTION: &'static str;
    /// What it is called where it is missing, where it is not what was written, and where it does not open.
    const MISSING: &'static str;
    const CHANGED: &'static str;
    const CLOSED: &'static str;
    type Id: Copy + FromStr + Display;

    /// Those of these that are there.
    async fn rows(work: &mut dyn UnitOfWork, ids: &[Self::Id]) -> Result<Vec<Self>, LedgerError>;
    fn id(&self) -> Self::Id;
    /// What the log vouches for.
    fn evidence(&self) -> Evidence;
    /// The files that it names.
    fn files(&self, keys: &InnerKeys) -> Result<Vec<Attachment>, LedgerError>;
}

impl Kept for TipRecord {
    const ACTION: &'static str = TIP_REGISTERED;
    const MISSING: &'static str = "tip-missing";
    const CHANGED: &'static str = "tip-changed";
    const CLOSED: &'static str = "tip-does-not-open";
    type Id = TipId;

    async fn rows(work: &mut dyn UnitOfWork, ids: &[TipId]) -> Result<Vec<Self>, LedgerError> {
        work.tips_by_id(ids).await
    }

    fn id(&self) -> TipId {
        self.tip.id
    }

    fn evidence(&self) -> Evidence {
        tip_evidence(&self.tip)
    }

    fn files(&self, keys: &InnerKeys) -> Result<Vec<Attachment>, LedgerError> {
        Ok(open_tip(keys, self.tip.id, &self.tip.content)?.attachments)
    }
}

impl Kept for MailboxRecord {
    const ACTION: &'static str = MESSAGE_KEPT;
    const MISSING: &'static str = "message-missing";
    const CHANGED: &'static str = "message-changed";
    const CLOSED: &'static str = "message-does-not-open";
    type Id = MessageId;

    async fn rows(work: &mut dyn UnitOfWork, ids: &[MessageId]) -> Result<Vec<Self>, LedgerError> {
        work.messages_by_id(ids).await
    }

    fn id(&self) -> MessageId {
        self.id
    }

    fn evidence(&self) -> Evidence {
        message_evidence(self)
    }

    fn files(&self, keys: &InnerKeys) -> Result<Vec<Attachment>, LedgerError> {
        Ok(open_kept_message(keys, self.id, &self.text)?.attachments)
    }
}

impl Vouched {
    /// Holds the rows against a page of the log.
    pub(super) async fn check(
        &mut self,
        work: &mut dyn UnitOfWork,
        openers: Openers<'_>,
        records: &[AuditRecord],
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        let tips = hold::<TipRecord>(work, openers, records, findings).await?;
        let messages = hold::<MailboxRecord>(work, openers, records, findings).await?;
        self.tips += tips.there;
        self.tips_without_digest += tips.without_digest;
        self.messages += messages.there;
        self.files += tips.files + messages.files;
        Ok(())
    }
}

/// How many rows of a kind are there, and files that they name.
#[derive(Default)]
struct Held {
    there: u64,
    without_digest: u64,
    files: u64,
}

/// Tells what is missing, changed, does not open, or names a file that is not there.
async fn hold<T: Kept>(
    work: &mut dyn UnitOfWork,
    openers: Openers<'_>,
    records: &[AuditRecord],
    findings: &mut Findings,
) -> anyhow::Result<Held> {
    let mut held = Held::default();
    for entries in of_action(records, T::ACTION).chunks(ROWS) {
        let stored = stored::<T>(work, entries).await?;
        let mut named = Vec::new();
        for (object, digest) in entries {
            let Some(row) = stored.get(*object) else {
                findings.add(T::MISSING, *object);
                continue;
            };
            held.there += 1;
            held.without_digest += u64::from(digest.is_none());
            let whole = row.as_ref().filter(|row| digest.is_none_or(|was| was == row.evidence()));
            match whole.map(|row| row.files(openers.keys)) {
                None => findings.add(T::CHANGED, *object),
                Some(Err(_)) => findings.add(T::CLOSED, *object),
                Some(Ok(files)) => named.extend(Named::of(object, files)),
            }
        }
        held.files += openers.files.check(named, findings).await?;
    }
    Ok(held)
}

fn of_action<'a>(records: &'a [AuditRecord], action: &str) -> Vec<Entry<'a>> {
    let entries = records.iter().map(|record| &record.entry).filter(|entry| entry.action == action);
    entries.map(|entry| (entry.object.as_str(), Evidence::in_reason(&entry.reason))).collect()
}

/// The rows under these entries, by their objects; `None` for one that is there and cannot be read, which hides no
/// other.
async fn stored<T: Kept>(
    work: &mut dyn UnitOfWork,
    entries: &[Entry<'_>],
) -> anyhow::Result<HashMap<String, Option<T>>> {
    let ids: Vec<T::Id> = entries.iter().filter_map(|(object, _)| object.parse().ok()).collect();
    let together = T::rows(work, &ids).await;
    if !together.as_ref().is_err_and(is_unreadable) {
        return Ok(together?.into_iter().map(|row| (row.id().to_string(), Some(row))).collect());
    }
    let mut stored = HashMap::new();
    for id in ids {
        match T::rows(work, &[id]).await {
            Err(error) if is_unreadable(&error) => drop(stored.insert(id.to_string(), None)),
            rows => stored.extend(rows?.into_iter().map(|row| (id.to_string(), Some(row)))),
        }
    }
    Ok(stored)
}

/// Whether a row holds what this version cannot read.
fn is_unreadable(error: &LedgerError) -> bool {
    matches!(error, LedgerError::Inconsistent { .. })
}
