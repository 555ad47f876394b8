//! What changes, and what the audit log said of it last: accounts, the units register and corrections are as they were
//! written, and each session, withdrawn token and step of the ladder is one that the log knows.

use std::collections::HashMap;

use dengwen_ledger::{LadderStep, NewAuditRecord, UnitOfWork};
use dengwen_seal::audit::Evidence;
use dengwen_service::{
    ACCOUNT_CHANGED, DEADLINE_STEP, SESSION_OPENED, TIP_LABELLED, UNITS_IMPORTED, WITHDRAWN,
    account_evidence, correction_evidence, register_evidence, session_evidence, step_evidence,
    withdrawn_until,
};
use jiff::Timestamp;

use super::findings::Findings;

/// Steps read at once.
const STEPS: u32 = 1000;

/// What the log says, read from its beginning.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The last digest of each account; none where its last entry is older than digests.
    accounts: HashMap<String, Option<Evidence>>,
    /// The version of the register that was put in place last, and its digest.
    register: Option<(String, Option<Evidence>)>,
    /// The last digest of each tip's correction.
    corrections: HashMap<String, Evidence>,
    /// Until when each token that was withdrawn would have held.
    withdrawn: HashMap<String, Timestamp>,
    sessions: Known,
    steps: Known,
}

/// Rows that the log vouches for, each with the object of its entry.
#[derive(Debug, Default)]
struct Known {
    rows: HashMap<Evidence, String>,
    /// Entries that are older than digests.
    older: u64,
}

impl Known {
    fn note(&mut self, entry: &NewAuditRecord) {
        match Evidence::in_reason(&entry.reason) {
            Some(digest) => drop(self.rows.insert(digest, entry.object.clone())),
            None => self.older += 1,
        }
    }
}

/// What is older than digests, and so was not proven.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unproven {
    pub(super) accounts: u64,
    pub(super) registers: u64,
    pub(super) sessions: u64,
    pub(super) steps: u64,
}

impl Standing {
    /// Takes in what an entry says.
    pub(super) fn note(&mut self, entry: &NewAuditRecord) {
        let digest = Evidence::in_reason(&entry.reason);
        match entry.action.as_str() {
            action if ACCOUNT_CHANGED.contains(&action) => {
                self.accounts.insert(entry.object.clone(), digest);
            }
            action if WITHDRAWN.contains(&action) => {
                let until = withdrawn_until(&entry.reason);
                self.withdrawn.extend(until.map(|until| (entry.object.clone(), until)));
            }
            UNITS_IMPORTED => self.register = Some((entry.object.clone(), digest)),
            TIP_LABELLED => self.corrections.extend(digest.map(|digest| (entry.object.clone(), digest))),
            SESSION_OPENED => self.sessions.note(entry),
            action if action.starts_with(DEADLINE_STEP) => self.steps.note(entry),
            _ => {}
        }
    }

    /// Holds what is there against it. What ran out before `forgotten` may have been forgotten.
    pub(super) async fn hold(
        mut self,
        work: &mut dyn UnitOfWork,
        forgotten: Timestamp,
        findings: &mut Findings,
    ) -> anyhow::Result<Unproven> {
        self.corrections(work, findings).await?;
        self.withdrawn(work, forgotten, findings).await?;
        Ok(Unproven {
            accounts: self.accounts(work, findings).await?,
            registers: self.register(work, findings).await?,
            sessions: self.sessions(work, findings).await?,
            steps: self.steps(work, findings).await?,
        })
    }

    async fn accounts(&mut self, work: &mut dyn UnitOfWork, findings: &mut Findings) -> anyhow::Result<u64> {
        let mut unproven = 0;
        for account in work.all_staff().await? {
            let id = account.id.to_string();
            match self.accounts.remove(&id) {
                None => findings.add("account-without-audit-entry", id),
                Some(None) => unproven += 1,
                Some(Some(digest)) if digest != account_evidence(&account) => {
                    findings.add("account-changed", id);
                }
                Some(Some(_)) => {}
            }
        }
        for id in sorted(self.accounts.keys()) {
            findings.add("account-missing", id);
        }
        Ok(unproven)
    }

    async fn register(&self, work: &mut dyn UnitOfWork, findings: &mut Findings) -> anyhow::Result<u64> {
        let (version, units) = (work.units_version().await?, work.units().await?);
        match &self.register {
            Some((last, Some(digest))) => {
                if *last != version.to_string() || *digest != register_evidence(&units) {
                    findings.add("units-register-changed", format!("version {version}"));
                }
                Ok(0)
            }
            // A line that was never started has none.
            _ => Ok(u64::from(version > 0)),
        }
    }

    async fn corrections(
        &mut self,
        work: &mut dyn UnitOfWork,
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        for correction in work.corrections().await? {
            let tip = correction.tip.to_string();
            match self.corrections.remove(&tip) {
                None => findings.add("correction-without-audit-entry", tip),
                Some(digest) if digest != correction_evidence(&correction) => {
                    findings.add("correction-changed", tip);
                }
                Some(_) => {}
            }
        }
        for tip in sorted(self.corrections.keys()) {
            findings.add("correction-missing", tip);
        }
        Ok(())
    }

    /// A withdrawal that was taken out would let the token in again.
    async fn withdrawn(
        &self,
        work: &mut dyn UnitOfWork,
        forgotten: Timestamp,
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        let there: HashMap<String, Option<Timestamp>> = work
            .withdrawals()
            .await?
            .into_iter()
            .map(|row| (row.token.to_string(), row.expires_at))
            .collect();
        let holds = |token: &str, until: Timestamp| {
            // Stored to the microsecond.
            let lasts =
                |at: &Option<Timestamp>| at.is_none_or(|at| at.as_microsecond() >= until.as_microsecond());
            until <= forgotten || there.get(token).is_some_and(lasts)
        };
        let broken = self.withdrawn.iter().filter(|(token, until)| !holds(token, **until));
        for token in sorted(broken.map(|(token, _)| token)) {
            findings.add("withdrawn-token-missing", token);
        }
        Ok(())
    }

    /// A session that nobody opened lets somebody in without a password. One that ended is not there any more.
    async fn sessions(&self, work: &mut dyn UnitOfWork, findings: &mut Findings) -> anyhow::Result<u64> {
        let sessions = work.all_sessions().await?;
        let unknown = sessions.iter().filter(|row| !self.sessions.rows.contains_key(&session_evidence(row)));
        let unknown: Vec<String> = unknown.map(|row| row.user.to_string()).collect();
        Ok(unproven("session-without-audit-entry", unknown, self.sessions.older, findings))
    }

    async fn steps(&mut self, work: &mut dyn UnitOfWork, findings: &mut Findings) -> anyhow::Result<u64> {
        let (mut unknown, mut last) = (Vec::new(), None::<LadderStep>);
        loop {
            let page = work.recorded_steps(last.as_ref(), STEPS).await?;
            let is_unknown = |step: &&LadderStep| self.steps.rows.remove(&step_evidence(step)).is_none();
            unknown.extend(page.iter().filter(is_unknown).map(|step| step.deadline.to_string()));
            let Some(end) = page.into_iter().next_back() else { break };
            last = Some(end);
        }
        for case in sorted(self.steps.rows.values()) {
            findings.add("ladder-step-missing", case);
        }
        Ok(unproven("ladder-step-without-audit-entry", unknown, self.steps.older, findings))
    }
}

/// Rows that no digest is of: as many as there are entries without one may be theirs, and are not proven. Where there
/// are more, somebody put rows in or changed them.
fn unproven(promise: &'static str, unknown: Vec<String>, older: u64, findings: &mut Findings) -> u64 {
    let count = unknown.len() as u64;
    if count <= older {
        return count;
    }
    for object in unknown {
        findings.add(promise, object);
    }
    0
}

/// In an order that does not change from one run to the next.
fn sorted<'a>(objects: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut objects: Vec<_> = objects.collect();
    objects.sort_unstable();
    objects
}
