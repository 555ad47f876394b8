//! The list of cases.

use askama::Template;

use super::{Choice, Shell};

/// One case.
#[derive(Debug, Clone)]
pub struct CaseRow {
    /// Where it is read.
    pub href: String,
    /// Its number.
    pub number: String,
    /// The summary in neutral words.
    pub summary: String,
    /// Code and name of the category.
    pub category: String,
    /// The machine was not sure of the category, and no person has decided yet.
    pub unclassified: bool,
    /// Translation key of the stage.
    pub stage: String,
    /// The unit that has it.
    pub unit: String,
    /// 1 to 4.
    pub priority: u8,
    /// How many tips.
    pub tips: u32,
    /// How many of them came after the conclusion.
    pub late: u32,
    /// When it was opened.
    pub opened_at: String,
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "console/cases.html")]
pub struct CasesPage {
    /// Around it.
    pub shell: Shell,
    /// Newest first.
    pub cases: Vec<CaseRow>,
    /// The stages to choose from: code and translation key.
    pub stages: Vec<Choice>,
    /// Leaves of the taxonomy to choose from.
    pub categories: Vec<Choice>,
    /// The number that is looked for, or its end.
    pub number: String,
    /// The chosen leaf; empty for all.
    pub category: String,
    /// The chosen urgency; empty for all.
    pub priority: String,
    /// Only those with a limit that has passed.
    pub overdue: bool,
    /// The chosen stage; empty for all.
    pub stage: String,
    /// The chosen unit; empty for all.
    pub unit: String,
    /// Only those with tips that came after the conclusion.
    pub late: bool,
    /// Where older ones are; empty on the last page.
    pub older: String,
}

impl CasesPage {
    /// Whether this urgency was chosen.
    fn is_chosen(&self, priority: &str) -> bool {
        self.priority == priority
    }
}
