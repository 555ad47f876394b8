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

/// A row, or several blank ones, and what would become of it.
#[derive(Clone)]
pub struct RowFate {
    /// As the clerk counts; the header is row 1.
    pub row: String,
    /// Translation key of its fate.
    pub fate: String,
    /// More about it, in the page's language: the columns and what is wrong with them, when it was registered.
    pub more: Vec<String>,
    /// Whether it is ticked; nothing where it cannot be taken.
    pub ticked: Option<bool>,
    /// Whom it is about.
    pub who: String,
    /// How its facts begin.
    pub what: String,
}

impl std::fmt::Debug for RowFate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Rows are tips.
        f.debug_struct("RowFate").field("row", &self.row).field("fate", &self.fate).finish_non_exhaustive()
    }
}

impl RowFate {
    fn is_wrong(&self) -> bool {
        self.fate == "table.fate.wrong"
    }
}

/// How many rows have a fate.
#[derive(Debug, Clone)]
pub struct FateCount {
    /// The fate, as the form sends it.
    pub code: &'static str,
    /// So many.
    pub count: usize,
}

impl FateCount {
    fn label(&self) -> String {
        format!("table.fate.{}", self.code)
    }
}

/// A page of rows and their fates.
#[derive(Debug, Clone)]
pub struct FatesPage {
    /// How many rows have which fate.
    pub counts: Vec<FateCount>,
    /// The columns of which nothing is taken.
    pub left_out: Vec<String>,
    /// Only rows with this fate are shown; empty where all are.
    pub shown: String,
    /// The rows of this page.
    pub rows: Vec<RowFate>,
    /// Which page it is, from 1.
    pub page: usize,
    /// How many there are.
    pub pages: usize,
    /// Rows that can be taken.
    pub right: usize,
    /// Whether some are wrong.
    pub some_wrong: bool,
    /// Rows that are ticked, on whatever page.
    pub ticked: usize,
}

/// A table that a clerk has begun.
#[derive(Debug, Clone)]
pub struct BegunTable {
    /// Where it is.
    pub href: String,
    /// Its rows.
    pub total: usize,
}

/// How far the table is.
#[derive(Debug, Clone)]
pub enum TableStep {
    /// A file is chosen.
    Choose {
        /// The clerk's tables that were begun and not ended.
        begun: Vec<BegunTable>,
    },
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
    Judged(FatesPage),
    /// Registered.
    Taken {
        /// So many.
        count: usize,
        /// So many of them were registered before.
        before: usize,
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
