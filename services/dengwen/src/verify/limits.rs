//! When the clock looks at each running limit next: not later than its next step is due, which is worked out anew from
//! the limit and the rules.

use dengwen_dispatch::is_looked_at_in_time;
use dengwen_ledger::UnitOfWork;
use dengwen_rules::DeadlineRules;
use jiff::Timestamp;

use super::findings::Findings;

/// Limits read at once.
const PAGE: u32 = 1000;

/// Tells the limits to which the clock comes too late, or never.
pub(super) async fn check(
    work: &mut dyn UnitOfWork,
    rules: &DeadlineRules,
    now: Timestamp,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let mut last = None;
    loop {
        let page = work.running_limits(last, PAGE).await?;
        let Some(end) = page.last() else { return Ok(()) };
        last = Some(end.id);
        for row in page {
            let in_time = |limit| is_looked_at_in_time(rules, limit, row.next_look, now);
            if !row.limit.as_ref().is_none_or(in_time) {
                findings.add("deadline-looked-at-too-late", row.id.to_string());
            }
        }
    }
}
