//! What stands around every page of the console.

use askama::Template;

use crate::Lang;

/// The desks that the doors serve to clerks: where each is, and the translation key of its name.
pub const CLERK_DESKS: [(&str, &str); 2] =
    [("/desk/phone", "console.phone_desk"), ("/desk/letters", "console.letter_desk")];

/// How the report of somebody who calls again stands; casework serves it to clerks.
pub const RECEIPTS: (&str, &str) = ("/desk/receipts", "console.receipts");
/// The registers, which casework serves and clerks may read as well: where they are, and the translation key of
/// their name.
pub const REGISTERS: (&str, &str) = ("/desk/registers", "console.registers");

/// A desk that the role allows.
#[derive(Debug, Clone)]
pub struct DeskLink {
    /// Where it is.
    pub href: &'static str,
    /// Translation key of its name.
    pub name: &'static str,
    /// Whether this page belongs to it.
    pub here: bool,
}

/// A code to choose, with its name.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The code.
    pub code: String,
    /// What it means.
    pub name: String,
}

/// Who is signed in, where they may go, and what just happened.
#[derive(Debug, Clone, Default)]
pub struct Shell {
    /// Language.
    pub lang: Lang,
    /// The name of the account; empty before sign-in.
    pub who: String,
    /// Translation key of the role; empty before sign-in.
    pub role: String,
    /// The unit, where the account has one.
    pub unit: String,
    /// The desks that the role allows.
    pub desks: Vec<DeskLink>,
    /// Translation key of what was done; empty where nothing was.
    pub done: String,
    /// What went wrong, in the page's language; empty where nothing did.
    pub error: String,
    /// This page's path, to come back to after choosing the other language.
    pub path: String,
}

/// Nothing but what went wrong.
#[derive(Debug, Template)]
#[template(path = "console/refused.html")]
pub struct RefusedPage {
    /// Around it.
    pub shell: Shell,
}
