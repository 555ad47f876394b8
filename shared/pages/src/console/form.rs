//! A registration form as data: a desk says what it asks, the page shows it and the desk reads it back.
//!
//! Fields bear the names of the interface (`subject.name`), so that a form and a JSON body are one entry
//! checked by the same rules. Titles, labels and hints are translation keys.

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of at most so many characters.
    Line(u32),
    /// Several lines.
    Words,
    /// A whole number up to this.
    Number(u32),
    /// `m:ss`, `h:mm:ss` or seconds.
    Duration,
    /// Date and time of day in Asia/Shanghai; a new form has the present minute.
    Moment,
    /// May be ticked.
    Check,
    /// The label holds, or what stands under this translation key does; one of both must be said.
    YesOrNo(&'static str),
    /// A rank of the national form.
    Rank,
    /// One of these values, each with the translation key of its name.
    Choice(&'static [(&'static str, &'static str)]),
    /// Files that wait at the desk, chosen elsewhere: their ids with commas between. Below this address each
    /// is shown.
    Papers(&'static str),
    /// As papers, but recordings: below this address each is played.
    Recordings(&'static str),
    /// As papers, but calls that nobody took: below this address each is shown.
    Calls(&'static str),
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub struct FormField {
    /// Name in the interface, with dots for what is nested.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What to write there; empty for nothing.
    pub hint: &'static str,
    /// How it is filled in.
    pub kind: FieldKind,
    /// Whether the entry cannot be without it.
    pub required: bool,
}

impl FormField {
    /// A field without a hint that may be left out.
    pub const fn new(name: &'static str, label: &'static str, kind: FieldKind) -> Self {
        Self { name, label, hint: "", kind, required: matches!(kind, FieldKind::YesOrNo(_)) }
    }

    /// With a hint.
    #[must_use]
    pub const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// That the entry cannot be without.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// Fields that belong together.
#[derive(Debug, Clone, Copy)]
pub struct FormSection {
    /// Its title.
    pub title: &'static str,
    /// What is asked here; empty for nothing.
    pub hint: &'static str,
    /// Whether it is folded in until something stands in it.
    pub folded: bool,
    /// Its fields, in the order in which they are asked.
    pub fields: &'static [FormField],
}

/// The form of a desk.
#[derive(Debug, Clone, Copy)]
pub struct FormPlan {
    /// Where the desk's pages are, as `/desk/phone`.
    pub href: &'static str,
    /// Where tables are imported in a browser, as `/desk/phone/import`.
    pub import: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Pages of the desk besides the form: where each is, and its name.
    pub tabs: &'static [(&'static str, &'static str)],
    /// Its sections.
    pub sections: &'static [FormSection],
}

impl FormPlan {
    /// Every field.
    pub fn fields(&self) -> impl Iterator<Item = &'static FormField> {
        self.sections.iter().flat_map(|section| section.fields)
    }

    /// Every translation key that the form uses, for a test.
    pub fn words(&self) -> Vec<&'static str> {
        let mut words = vec![self.title];
        words.extend(self.tabs.iter().map(|(_, name)| *name));
        for section in self.sections {
            words.extend([section.title, section.hint]);
            for field in section.fields {
                words.extend([field.label, field.hint]);
                if let FieldKind::Choice(choices) = field.kind {
                    words.extend(choices.iter().map(|(_, name)| *name));
                }
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }
}
