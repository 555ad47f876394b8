//! Registering one entry at a clerks' desk, and what comes of it.

use std::collections::BTreeMap;

use askama::Template;

use super::{Choice, DeskLink, FieldKind, FormField, FormPlan, FormSection, Shell};

/// What is wrong with which field.
#[derive(Debug, Clone)]
pub struct WrongField {
    /// The field's name in the form; another's where the form does not have it.
    pub name: String,
    /// Translation key of its label, or the name.
    pub label: String,
    /// What is wrong, in the page's language.
    pub message: String,
}

/// A draft of the clerk's own.
#[derive(Debug, Clone)]
pub struct DraftLink {
    /// Its id.
    pub id: String,
    /// When it was last saved, in Asia/Shanghai.
    pub saved_at: String,
    /// Its first words.
    pub summary: String,
}

/// A known matter that may be the same.
#[derive(Debug, Clone)]
pub struct HintLine {
    /// The case's number.
    pub number: String,
    /// Name of its category, in the clerk's language.
    pub category: String,
    /// Translation keys of what the two have in common, strongest first.
    pub because: Vec<String>,
    /// Tips on it so far.
    pub tips: u32,
}

/// What is told of known matters.
#[derive(Debug, Clone)]
pub enum HintsShown {
    /// Nobody asked.
    NotAsked,
    /// There are no hints now.
    Away,
    /// These, or none.
    Known(Vec<HintLine>),
}

/// The form.
#[derive(Debug, Template)]
#[template(path = "console/entry.html")]
pub struct EntryPage {
    /// Around it.
    pub shell: Shell,
    /// What it asks.
    pub plan: &'static FormPlan,
    /// The desk's pages.
    pub tabs: Vec<DeskLink>,
    /// The id under which it is kept and registered once.
    pub draft: String,
    /// What was typed before, by field.
    pub given: BTreeMap<String, String>,
    /// What is wrong with it.
    pub errors: Vec<WrongField>,
    /// What is told of known matters.
    pub hints: HintsShown,
    /// Ranks to choose from.
    pub ranks: Vec<Choice>,
    /// The clerk's drafts.
    pub drafts: Vec<DraftLink>,
    /// When this one was saved; empty where it was not.
    pub saved_at: String,
    /// Hours for which a draft is kept.
    pub keep_hours: u32,
    /// Words in it that tell of danger to life.
    pub danger: Vec<String>,
    /// All such words, with `|` between, for the script.
    pub danger_words: String,
}

impl EntryPage {
    fn of(&self, name: &str) -> &str {
        self.given.get(name).map_or("", String::as_str)
    }

    fn wrong(&self, name: &str) -> &'static str {
        if self.errors.iter().any(|error| error.name == name) { "wrong" } else { "" }
    }

    /// The ids of the files that belong to it.
    fn papers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.of(name).split(',').filter(|id| !id.is_empty())
    }

    /// Whether something stands in a section, or is wrong there.
    fn open(&self, section: &FormSection) -> bool {
        let used = |field: &FormField| !self.of(field.name).is_empty() || !self.wrong(field.name).is_empty();
        section.fields.iter().any(used)
    }
}

/// The receipt, to be read out.
#[derive(Debug, Template)]
#[template(path = "console/receipt_read.html")]
pub struct ReceiptReadPage {
    /// Around it.
    pub shell: Shell,
    /// The desk's form, to go on with the next.
    pub plan: &'static FormPlan,
    /// The desk's pages.
    pub tabs: Vec<DeskLink>,
    /// Groups of four digits.
    pub groups: Vec<String>,
    /// When it reached the line, in Asia/Shanghai.
    pub received_at: String,
    /// The register number, at a desk that gives them; else empty.
    pub number: String,
    /// Words in it that tell of danger to life.
    pub danger: Vec<String>,
}

/// What was sent after the sign-in had run out: given back, to be sent again.
#[derive(Debug, Template)]
#[template(path = "console/still_typed.html")]
pub struct StillTypedPage {
    /// Around it.
    pub shell: Shell,
    /// Where the form goes.
    pub action: String,
    /// Where one signs in, in another window.
    pub sign_in: &'static str,
    /// What was typed.
    pub fields: Vec<(String, String)>,
}
