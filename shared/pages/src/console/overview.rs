//! The supervisor's overview.

use askama::Template;

use super::Shell;

/// A count.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Translation key.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// One unit's figures.
#[derive(Debug, Clone)]
pub struct UnitRow {
    /// Code and name.
    pub unit: String,
    /// Cases in its hands.
    pub cases: u64,
    /// Of these with a limit that passed.
    pub overdue: u64,
}

/// A limit that passed, or passes next.
#[derive(Debug, Clone)]
pub struct OverdueRow {
    /// Where the case is read.
    pub href: String,
    /// The case's number.
    pub number: String,
    /// The rule and its duty.
    pub rule: String,
    /// The last day.
    pub due: String,
    /// Who has to meet it.
    pub owner: String,
    /// Whether it has passed.
    pub overdue: bool,
}

/// The overview.
#[derive(Debug, Template)]
#[template(path = "console/overview.html")]
pub struct OverviewPage {
    /// Around it.
    pub shell: Shell,
    /// Cases by stage.
    pub stages: Vec<Figure>,
    /// Cases in all.
    pub total: u64,
    /// Running limits.
    pub open: u64,
    /// Of these passed.
    pub overdue: u64,
    /// By unit.
    pub units: Vec<UnitRow>,
    /// The most pressing limits; none for a role that sees figures alone.
    pub limits: Vec<OverdueRow>,
}
