//! All rules of the tip line, as data and as pure engines over it: taxonomy, must-investigate rules,
//! priority, handling forms, calendar, deadlines, units register, routing.
//!
//! The data are YAML files (`data/`), built in and each replaceable by the operator; they are checked
//! when they are loaded, and an error names file, line and reason. Every decision carries the version
//! of the rules and the rule that made it. No IO but reading the operator's files in [`Rules::load`].

mod calendar;
mod danger;
mod deadlines;
mod divisions;
mod dry_run;
mod error;
mod period;
pub mod person;
pub mod region;
mod routing;
mod rules;
mod start;
mod taxonomy;
mod units;
mod yaml;

pub use calendar::Calendar;
pub use danger::{danger_in, danger_words};
pub use deadlines::{
    DeadlineRule, DeadlineRules, DueError, Extension, ExtensionRefused, ExtensionRule, LadderStep, Overdue,
    PeriodRule, Retention, RuleStatus, SecondStage, Trigger, Warning,
};
pub use divisions::{Divisions, is_division_code};
pub use dry_run::{try_deadline_line, try_route_line};
pub use error::RulesError;
pub use period::{BeyondCalendar, Due, Period, PeriodTooLong, PeriodUnit, cut_off, nearest_cut_off};
pub use routing::{
    Conflict, ConflictInfo, Events, PathStep, RouteDecision, RouteError, RouteRequest, Router, RoutingTable,
    ScopeProfile, SetDeadline, Unfit, in_english as reason_in_english,
};
pub use rules::Rules;
pub use start::{NotAStart, Start, beginning_of, date_at, shanghai};
pub use taxonomy::{
    Category, ContextFlag, Distinguish, Facts, FlagRouting, FormInfo, Group, Measure, MeasureTerm,
    MustInvestigate, MustInvestigateRule, Outcome, PriorityDecision, PriorityFacts, Rank, Referral, Taxonomy,
};
pub use units::{Level, Manages, Person, Unit, UnitKind, Units};
