//! Scans that wait at the letter desk, and the label that leads paper to its letter.

use askama::Template;

use super::{DeskLink, Shell};

/// A scan that waits.
#[derive(Debug, Clone)]
pub struct ScanRow {
    /// Its id.
    pub id: String,
    /// The name it came with.
    pub name: String,
    /// When it came, in Asia/Shanghai.
    pub came_at: String,
    /// Pages.
    pub pages: u32,
    /// What of it cannot be read, in the page's language.
    pub flaws: Vec<String>,
    /// Translation key of how far it was read.
    pub reading: String,
    /// The register number on its label; empty where it bears none.
    pub label: String,
}

/// A file of the watched folder that could not be taken.
#[derive(Debug, Clone)]
pub struct RefusedScan {
    /// Its name.
    pub name: String,
    /// Why, in both languages.
    pub why: String,
}

/// The waiting scans.
#[derive(Debug, Template)]
#[template(path = "console/scans.html")]
pub struct ScansPage {
    /// Around it.
    pub shell: Shell,
    /// The desk's pages.
    pub tabs: Vec<DeskLink>,
    /// What waits, oldest first.
    pub waiting: Vec<ScanRow>,
    /// Files that could not be taken.
    pub refused: Vec<RefusedScan>,
    /// Whether a folder is watched.
    pub has_folder: bool,
    /// Packages of programs that are not installed.
    pub missing: Vec<&'static str>,
    /// Largest file, in MiB.
    pub max_mib: usize,
}

/// One scan, page by page, beside what was read on it.
#[derive(Debug, Template)]
#[template(path = "console/scan.html")]
pub struct ScanPage {
    /// Around it.
    pub shell: Shell,
    /// The desk's pages.
    pub tabs: Vec<DeskLink>,
    /// The scan.
    pub scan: ScanRow,
    /// The pages that cannot be read.
    pub broken: Vec<u32>,
    /// The numbers of the pages that are shown.
    pub shown: Vec<u32>,
    /// Whether its pages can be drawn here.
    pub can_draw: bool,
    /// The words that were read; empty where none were.
    pub draft: String,
    /// Pages that were read.
    pub read: u32,
}

/// A label to print.
#[derive(Debug, Template)]
#[template(path = "console/label.html")]
pub struct LabelPage {
    /// Around it; not printed.
    pub shell: Shell,
    /// The desk's pages; not printed.
    pub tabs: Vec<DeskLink>,
    /// The register number.
    pub number: String,
    /// The label as an SVG picture, made by ourselves.
    pub svg: String,
}
