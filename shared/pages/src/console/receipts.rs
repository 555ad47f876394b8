//! How the report of somebody who calls again stands.

use askama::Template;

use super::Shell;

/// What the line wrote to a reporter.
#[derive(Debug, Clone)]
pub struct AnswerLine {
    /// When, in Asia/Shanghai.
    pub at: String,
    /// The words.
    pub text: String,
}

/// A receipt that is read out, and what it opens.
#[derive(Debug, Template)]
#[template(path = "console/receipts.html")]
pub struct ReceiptsPage {
    /// Around it.
    pub shell: Shell,
    /// The receipt as typed, where it opened nothing.
    pub receipt: String,
    /// Translation key of the coarse state; empty before.
    pub state: &'static str,
    /// When it last changed.
    pub updated_at: String,
    /// What the line wrote, oldest first.
    pub answers: Vec<AnswerLine>,
}
