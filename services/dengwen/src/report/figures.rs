//! What is counted, exactly.

use std::collections::{BTreeMap, HashSet};

use dengwen_ledger::{CaseFilter, UnitOfWork};
use dengwen_model::{Case, CaseId, CaseStage, DeadlineState};
use dengwen_rules::Taxonomy;
use jiff::Timestamp;
use jiff::civil::Date;

/// Rows read at once.
const PAGE: u32 = 500;

/// Days and the instants at which they begin and end.
#[derive(Debug, Clone)]
pub(super) struct Period {
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) begins: Timestamp,
    pub(super) ends: Timestamp,
}

/// Numbers by name.
pub(super) type Counts = BTreeMap<String, u64>;

/// The figures of a period: of tips that came in, and of cases that were opened in it.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) tips_by_channel: Counts,
    pub(super) cases_by_group: Counts,
    pub(super) cases_by_unit: Counts,
    pub(super) cases_by_state: Counts,
    /// Cases with a limit that passed, by the unit that has them.
    pub(super) overdue_by_unit: Counts,
    /// Of each closed case.
    pub(super) days_to_close: Vec<f64>,
}

/// Counts.
pub(super) async fn figures(
    work: &mut dyn UnitOfWork,
    taxonomy: &Taxonomy,
    period: &Period,
) -> anyhow::Result<Figures> {
    let mut figures = Figures::default();
    for (channel, count) in work.count_tips_by_channel(period.begins, period.ends).await? {
        figures.tips_by_channel.insert(channel.as_str().to_owned(), count);
    }
    let overdue = overdue(work).await?;
    // Newest first, from the end of the period on.
    let mut filter = CaseFilter { before: Some(period.ends), limit: PAGE, ..CaseFilter::default() };
    loop {
        let page = work.cases(&filter).await?;
        for record in page.iter().filter(|record| record.case.opened_at >= period.begins) {
            figures.add(&record.case, taxonomy, overdue.contains(&record.case.id));
        }
        match page.last() {
            Some(last) if last.case.opened_at >= period.begins => {
                (filter.before, filter.before_case) = (Some(last.case.opened_at), Some(last.case.id));
            }
            _ => return Ok(figures),
        }
    }
}

/// The cases with a running limit that passed.
async fn overdue(work: &mut dyn UnitOfWork) -> anyhow::Result<HashSet<CaseId>> {
    let (mut cases, mut after) = (HashSet::new(), None);
    loop {
        let limits = work.running_deadlines(after, PAGE).await?;
        let Some(last) = limits.last() else { return Ok(cases) };
        after = Some(last.id);
        let passed = limits.iter().filter(|limit| matches!(limit.state, DeadlineState::Overdue { .. }));
        cases.extend(passed.map(|limit| limit.case));
    }
}

impl Figures {
    fn add(&mut self, case: &Case, taxonomy: &Taxonomy, overdue: bool) {
        let group = taxonomy.groups().iter().find(|group| case.category.as_str().starts_with(&group.code));
        let group = group.map_or_else(|| "-".to_owned(), |group| format!("{} {}", group.code, group.en));
        count(&mut self.cases_by_group, group);
        // What no unit has is with the department that took it in.
        let unit = case.stage.held_by().map_or(&case.received_by, |(unit, _)| unit).to_string();
        if overdue {
            count(&mut self.overdue_by_unit, unit.clone());
        }
        count(&mut self.cases_by_unit, unit);
        count(&mut self.cases_by_state, case.stage.name().to_owned());
        if matches!(case.stage, CaseStage::Closed { .. }) {
            // A closed case does not change any more.
            let took = case.updated_at.duration_since(case.opened_at);
            self.days_to_close.push(took.as_secs_f64() / 86_400.0);
        }
    }
}

fn count(counts: &mut Counts, name: String) {
    *counts.entry(name).or_default() += 1;
}
