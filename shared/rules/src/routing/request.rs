//! What routing asks for.

use dengwen_model::{
    Case, CaseFile, CategoryCode, Channel, HandlingForm, IdentityKind, Priority, Subject, UnitCode,
};
use jiff::Timestamp;

use crate::start::Start;

/// A tip or case to be routed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRequest {
    /// The leaf.
    pub category: CategoryCode,
    /// Further leaves.
    pub secondary: Vec<CategoryCode>,
    /// Whom it is about.
    pub subjects: Vec<Subject>,
    /// The department that took it in: a unit's code, a division's code with or without words behind
    /// it (`990000 霁川省委组织部举报中心`), or a name.
    pub received_by: Option<String>,
    /// Context flags; unknown ones do nothing.
    pub context_flags: Vec<String>,
    /// Handling form; `None` takes the leaf's default.
    pub handling: Option<HandlingForm>,
    /// Priority, for C6; `None` takes the leaf's and the flags'.
    pub priority: Option<Priority>,
    /// Which of M1–M4 hold, for C6.
    pub must_investigate: Vec<String>,
    /// How well the reporter can be reached; `None` where it is not known.
    pub identity: Option<IdentityKind>,
    /// Whether the reporter can be told at all; `None` where it is not known.
    pub reachable: Option<bool>,
    /// The reporter asks not to send it down (C6).
    pub asks_not_down: bool,
    /// The reporter can be told from the facts (C8).
    pub reporter_identifiable: bool,
    /// Units with an open case against one of their own (C9).
    pub open_cases: Vec<UnitCode>,
    /// Units that must not get it, as after an upheld objection (管辖异议).
    pub excluded: Vec<UnitCode>,
    /// The unit that a person chose (指定办理); it gets it unless there is a conflict of interest.
    pub directed: Option<UnitCode>,
    /// How it came in; `None` where it is not known.
    pub channel: Option<Channel>,
    /// The case was closed before and is taken up again on new facts (重新办理).
    pub reopened: bool,
    /// What happened when.
    pub events: Events,
}

/// What happened when; deadlines start from these. What has not happened yet starts no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events {
    /// The tip came in; of a case taken up again, the new facts.
    pub received: Start,
    /// It was registered; of a case taken up again, its reopening.
    pub registered: Start,
    /// The decision that routing prepares: transfer, dispatch, passing up, opening the case.
    pub decided: Start,
}

impl Events {
    /// All at one moment, as in a dry run.
    pub fn all_at(moment: Start) -> Self {
        Self { received: moment, registered: moment, decided: moment }
    }
}

impl RouteRequest {
    /// A request with a leaf, and nothing else known.
    pub fn new(category: CategoryCode, received_at: impl Into<Start>) -> Self {
        Self {
            category,
            secondary: Vec::new(),
            subjects: Vec::new(),
            received_by: None,
            context_flags: Vec::new(),
            handling: None,
            priority: None,
            must_investigate: Vec::new(),
            identity: None,
            reachable: None,
            asks_not_down: false,
            reporter_identifiable: false,
            open_cases: Vec::new(),
            excluded: Vec::new(),
            directed: None,
            channel: None,
            reopened: false,
            events: Events::all_at(received_at.into()),
        }
    }

    /// What a case asks for at `now`, by itself and its file.
    pub fn of_case(case: &Case, file: &CaseFile, now: Timestamp) -> Self {
        Self {
            secondary: case.secondary.clone(),
            subjects: file.subjects.clone(),
            received_by: Some(case.received_by.to_string()),
            context_flags: case.context_flags.clone(),
            handling: Some(case.handling),
            priority: Some(case.priority),
            must_investigate: case.must_investigate.clone(),
            identity: Some(case.identity),
            reachable: Some(case.reporter_reachable),
            asks_not_down: case.asks_not_down,
            reporter_identifiable: case.reporter_identifiable,
            excluded: case.excluded.clone(),
            directed: file.direction.as_ref().map(|direction| direction.unit.clone()),
            channel: case.channel,
            reopened: file.reopened_at().is_some(),
            events: Events::of_case(case, file, now),
            ..Self::new(case.category.clone(), case.opened_at)
        }
    }
}

impl Events {
    /// What the limits of a case count from. Of one that was taken up again the new facts are what came in, and
    /// came in when it was reopened: its old days were met or ended with the old round.
    fn of_case(case: &Case, file: &CaseFile, now: Timestamp) -> Self {
        let (received, registered) = match file.reopened_at() {
            Some(reopened) => (reopened, reopened),
            None => (case.received_at.unwrap_or(case.opened_at), case.opened_at),
        };
        Self {
            received: Start::Instant(received),
            registered: Start::Instant(registered),
            decided: Start::Instant(now),
        }
    }
}
