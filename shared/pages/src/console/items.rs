//! The officer's desk: what is in hand, and pulling more.

use askama::Template;

use super::Shell;

/// One item in hand.
#[derive(Debug, Clone)]
pub struct ItemCard {
    /// Where it is worked on.
    pub href: String,
    /// The case's number.
    pub number: String,
    /// The summary in neutral words.
    pub summary: String,
    /// Code and name of the category.
    pub category: String,
    /// The machine was not sure of the category, and no person has decided yet.
    pub unclassified: bool,
    /// Translation key of the task.
    pub task: String,
    /// Translation key of the state.
    pub state: String,
    /// Until when it is held; empty once accepted.
    pub lease_until: String,
    /// 1 to 4.
    pub priority: u8,
    /// Which of M1–M4 hold.
    pub must_investigate: String,
    /// Its running limits.
    pub limits: Vec<super::LimitRow>,
}

/// A concluded case of the unit that further tips joined.
#[derive(Debug, Clone)]
pub struct LateCase {
    /// Where it is read.
    pub href: String,
    /// Its number.
    pub number: String,
    /// How many tips came after the conclusion.
    pub tips: u32,
}

/// The desk.
#[derive(Debug, Template)]
#[template(path = "console/items.html")]
pub struct ItemsPage {
    /// Around it.
    pub shell: Shell,
    /// What is in hand, most urgent first.
    pub items: Vec<ItemCard>,
    /// Concluded cases that further tips joined.
    pub late: Vec<LateCase>,
    /// The unit to pull from, proposed.
    pub unit: String,
    /// Its name.
    pub unit_name: String,
    /// Whether the unit may be chosen.
    pub may_choose_unit: bool,
    /// Longest lease, in minutes.
    pub max_lease: u32,
    /// Whether nothing was there to pull.
    pub nothing_there: bool,
}
