//! Recordings that wait at the phone desk until the call is written up.

use askama::Template;

use super::{DeskLink, Shell};

/// A recording that waits.
#[derive(Debug, Clone)]
pub struct RecordingRow {
    /// Its id.
    pub id: String,
    /// When it came, in Asia/Shanghai.
    pub came_at: String,
    /// The last day on which the call is to be written up.
    pub due: String,
    /// Whether that day is over.
    pub overdue: bool,
    /// Kind and size.
    pub about: String,
}

/// The recordings, in the order in which they are due.
#[derive(Debug, Template)]
#[template(path = "console/recordings.html")]
pub struct RecordingsPage {
    /// Around it.
    pub shell: Shell,
    /// The desk's pages.
    pub tabs: Vec<DeskLink>,
    /// The desk.
    pub desk: &'static str,
    /// Where they are.
    pub href: &'static str,
    /// What waits.
    pub waiting: Vec<RecordingRow>,
    /// Files of the watched folder that could not be taken, and why.
    pub refused: Vec<(String, String)>,
}
