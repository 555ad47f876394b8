//! The end of the audit log, signed and kept beside the ledger: the chain shows what was changed within it, and
//! this file shows that it was cut off or written anew from some entry on.
//!
//! Every process behind the wall keeps one in its own data directory. It moves forward only over entries that
//! join on to what it stated before, so that a log that was cut off is never signed for.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use dengwen_ledger::{Ledger, LedgerError};
use dengwen_seal::InnerKeys;
use dengwen_seal::audit::{BrokenLink, ChainHash, ChainHead, ChainVerifier, Checkpoint, LinkFault};
use jiff::Timestamp;

use crate::consume::Chain;
use crate::{Runtime, Settings, as_chained};

/// So often the file follows the log.
const EVERY: Duration = Duration::from_secs(10);
/// Entries read at once.
const PAGE: u32 = 1000;
/// A checkpoint has less than 300 bytes.
const LONGEST_FILE: u64 = 4096;

/// The file with the last checkpoint that this host has signed.
#[derive(Debug, Clone)]
pub struct Anchor(PathBuf);

/// Why the file did not move.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[from] LedgerError),
    /// The log does not go on from where it was.
    #[error("the audit log is broken")]
    Log(#[from] BrokenLink),
    /// The file cannot be read or written.
    #[error("the checkpoint of the audit log")]
    File(#[source] anyhow::Error),
}

impl Anchor {
    /// The file of this data directory: `audit-checkpoint.json`.
    pub fn of(settings: &Settings) -> Self {
        Self(settings.data.join("audit-checkpoint.json"))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The checkpoint that is kept. Whose signature it bears is for the reader to check.
    ///
    /// # Errors
    /// Where the file is there and is no checkpoint.
    pub fn kept(&self) -> anyhow::Result<Option<Checkpoint>> {
        match std::fs::exists(&self.0).with_context(|| self.0.display().to_string())? {
            true => read_checkpoint(&self.0).map(Some),
            false => Ok(None),
        }
    }

    /// Refuses an empty ledger beside a checkpoint of one that was not: it was lost, or the address is another. Begun
    /// anew beside it, everything would look in order but what is gone.
    ///
    /// # Errors
    /// Where it is so, as the ledger's, and where the file cannot be read.
    pub async fn ensure_ledger(&self, ledger: &dyn Ledger) -> anyhow::Result<()> {
        let Some(kept) = self.kept()?.filter(|kept| kept.seq > 0) else { return Ok(()) };
        if ledger.is_there().await? {
            return Ok(());
        }
        anyhow::bail!(
            "the ledger is gone: {} says that its audit log had {} entries, and there is none at its address now; \
             bring it back (`dengwen restore`), or correct ledger_url, or remove that file to begin an empty one",
            self.0.display(),
            kept.seq
        )
    }

    /// Keeps this checkpoint in place of the one before: on disk when it returns, whole or not at all.
    ///
    /// # Errors
    /// As the file system's.
    pub fn keep(&self, checkpoint: &Checkpoint) -> anyhow::Result<()> {
        use std::io::Write;
        let folder = self.0.parent().unwrap_or(Path::new("."));
        // Processes of one data directory may write at once.
        let draft = self.0.with_extension(format!("part-{}", std::process::id()));
        let kept = || -> anyhow::Result<()> {
            let mut file = std::fs::File::create(&draft)?;
            file.write_all(&serde_json::to_vec(checkpoint)?)?;
            file.sync_all()?;
            std::fs::rename(&draft, &self.0)?;
            Ok(std::fs::File::open(folder)?.sync_all()?)
        };
        kept().with_context(|| self.0.display().to_string())
    }

    /// Moves the file forward to the end of the log, over entries that join on to what it stated.
    ///
    /// # Errors
    /// [`AnchorError::Log`] where they do not; the file then stays as it is.
    pub async fn advance(
        &self,
        ledger: &dyn Ledger,
        keys: &InnerKeys,
        now: Timestamp,
    ) -> Result<(), AnchorError> {
        let kept = self.kept().map_err(AnchorError::File)?;
        let from = match kept {
            Some(kept) if !kept.is_signed_by(&keys.audit_keys) => {
                return Err(BrokenLink { seq: kept.seq, fault: LinkFault::Checkpoint }.into());
            }
            Some(kept) => kept.head(),
            None => ChainHead::default(),
        };
        let head = follow(ledger, from).await?;
        if head.seq > from.seq {
            self.keep(&Checkpoint::sign(head, now, &keys.audit)).map_err(AnchorError::File)?;
        }
        Ok(())
    }
}

/// Reads a checkpoint that was carried here, as to `dengwen verify --checkpoint`.
///
/// # Errors
/// Where it cannot be read or is no checkpoint.
pub fn read_checkpoint(path: &Path) -> anyhow::Result<Checkpoint> {
    use std::io::Read;
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LONGEST_FILE).read_to_string(&mut text));
    read.with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| format!("{} is no checkpoint", path.display()))
}

/// Checks the log on from this head, a page at a time. The end of what is there.
async fn follow(ledger: &dyn Ledger, from: ChainHead) -> Result<ChainHead, AnchorError> {
    let broken = |fault| AnchorError::Log(BrokenLink { seq: from.seq, fault });
    let seq = |seq: u64| i64::try_from(seq).map_err(|_| broken(LinkFault::CutOff));
    if from.seq > 0 {
        let at = seq(from.seq)?;
        let there = ledger.read().await?.audit_from(at, 1).await?;
        let there = there.first().filter(|entry| entry.seq == at).ok_or(broken(LinkFault::CutOff))?;
        if there.hash != *from.hash.as_bytes() {
            return Err(broken(LinkFault::Checkpoint));
        }
    }
    let mut verifier = ChainVerifier::after(from);
    let mut next = seq(from.seq)? + 1;
    loop {
        let records = ledger.read().await?.audit_from(next, PAGE).await?;
        let Some(last) = records.last() else { return Ok(verifier.finish()?) };
        next = last.seq + 1;
        for record in &records {
            let chained = as_chained(record.seq, &record.entry, &record.prev)?;
            let stored = ChainHash::from_bytes(&record.hash)
                .map_err(|_| LedgerError::Inconsistent { table: "audit", column: "hash" })?;
            verifier.check(&chained, stored)?;
        }
    }
}

/// Follows the log until shutdown, and once more at the end.
pub(crate) async fn keep_anchored(runtime: Runtime) {
    let anchor = Anchor::of(runtime.settings());
    let mut told = false;
    loop {
        let stopping = runtime.shutdown().is_cancelled();
        let moved = anchor.advance(runtime.ledger().as_ref(), runtime.keys(), runtime.clock().now()).await;
        match moved {
            Ok(()) => told = false,
            Err(AnchorError::Ledger(error)) if error.is_transient() => {
                tracing::debug!(error = %Chain(&error), "the checkpoint of the audit log waits");
            }
            // The line goes on: tips must be taken. Said once, and by a gauge for as long as it lasts.
            Err(error) if !told => {
                tracing::error!(error = %Chain(&error), "the audit log is not signed for; run `dengwen verify`");
                told = true;
            }
            Err(_) => {}
        }
        metrics::gauge!("dengwen_audit_log_unsigned").set(if told { 1.0 } else { 0.0 });
        if stopping {
            return;
        }
        tokio::select! { () = runtime.shutdown().cancelled() => {}, () = tokio::time::sleep(EVERY) => {} }
    }
}
