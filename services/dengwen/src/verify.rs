//! `dengwen verify`: the ledger's promises and the audit chain. Exit 1 and the list where one is broken.

use std::process::ExitCode;

use anyhow::Context;
use dengwen_ledger::UnitOfWork;
use dengwen_model::{Clock, SystemClock, SystemEntropy};
use dengwen_seal::audit::{ChainHash, ChainVerifier};
use dengwen_service::{CommonArgs, as_chained, block_on, key_directory, open_ledger};
use jiff::SignedDuration;

use crate::admin::print_line;

/// Work that is under way is not a broken promise until it is this old.
const GRACE: SignedDuration = SignedDuration::from_secs(120);
/// Broken promises that are listed.
const LISTED: u32 = 1000;
/// Audit entries read at once.
const PAGE: u32 = 1000;

pub(crate) fn run(common: &CommonArgs) -> anyhow::Result<ExitCode> {
    let settings = common.settings(None)?;
    block_on(async {
        let ledger = open_ledger(&settings).await?;
        ledger.migrate().await?;
        let mut work = ledger.read().await?;
        let before = SystemClock.now().checked_sub(GRACE)?;
        let broken = work.broken_promises(before, LISTED).await?;
        let tips = work.count_tips().await?;
        let cases: u64 = work.count_cases().await?.into_iter().map(|(_, count)| count).sum();
        for one in &broken {
            print_line(&format!("BROKEN {}: {}", one.promise, one.object));
        }
        let keys = key_directory(&settings, &SystemEntropy)?.inner().context("the audit keys")?;
        let entries = match chain(work.as_mut(), ChainVerifier::new(Vec::new(), &keys.audit_keys)?).await {
            Ok(entries) => entries,
            Err(fault) => {
                print_line(&format!("BROKEN audit-chain: {fault}"));
                return Ok(ExitCode::FAILURE);
            }
        };
        if !broken.is_empty() {
            return Ok(ExitCode::FAILURE);
        }
        print_line(&format!("{tips} tips, {cases} cases, {entries} audit entries: every promise holds"));
        Ok(ExitCode::SUCCESS)
    })
}

/// Reads the whole chain; how many entries it has.
async fn chain(work: &mut dyn UnitOfWork, mut verifier: ChainVerifier) -> anyhow::Result<u64> {
    let mut next = 1;
    loop {
        let records = work.audit_from(next, PAGE).await?;
        let Some(last) = records.last() else { break };
        next = last.seq + 1;
        for record in &records {
            let chained = as_chained(record.seq, &record.entry, &record.prev)?;
            verifier.check(&chained, ChainHash::from_bytes(&record.hash)?)?;
        }
    }
    Ok(verifier.finish()?.seq)
}
