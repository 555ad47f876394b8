//! Importing a table, step by step.

use askama::Template;

use super::{Choice, DeskLink, Shell};

/// A column of the table, and what it counts as.
#[derive(Debug, Clone)]
pub struct ColumnChoice {
    /// Name of the form's field.
    pub name: String,
    /// Its header.
    pub header: String,
    /// Its first cell.
    pub sample: String,
    /// What it counts as; empty where it is left out.
    pub chosen: String,
    /// What it may count as.
    pub choices: Vec<Choice>,
}

/// What is wrong with a row.
#[derive(Debug, Clone)]
pub struct RowFate {
    /// As the clerk counts; the header is row 1.
    pub row: usize,
    /// The column, in the page's language.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

/// How far the table is.
#[derive(Debug, Clone)]
pub enum TableStep {
    /// A file is chosen.
    Choose,
    /// The columns are named.
    Columns {
        /// Each with what it counts as.
        columns: Vec<ColumnChoice>,
        /// Names of the mappings that were kept.
        kept: Vec<String>,
        /// The one that was chosen.
        mapping: String,
    },
    /// Rows are looked at or taken.
    Working {
        /// So many are done.
        done: usize,
    },
    /// Every row's fate is known.
    Judged {
        /// Rows that would be registered.
        good: usize,
        /// Rows that are wrong.
        bad: usize,
        /// What is wrong with them.
        wrong: Vec<RowFate>,
    },
    /// Registered.
    Taken {
        /// So many.
        count: usize,
    },
    /// Broken off.
    Failed,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "console/table.html")]
pub struct TablePage {
    /// Around it.
    pub shell: Shell,
    /// The desk's pages.
    pub tabs: Vec<DeskLink>,
    /// Where tables are sent.
    pub href: String,
    /// Where this one is; empty before there is one.
    pub at: String,
    /// Its rows.
    pub total: usize,
    /// How far it is.
    pub step: TableStep,
}

impl TablePage {
    fn works(&self) -> bool {
        matches!(self.step, TableStep::Working { .. })
    }
}
