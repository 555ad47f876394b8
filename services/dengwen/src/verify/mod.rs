//! `dengwen verify`: the ledger's promises, the audit log, and the rows it vouches for. Exit 1 and the list
//! where something is broken. docs/DATA_MODEL.md says what it proves and what it cannot.

mod findings;
mod log;
mod vouched;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use dengwen_ledger::{CaseFilter, UnitOfWork};
use dengwen_model::{Clock, SystemClock, SystemEntropy};
use dengwen_seal::InnerKeys;
use dengwen_seal::audit::{ChainHead, Checkpoint};
use dengwen_service::{
    Anchor, CommonArgs, Settings, block_on, case_file_opens, key_directory, open_ledger, read_checkpoint,
};
use jiff::SignedDuration;

use crate::admin::{ensure_line, print_line};
use crate::cli::VerifyArgs;
use findings::Findings;
use vouched::Vouched;

/// Work that is under way is not a broken promise until it is this old.
const GRACE: SignedDuration = SignedDuration::from_secs(120);
/// Case files read at once.
const CASES: u32 = 100;

pub(crate) fn run(common: &CommonArgs, args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    ensure_line(&settings)?;
    block_on(async { check(&settings, &args.checkpoint).await })
}

/// What was found, and what was looked at.
pub(crate) struct Inspection {
    pub(crate) findings: Findings,
    tips: u64,
    cases: u64,
    messages: u64,
    head: ChainHead,
    vouched: Vouched,
}

/// Checks a whole ledger, and keeps a checkpoint of a log that is whole.
pub(crate) async fn check(settings: &Settings, carried: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let keys = key_directory(settings, &SystemEntropy)?.inner().context("the audit keys")?;
    let anchor = Anchor::of(settings);
    // Before the ledger is looked at: running processes move theirs forward.
    let kept = anchor.kept()?;
    let carried = carried.iter().map(|path| read_checkpoint(path));
    let mut checkpoints = carried.collect::<anyhow::Result<Vec<_>>>()?;
    checkpoints.extend(kept);
    let anchored = checkpoints.iter().map(|checkpoint| checkpoint.seq).max();
    let ledger = open_ledger(settings).await?;
    ledger.migrate().await?;
    let inspection = inspect(ledger.read().await?.as_mut(), &keys, checkpoints).await?;
    inspection.print(anchored);
    if !inspection.findings.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let head = inspection.head;
    if head.seq > 0 && kept.is_none_or(|kept| kept.seq < head.seq) {
        anchor.keep(&Checkpoint::sign(head, SystemClock.now(), &keys.audit))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Checks one state of a ledger, page by page.
pub(crate) async fn inspect(
    work: &mut dyn UnitOfWork,
    keys: &InnerKeys,
    checkpoints: Vec<Checkpoint>,
) -> anyhow::Result<Inspection> {
    let mut findings = Findings::default();
    let before = SystemClock.now().checked_sub(GRACE)?;
    for broken in work.broken_promises(before, findings::LISTED).await? {
        findings.add(broken.promise, broken.object);
    }
    let (head, vouched) = log::walk(work, keys, checkpoints, &mut findings).await?;
    let (tips, messages) = (work.count_tips().await?, work.count_messages().await?);
    if tips > vouched.tips {
        findings.add("tip-without-audit-entry", format!("{} tips", tips - vouched.tips));
    }
    let cases = case_files(work, keys, &mut findings).await?;
    Ok(Inspection { findings, tips, cases, messages, head, vouched })
}

/// Whether each case file opens under its key and in its row. How many cases there are.
async fn case_files(
    work: &mut dyn UnitOfWork,
    keys: &InnerKeys,
    findings: &mut Findings,
) -> anyhow::Result<u64> {
    let mut filter = CaseFilter { limit: CASES, ..CaseFilter::default() };
    let mut cases = 0;
    loop {
        let page = work.cases(&filter).await?;
        let Some(last) = page.last() else { return Ok(cases) };
        (filter.before, filter.before_case) = (Some(last.case.opened_at), Some(last.case.id));
        for record in &page {
            cases += 1;
            if !case_file_opens(keys, record.case.id, &record.file) {
                findings.add("case-file-does-not-open", record.case.number.clone());
            }
        }
    }
}

impl Inspection {
    /// Tells what was found, what could not be proven, and to which end the log was held.
    fn print(&self, anchored: Option<u64>) {
        self.findings.print();
        let Self { tips, cases, messages, head, vouched, .. } = self;
        let unproven_messages = messages.saturating_sub(vouched.messages);
        if vouched.tips_without_digest > 0 || unproven_messages > 0 {
            print_line(&format!(
                "not proven, being older than digests in the audit log: tips {}, messages {unproven_messages}",
                vouched.tips_without_digest
            ));
        }
        match anchored {
            Some(seq) => print_line(&format!("the audit log was held to its signed checkpoint at {seq}")),
            None => print_line("no signed checkpoint here yet: the end of the audit log was not proven"),
        }
        print_line(&format!("audit log: entry {}, hash {}", head.seq, head.hash));
        if self.findings.is_empty() {
            print_line(&format!(
                "{tips} tips, {cases} cases, {messages} messages, {} audit entries: every promise holds",
                head.seq
            ));
        }
    }
}

#[cfg(test)]
mod tests;
