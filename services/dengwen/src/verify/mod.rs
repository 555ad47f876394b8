//! `dengwen verify`: the ledger's promises, the audit log, and the rows it vouches for. Exit 1 and the list
//! where something is broken. docs/DATA_MODEL.md says what it proves and what it cannot.

mod files;
mod findings;
mod limits;
mod log;
mod standing;
mod vouched;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use dengwen_ledger::UnitOfWork;
use dengwen_model::{Clock, SystemClock};
use dengwen_rules::DeadlineRules;
use dengwen_seal::audit::{ChainHead, Checkpoint};
use dengwen_seal::{InnerKeys, KeyDirectory};
use dengwen_service::{Anchor, CommonArgs, Settings, block_on, case_file_opens, load_rules, read_checkpoint};
use jiff::SignedDuration;

use crate::admin::print_line;
use crate::cli::VerifyArgs;
use crate::place::{ensure_line, kept_ledger};
use files::SealedFiles;
use findings::Findings;
use standing::Unproven;
use vouched::{Openers, Vouched};

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
struct Inspection {
    findings: Findings,
    tips: u64,
    cases: u64,
    messages: u64,
    head: ChainHead,
    vouched: Vouched,
    unproven: Unproven,
}

/// Checks a whole ledger, and keeps a checkpoint of a log that is whole.
pub(crate) async fn check(settings: &Settings, carried: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let ledger = kept_ledger(settings).await?;
    // Keys that are missing are not made: nothing that is there would open under them.
    let keys = KeyDirectory::new(settings.keys_dir()).inner().context("the keys that open the ledger")?;
    let files = SealedFiles::of(settings)?;
    let rules = load_rules(settings)?;
    let anchor = Anchor::of(settings);
    // Before the ledger is looked at: running processes move theirs forward.
    let kept = anchor.kept()?;
    let carried = carried.iter().map(|path| read_checkpoint(path));
    let mut checkpoints = carried.collect::<anyhow::Result<Vec<_>>>()?;
    checkpoints.extend(kept);
    let anchored = checkpoints.iter().map(|checkpoint| checkpoint.seq).max();
    let openers = Openers { keys: &keys, files: &files };
    let inspection = inspect(ledger.read().await?.as_mut(), openers, &rules.deadlines, checkpoints).await?;
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
async fn inspect(
    work: &mut dyn UnitOfWork,
    openers: Openers<'_>,
    rules: &DeadlineRules,
    checkpoints: Vec<Checkpoint>,
) -> anyhow::Result<Inspection> {
    let mut findings = Findings::default();
    let now = SystemClock.now();
    let before = now.checked_sub(GRACE)?;
    for broken in work.broken_promises(before, findings::LISTED).await? {
        findings.add(broken.promise, broken.object);
    }
    let (head, vouched, standing) = log::walk(work, openers, checkpoints, &mut findings).await?;
    let (tips, messages) = (work.count_tips().await?, work.count_messages().await?);
    if tips > vouched.tips {
        findings.add("tip-without-audit-entry", format!("{} tips", tips - vouched.tips));
    }
    let unproven = standing.hold(work, now.checked_add(GRACE)?, &mut findings).await?;
    limits::check(work, rules, now, &mut findings).await?;
    let cases = case_files(work, openers.keys, &mut findings).await?;
    Ok(Inspection { findings, tips, cases, messages, head, vouched, unproven })
}

/// Whether each case file opens under its key and in its row. How many cases there are.
async fn case_files(
    work: &mut dyn UnitOfWork,
    keys: &InnerKeys,
    findings: &mut Findings,
) -> anyhow::Result<u64> {
    let (mut cases, mut last) = (0, None);
    loop {
        let page = work.case_files(last, CASES).await?;
        if page.is_empty() {
            return Ok(cases);
        }
        for found in page {
            (cases, last) = (cases + 1, Some(found.case));
            if !case_file_opens(keys, found.case, &found.file) {
                findings.add("case-file-does-not-open", found.number);
            }
        }
    }
}

impl Inspection {
    /// What was not proven, each kind with how many.
    fn older_than_digests(&self) -> Vec<String> {
        let Unproven { accounts, registers, sessions, steps } = self.unproven;
        let counted = [
            ("tips", self.vouched.tips_without_digest),
            ("messages", self.messages.saturating_sub(self.vouched.messages)),
            ("accounts", accounts),
            ("units registers", registers),
            ("sessions", sessions),
            ("steps of the ladder", steps),
        ];
        counted
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| format!("{what} {count}"))
            .collect()
    }

    /// Tells what was found, what could not be proven, and to which end the log was held.
    fn print(&self, anchored: Option<u64>) {
        self.findings.print();
        let Self { tips, cases, messages, head, vouched, .. } = self;
        let older = self.older_than_digests();
        if !older.is_empty() {
            print_line(&format!(
                "not proven, being older than digests in the audit log: {}",
                older.join(", ")
            ));
        }
        match anchored {
            Some(seq) => print_line(&format!("the audit log was held to its signed checkpoint at {seq}")),
            None => print_line("no signed checkpoint here yet: the end of the audit log was not proven"),
        }
        print_line(&format!("audit log: entry {}, hash {}", head.seq, head.hash));
        if self.findings.is_empty() {
            print_line(&format!(
                "{tips} tips, {cases} cases, {messages} messages, {} files, {} audit entries: every promise holds",
                vouched.files, head.seq
            ));
        }
    }
}

#[cfg(test)]
mod standing_tests;
#[cfg(test)]
mod tests;
