//! What a reader is shown of a case: its facts, limits, course and reasons.

use std::collections::BTreeMap;

use dengwen_ledger::{AssignmentRecord, LadderStep};
use dengwen_model::{
    Assignment, AssignmentTask, Case, CaseStage, CourseEntry, CourseEvent, Deadline, RuleId,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::Desk;
use crate::limits;
use crate::tip_view::{SealedTipOut, TipOut};

/// A time limit as shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LimitOut {
    /// The rule, as `DL-CHK`.
    pub(crate) rule: String,
    /// The duty in Chinese.
    pub(crate) name: String,
    /// The last day, in Asia/Shanghai.
    #[schema(value_type = String, format = Date)]
    pub(crate) due: jiff::civil::Date,
    /// `open`, `overdue`, `met` or `cancelled`.
    pub(crate) state: &'static str,
    /// The unit that has to meet it.
    pub(crate) owner: String,
    /// Its name.
    pub(crate) owner_name: String,
    /// How often it was extended.
    pub(crate) extensions: u16,
    /// Counted before the calendar of that year is known.
    pub(crate) provisional: bool,
    /// How the last day was counted.
    pub(crate) counted: String,
    /// The same in English.
    pub(crate) counted_en: String,
}

impl LimitOut {
    pub(crate) fn of(desk: &Desk, limit: &Deadline, now: Timestamp) -> Self {
        let rules = desk.runtime().rules().clone();
        let due = rules.deadlines.due(&limit.rule, limit.start);
        let (counted, counted_en) = due.map(|due| (due.counted, due.counted_en)).unwrap_or_default();
        Self {
            rule: limit.rule.to_string(),
            name: rules.deadlines.get(&limit.rule).map(|rule| rule.zh.clone()).unwrap_or_default(),
            due: limit.due,
            state: state_at(limit, now),
            owner: limit.owner.unit().to_string(),
            owner_name: desk.unit_name(limit.owner.unit()),
            extensions: limit.extensions,
            provisional: limit.provisional,
            counted: match limit.extensions {
                0 => counted,
                times => format!("{counted}；已延期{times}次，至{}", limit.due),
            },
            counted_en: match limit.extensions {
                0 => counted_en,
                times => format!("{counted_en}; extended {times} time(s), to {}", limit.due),
            },
        }
    }
}

/// The state to show: a limit is overdue from the instant it passes, not only from when the clock
/// recorded it.
pub(crate) fn state_at(limit: &Deadline, now: Timestamp) -> &'static str {
    if limit.state.is_running() && limits::has_passed(limit, now) { "overdue" } else { limit.state.name() }
}

/// A case as shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CaseOut {
    /// The case without names: number, stage, category, priority, flags.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub(crate) case: CaseFacts,
    /// The summary in neutral words.
    pub(crate) summary: String,
    /// The same in English.
    pub(crate) summary_en: String,
    /// Whom it is about.
    #[schema(value_type = Vec<Object>)]
    pub(crate) subjects: Vec<dengwen_model::Subject>,
    /// A page of its tips, oldest first; none for what is passed up sealed. `tip_count` tells how many it has.
    pub(crate) tips: Vec<TipOut>,
    /// Of a case that travels sealed, the same page for those who may split it: which tips there are, and no word of
    /// them.
    pub(crate) sealed_tips: Vec<SealedTipOut>,
    /// The last tip of this page, for `tips_after`; `null` on the last page.
    #[schema(value_type = Option<String>)]
    pub(crate) next_tips_after: Option<dengwen_model::TipId>,
    /// Its time limits, each with how it was counted.
    pub(crate) deadlines: Vec<LimitOut>,
    /// The units it was given to and why.
    pub(crate) assignments: Vec<AssignmentOut>,
    /// The names of the units whose codes stand in the reasons and in the course.
    pub(crate) unit_names: BTreeMap<String, String>,
    /// The course of the work, its newest 500 entries; of a sealed case without a word of anybody.
    #[schema(value_type = Vec<Object>)]
    pub(crate) course: Vec<dengwen_model::CourseEntry>,
    /// How many older entries of the course are not shown.
    pub(crate) course_left_off: usize,
    /// Reminders that passed limits caused.
    pub(crate) reminders: Vec<ReminderOut>,
}

/// What a unit was asked for, and why this one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AssignmentOut {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) id: dengwen_model::AssignmentId,
    /// The case.
    #[schema(value_type = String)]
    pub(crate) case: dengwen_model::CaseId,
    /// The unit.
    #[schema(value_type = String)]
    pub(crate) unit: dengwen_model::UnitCode,
    /// Its name.
    pub(crate) unit_name: String,
    /// `verify`, `screen` or `pass_up`.
    #[schema(value_type = String)]
    pub(crate) task: AssignmentTask,
    /// Leaf of the taxonomy; `null` of what goes up sealed.
    #[schema(value_type = Option<String>)]
    pub(crate) category: Option<dengwen_model::CategoryCode>,
    /// H0–H8; `null` of what goes up sealed.
    #[schema(value_type = Option<String>)]
    pub(crate) handling: Option<dengwen_model::HandlingForm>,
    /// Which of M1–M4 hold.
    pub(crate) must_investigate: Vec<String>,
    /// 1 most urgent … 4.
    #[schema(value_type = u8)]
    pub(crate) priority: dengwen_model::Priority,
    /// When it was handed over.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) assigned_at: Timestamp,
    /// The rule and the path that led to this unit, one line a step.
    pub(crate) path: Vec<String>,
    /// Where it stands.
    #[schema(value_type = Object)]
    pub(crate) state: dengwen_model::AssignmentState,
    /// Counts the changes.
    pub(crate) version: i64,
}

impl AssignmentOut {
    /// Of a sealed case nothing is told that says what it is about.
    pub(crate) fn of(desk: &Desk, assignment: Assignment, sealed: bool) -> Self {
        let told = |lines: Vec<String>| if sealed { Vec::new() } else { lines };
        Self {
            id: assignment.id,
            case: assignment.case,
            unit_name: desk.unit_name(&assignment.unit),
            unit: assignment.unit,
            task: assignment.task,
            category: (!sealed).then_some(assignment.category),
            handling: (!sealed).then_some(assignment.handling),
            must_investigate: told(assignment.must_investigate),
            priority: assignment.priority,
            assigned_at: assignment.assigned_at,
            path: told(assignment.path),
            state: assignment.state,
            version: assignment.version,
        }
    }
}

/// What of a case names nobody. Of one that travels sealed it leaves out what says what it is about (检举控告工作规则 15:
/// no copying, no excerpt): whoever passes it up needs its number, its urgency and its limits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CaseFacts {
    /// Its id.
    #[schema(value_type = String)]
    pub(crate) case_id: dengwen_model::CaseId,
    /// Its number.
    pub(crate) number: String,
    /// Where it stands.
    pub(crate) stage: &'static str,
    /// The unit that has it now.
    pub(crate) unit: Option<String>,
    /// Its name.
    pub(crate) unit_name: Option<String>,
    /// The outcome, once there is one.
    #[schema(value_type = Option<String>)]
    pub(crate) outcome: Option<dengwen_model::Outcome>,
    /// When its first tip was registered.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) opened_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
    /// The department that took the first tip in.
    pub(crate) received_by: String,
    /// Its name.
    pub(crate) received_by_name: String,
    /// Leaf of the taxonomy; `null` of a sealed case.
    pub(crate) category: Option<String>,
    /// The leaf's name.
    pub(crate) category_name: Option<String>,
    /// Further leaves.
    #[schema(value_type = Vec<String>)]
    pub(crate) secondary: Vec<dengwen_model::CategoryCode>,
    /// `in`, `conditional` or `out`; `null` of a sealed case.
    #[schema(value_type = Option<String>)]
    pub(crate) scope: Option<dengwen_model::Scope>,
    /// Where an out-of-scope matter belongs.
    #[schema(value_type = Option<String>)]
    pub(crate) referral: Option<dengwen_model::ReferralCode>,
    /// 1 most urgent … 4.
    #[schema(value_type = u8)]
    pub(crate) priority: dengwen_model::Priority,
    /// H0–H8; `null` of a sealed case.
    #[schema(value_type = Option<String>)]
    pub(crate) handling: Option<dengwen_model::HandlingForm>,
    /// Which of M1–M4 hold.
    pub(crate) must_investigate: Vec<String>,
    /// Context flags.
    pub(crate) context_flags: Vec<String>,
    /// A person has to classify it.
    pub(crate) abstained: bool,
    /// There must be feedback.
    pub(crate) reporter_reachable: bool,
    /// Tips so far.
    pub(crate) tip_count: u32,
    /// Counts the changes.
    pub(crate) version: i64,
}

impl CaseFacts {
    pub(crate) fn of(desk: &Desk, case: &Case, sealed: bool) -> Self {
        let shown = (!sealed).then_some(case);
        let leaf = shown.and_then(|case| desk.runtime().rules().taxonomy.category(&case.category));
        let unit = case.stage.held_by().map(|(unit, _)| unit);
        Self {
            case_id: case.id,
            number: case.number.clone(),
            stage: case.stage.name(),
            unit: unit.map(ToString::to_string),
            unit_name: unit.map(|unit| desk.unit_name(unit)),
            outcome: case.stage.outcome(),
            opened_at: case.opened_at,
            updated_at: case.updated_at,
            received_by: case.received_by.to_string(),
            received_by_name: desk.unit_name(&case.received_by),
            category: shown.map(|case| case.category.to_string()),
            category_name: leaf.map(|leaf| leaf.zh.clone()),
            secondary: shown.map(|case| case.secondary.clone()).unwrap_or_default(),
            scope: shown.map(|case| case.scope),
            referral: shown.and_then(|case| case.referral.clone()),
            priority: case.priority,
            handling: shown.map(|case| case.handling),
            must_investigate: shown.map(|case| case.must_investigate.clone()).unwrap_or_default(),
            context_flags: shown.map(|case| case.context_flags.clone()).unwrap_or_default(),
            abstained: shown.is_some_and(|case| case.abstained),
            reporter_reachable: case.reporter_reachable,
            tip_count: case.tips,
            version: case.version,
        }
    }

    /// Whether the machine abstained and no person has decided yet: the category is only its first guess.
    pub(crate) fn is_unclassified(&self) -> bool {
        self.abstained && waits(self.stage)
    }
}

/// Whether a case at this stage still waits for whoever screens it. What was referred, explained or kept was
/// decided by a person, as well as what was classified, which abstains no more.
pub(crate) fn waits(stage: &str) -> bool {
    matches!(stage, "opened" | "dispatched")
}

/// A step of the overdue ladder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReminderOut {
    /// 0 for the warning before, 1 to 4 after.
    pub(crate) level: u8,
    /// When it was taken.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// What is to be done and who is told.
    pub(crate) action: String,
    /// The rule of the limit, as `DL-CHK`.
    #[schema(value_type = Option<String>)]
    pub(crate) rule: Option<RuleId>,
}

impl ReminderOut {
    /// A step of one of these limits.
    pub(crate) fn of(step: LadderStep, limits: &[Deadline]) -> Self {
        let limit = limits.iter().find(|limit| limit.id == step.deadline);
        let rule = limit.map(|limit| limit.rule.clone());
        Self { level: step.level, at: step.taken_at, action: step.action, rule }
    }
}

/// Whether a case travels sealed: its words are not shown here, copied or entered (检举控告工作规则 15).
pub(crate) fn is_sealed(case: &Case, assignments: &[AssignmentRecord]) -> bool {
    let passed_up = matches!(case.stage, CaseStage::PassedUp { .. });
    passed_up || assignments.last().is_some_and(|record| record.assignment.task == AssignmentTask::PassUp)
}

/// The course of a sealed case: what was done and when, and nothing that anybody wrote or that led to a unit.
pub(crate) fn sealed_course(course: Vec<CourseEntry>) -> Vec<CourseEntry> {
    let bare = |event| match event {
        CourseEvent::Dispatched { .. } => Some(CourseEvent::Dispatched { path: Vec::new() }),
        CourseEvent::Noted { what, .. } => Some(CourseEvent::Noted { what, reason: None }),
        _ => None,
    };
    let entries = course.into_iter();
    entries.filter_map(|entry| bare(entry.event).map(|event| CourseEntry { event, ..entry })).collect()
}
