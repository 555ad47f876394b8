//! Recordings and calls nobody took, which wait at the phone desk until the call is written up.

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
    /// What a clerk must know before they listen, in the page's language.
    pub flaws: Vec<String>,
}

/// What came as a recording and cannot be played.
#[derive(Clone)]
pub struct UnplayableRow {
    /// Its id.
    pub id: String,
    /// When it came, in Asia/Shanghai.
    pub came_at: String,
    /// The last day on which somebody is to see to it.
    pub due: String,
    /// Whether that day is over.
    pub overdue: bool,
    /// The name it came with.
    pub name: String,
    /// Why it cannot be played, in the page's language.
    pub why: String,
    /// Its size; empty where nothing is in it.
    pub about: String,
}

impl std::fmt::Debug for UnplayableRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A file's name may be a person's.
        f.debug_struct("UnplayableRow").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A call that nobody took, as the exchange's record tells of it.
#[derive(Debug, Clone)]
pub struct UntakenRow {
    /// Its id.
    pub id: String,
    /// When it began, in Asia/Shanghai.
    pub began: String,
    /// The last day on which the caller is to be called back.
    pub due: String,
    /// Whether that day is over.
    pub overdue: bool,
    /// Minutes and seconds.
    pub lasted: String,
    /// Whether the voicemail answered it.
    pub voicemail: bool,
}

/// One call that nobody took, with the number that was shown.
#[derive(Template)]
#[template(path = "console/untaken.html")]
pub struct UntakenPage {
    /// Around it.
    pub shell: Shell,
    /// The desk's pages.
    pub tabs: Vec<DeskLink>,
    /// The desk.
    pub desk: &'static str,
    /// Where calls are.
    pub href: &'static str,
    /// The call.
    pub call: UntakenRow,
    /// The number that was shown; empty where none was.
    pub caller: String,
}

impl std::fmt::Debug for UntakenPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UntakenPage").field("call", &self.call).finish_non_exhaustive()
    }
}

/// The recordings and the calls, in the order in which they are due.
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
    /// What came and cannot be played.
    pub unplayable: Vec<UnplayableRow>,
    /// Where calls are.
    pub calls_href: &'static str,
    /// Calls that nobody took.
    pub calls: Vec<UntakenRow>,
    /// Files of the watched folder that could not be taken, and why.
    pub refused: Vec<(String, String)>,
}
