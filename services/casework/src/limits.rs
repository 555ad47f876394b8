//! The time limits (时限) that the desk starts, meets, extends and ends.

use dengwen_ledger::UnitOfWork;
use dengwen_model::{
    AssignmentId, CaseId, Deadline, DeadlineId, DeadlineOwner, DeadlineState, HandlingForm, RuleId, UnitCode,
};
use dengwen_rules::{DeadlineRules, Start, beginning_of, cut_off, nearest_cut_off};
use jiff::Timestamp;

use crate::desk::Desk;
use crate::refusal::DeskError;

/// The rules that the desk acts on by name; the start fails where the rules file lacks one.
pub(crate) mod rule {
    pub(crate) const UNIT_ACCEPTS: &str = "DL-UNITACC";
    pub(crate) const OBJECTION: &str = "DL-OBJ";
    pub(crate) const OBJECTION_DECISION: &str = "DL-OBJDEC";
    pub(crate) const RECHECK: &str = "DL-RECHK";
    pub(crate) const SCREEN: &str = "DL-SCR";
    pub(crate) const DECIDE: &str = "DL-DEC";
    pub(crate) const URGENT: &str = "DL-URG";
    pub(crate) const NOTICE: &str = "DL-NOTICE";
    pub(crate) const NOTICE_NAMED: &str = "DL-ACCNAMED";
    pub(crate) const TRANSFER: &str = "DL-TRANSFER";
    pub(crate) const PASS_UP: &str = "DL-UP";
    pub(crate) const SUPPLEMENT: &str = "DL-SUPPL";
    pub(crate) const SUPERVISED: &str = "DL-SUP";
    pub(crate) const OWN: &str = "DL-OWN";
    pub(crate) const CHECK: &str = "DL-CHK";
    pub(crate) const INQUIRY: &str = "DL-INQ";
    pub(crate) const REVIEW: &str = "DL-REVIEW";
    pub(crate) const REWORK: &str = "DL-REWORK";
    pub(crate) const FEEDBACK: &str = "DL-FB";
    pub(crate) const LEFT_ANSWER: &str = "DL-FBBOX";
    pub(crate) const LATE_TIP: &str = "DL-LATE";
    pub(crate) const OBJECTION_WINDOW: &str = "DL-OBJRES";
    pub(crate) const OBJECTION_ANSWER: &str = "DL-OBJANS";
    pub(crate) const CLARIFY_TAKE_UP: &str = "DL-CLR1";
    pub(crate) const CLARIFY_DONE: &str = "DL-CLR2";
    pub(crate) const ARCHIVE: &str = "DL-ARCH";

    /// All of them.
    pub(crate) const ALL: [&str; 26] = [
        UNIT_ACCEPTS,
        OBJECTION,
        OBJECTION_DECISION,
        RECHECK,
        SCREEN,
        DECIDE,
        URGENT,
        NOTICE,
        NOTICE_NAMED,
        TRANSFER,
        PASS_UP,
        SUPPLEMENT,
        SUPERVISED,
        OWN,
        CHECK,
        INQUIRY,
        REVIEW,
        REWORK,
        FEEDBACK,
        LEFT_ANSWER,
        LATE_TIP,
        OBJECTION_WINDOW,
        OBJECTION_ANSWER,
        CLARIFY_TAKE_UP,
        CLARIFY_DONE,
        ARCHIVE,
    ];
}

/// The limit for the result of a handling form, once a unit has accepted to verify (taxonomy.yaml
/// `handling_forms`). A form that asks for no result has none of its own; who verifies all the same, as the four
/// musts demand of any form, does it in the time of 举核字: no duty is without a clock.
pub(crate) fn result_rule(form: HandlingForm) -> &'static str {
    match form {
        HandlingForm::H1 => rule::SUPERVISED,
        HandlingForm::H2 => rule::OWN,
        HandlingForm::H4 => rule::INQUIRY,
        HandlingForm::H3
        | HandlingForm::H0
        | HandlingForm::H5
        | HandlingForm::H6
        | HandlingForm::H7
        | HandlingForm::H8 => rule::CHECK,
    }
}

/// The limits for a result, whoever's they are: an own investigation's binds the receiving department.
pub(crate) const RESULT_RULES: [&str; 4] = [rule::SUPERVISED, rule::OWN, rule::CHECK, rule::INQUIRY];

/// When the clock has to look at a limit for the first time after `now`: at its first warning, else
/// when it passes.
pub(crate) fn next_look(rules: &DeadlineRules, limit: &Deadline, now: Timestamp) -> Option<Timestamp> {
    let warnings = rules.warnings(Start::Instant(limit.start), limit.due);
    let warned = warnings.iter().filter_map(|warning| beginning_of(warning.date)).find(|at| *at > now);
    warned.into_iter().chain(cut_off(limit.due)).min()
}

/// The instant at which the last day is over.
pub(crate) fn passes_at(limit: &Deadline) -> Option<Timestamp> {
    cut_off(limit.due)
}

/// Whether the last day is over at `now`, whatever the clock has recorded yet.
pub(crate) fn has_passed(limit: &Deadline, now: Timestamp) -> bool {
    passes_at(limit).is_some_and(|end| end <= now)
}

/// The limits of one case as they were read, and the changes made to them since.
pub(crate) struct Limits {
    case: CaseId,
    all: Vec<Deadline>,
    changed: Vec<usize>,
    new: Vec<usize>,
}

impl Limits {
    /// Reads the limits of a case.
    pub(crate) async fn of(work: &mut dyn UnitOfWork, case: CaseId) -> Result<Self, DeskError> {
        let all = work.deadlines_of_case(case).await?;
        Ok(Self { case, all, changed: Vec::new(), new: Vec::new() })
    }

    /// All of them, oldest first.
    pub(crate) fn all(&self) -> &[Deadline] {
        &self.all
    }

    /// The running limit of a rule.
    pub(crate) fn running(&self, rule: &str) -> Option<&Deadline> {
        self.all.iter().find(|limit| limit.state.is_running() && limit.rule.as_str() == rule)
    }

    /// When the nearest running limit that binds an assignment passes.
    pub(crate) fn nearest(&self, assignment: AssignmentId) -> Option<Timestamp> {
        nearest_cut_off(&self.all, assignment)
    }

    /// Starts a limit now, unless one of this rule runs already: staff change and reassignment do not
    /// give more time.
    pub(crate) fn start(
        &mut self,
        desk: &Desk,
        rule: &str,
        owner: DeadlineOwner,
        assignment: Option<AssignmentId>,
    ) -> Result<(), DeskError> {
        if self.running(rule).is_some() {
            return Ok(());
        }
        let runtime = desk.runtime();
        let start = desk.now();
        let rule: RuleId = rule.parse().map_err(|_| DeskError::Rules)?;
        let due = runtime.rules().deadlines.due(&rule, start).map_err(|_| DeskError::Rules)?;
        self.new.push(self.all.len());
        self.all.push(Deadline {
            id: DeadlineId::new(runtime.clock(), runtime.entropy()),
            case: self.case,
            assignment,
            rule,
            owner,
            start,
            due: due.date,
            provisional: due.provisional,
            extensions: 0,
            state: DeadlineState::Open,
        });
        Ok(())
    }

    /// Starts a limit that the department which took the tip in has to meet.
    pub(crate) fn start_receiving(
        &mut self,
        desk: &Desk,
        rule: &str,
        unit: &UnitCode,
    ) -> Result<(), DeskError> {
        self.start(desk, rule, DeadlineOwner::Receiving(unit.clone()), None)
    }

    /// Puts another rule in the place of the running limits of these, counted from the same begin: that something is to
    /// be done in another way starts no clock anew.
    pub(crate) fn replace(&mut self, desk: &Desk, rules: &[&str], by: &str) -> Result<(), DeskError> {
        let runtime = desk.runtime();
        let by: RuleId = by.parse().map_err(|_| DeskError::Rules)?;
        for index in 0..self.all.len() {
            let limit = &mut self.all[index];
            let is_of_them = rules.contains(&limit.rule.as_str()) && limit.rule != by;
            if !limit.state.is_running() || !is_of_them {
                continue;
            }
            let due = runtime.rules().deadlines.due(&by, limit.start).map_err(|_| DeskError::Rules)?;
            let new = Deadline {
                id: DeadlineId::new(runtime.clock(), runtime.entropy()),
                rule: by.clone(),
                due: due.date,
                provisional: due.provisional,
                extensions: 0,
                state: DeadlineState::Open,
                ..limit.clone()
            };
            limit.state = DeadlineState::Cancelled;
            self.changed.push(index);
            self.new.push(self.all.len());
            self.all.push(new);
        }
        Ok(())
    }

    /// Meets the running limits of these rules.
    pub(crate) fn meet(&mut self, rules: &[&str], now: Timestamp) {
        self.settle(|limit| rules.contains(&limit.rule.as_str()), &DeadlineState::Met { at: now });
    }

    /// Meets the running limits that bind an assignment.
    pub(crate) fn meet_of(&mut self, assignment: AssignmentId, now: Timestamp) {
        self.settle(|limit| limit.assignment == Some(assignment), &DeadlineState::Met { at: now });
    }

    /// Cancels the running limits that `which` names: they no longer apply.
    pub(crate) fn cancel(&mut self, which: impl Fn(&Deadline) -> bool) {
        self.settle(which, &DeadlineState::Cancelled);
    }

    fn settle(&mut self, which: impl Fn(&Deadline) -> bool, state: &DeadlineState) {
        for (index, limit) in self.all.iter_mut().enumerate() {
            if limit.state.is_running() && which(limit) {
                limit.state = state.clone();
                self.changed.push(index);
            }
        }
    }

    /// Moves the last day of the running limit of a rule. It is counted on from the old one: where that was
    /// provisional, so is the new one.
    pub(crate) fn extend(&mut self, rule: &str, due: jiff::civil::Date, provisional: bool) {
        let found = self.all.iter().position(|l| l.state.is_running() && l.rule.as_str() == rule);
        if let Some(index) = found {
            let limit = &mut self.all[index];
            limit.due = due;
            limit.provisional |= provisional;
            limit.extensions = limit.extensions.saturating_add(1);
            limit.state = DeadlineState::Open;
            self.changed.push(index);
        }
    }

    /// Stores the changes.
    pub(crate) async fn save(mut self, desk: &Desk, work: &mut dyn UnitOfWork) -> Result<(), DeskError> {
        let rules = desk.runtime().rules().clone();
        let now = desk.now();
        let next = |limit: &Deadline| match limit.state.is_running() {
            true => next_look(&rules.deadlines, limit, now),
            false => None,
        };
        for &index in &self.new {
            work.insert_deadline(&self.all[index], next(&self.all[index])).await?;
        }
        self.changed.retain(|index| !self.new.contains(index));
        self.changed.sort_unstable();
        self.changed.dedup();
        for &index in &self.changed {
            work.update_deadline(&self.all[index], next(&self.all[index])).await?;
        }
        Ok(())
    }
}
