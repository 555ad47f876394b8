//! What would become of each row of a table. Of a long one it is held in a few words a row, so that it can be
//! paged through.

use std::collections::HashMap;

use dengwen_http::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::before::Earlier;

/// What becomes of a row, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FateKind {
    /// It will be registered.
    New,
    /// It is wrong, and cannot be.
    Wrong,
    /// It was registered before: taken again it makes nothing new, and gets its receipt once more.
    Registered,
    /// It says what a row above says, and is one tip with it.
    Repeated,
    /// Nothing stands in it.
    Blank,
}

impl FateKind {
    /// All, in the order in which they are shown.
    pub(crate) const ALL: [Self; 5] = [Self::New, Self::Wrong, Self::Registered, Self::Repeated, Self::Blank];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Wrong => "wrong",
            Self::Registered => "registered",
            Self::Repeated => "repeated",
            Self::Blank => "blank",
        }
    }

    /// Whether such a row can be taken.
    pub(crate) fn is_right(self) -> bool {
        matches!(self, Self::New | Self::Registered | Self::Repeated)
    }
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    New,
    /// These of the faults.
    Wrong(Box<[usize]>),
    Registered(Box<Earlier>),
    /// This row says the same.
    Repeated(usize),
    /// So are all rows up to this one.
    Blank(usize),
}

impl Fate {
    pub(crate) fn kind(&self) -> FateKind {
        match self {
            Self::New => FateKind::New,
            Self::Wrong(_) => FateKind::Wrong,
            Self::Registered(_) => FateKind::Registered,
            Self::Repeated(_) => FateKind::Repeated,
            Self::Blank(_) => FateKind::Blank,
        }
    }
}

/// A row, or several blank ones, and what becomes of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// As the clerk counts; the header is row 1.
    pub(crate) row: usize,
    pub(crate) fate: Fate,
    /// Whom it is about, by which a clerk knows the row again.
    pub(crate) who: Box<str>,
    /// How its facts begin.
    pub(crate) what: Box<str>,
}

impl std::fmt::Debug for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Rows are tips.
        f.debug_struct("Verdict").field("row", &self.row).field("fate", &self.fate).finish_non_exhaustive()
    }
}

/// How many rows have which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Counts {
    /// Will be registered.
    pub(crate) new: usize,
    /// Are wrong.
    pub(crate) wrong: usize,
    /// Were registered before.
    pub(crate) registered: usize,
    /// Say what a row above says.
    pub(crate) repeated: usize,
    /// Are blank.
    pub(crate) blank: usize,
}

impl Counts {
    pub(crate) fn of(self, kind: FateKind) -> usize {
        match kind {
            FateKind::New => self.new,
            FateKind::Wrong => self.wrong,
            FateKind::Registered => self.registered,
            FateKind::Repeated => self.repeated,
            FateKind::Blank => self.blank,
        }
    }

    /// Rows that can be taken.
    pub(crate) fn right(self) -> usize {
        self.new + self.registered + self.repeated
    }

    /// Rows with something in them.
    pub(crate) fn rows(self) -> usize {
        self.right() + self.wrong
    }

    fn count(&mut self, fate: &Fate, row: usize) {
        match fate {
            Fate::New => self.new += 1,
            Fate::Wrong(_) => self.wrong += 1,
            Fate::Registered(_) => self.registered += 1,
            Fate::Repeated(_) => self.repeated += 1,
            Fate::Blank(last) => self.blank += last + 1 - row,
        }
    }
}

/// What the rows of a table come to.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) counts: Counts,
    /// The names of the columns.
    pub(crate) header: Vec<String>,
    /// Everything that is wrong with any row, once: a field has few faults, however many rows have them.
    faults: Vec<FieldError>,
}

impl Judged {
    /// Lets every row with something in it be wrong for this too: what is wrong with the table is wrong with each.
    pub(crate) fn refuse(&mut self, faults: Vec<FieldError>) {
        if faults.is_empty() {
            return;
        }
        let first = self.faults.len();
        self.faults.extend(faults);
        for verdict in &mut self.verdicts {
            let own: &[usize] = match &verdict.fate {
                Fate::Blank(_) => continue,
                Fate::Wrong(own) => own,
                _ => &[],
            };
            verdict.fate = Fate::Wrong(own.iter().copied().chain(first..self.faults.len()).collect());
        }
        self.counts = Counts { wrong: self.counts.rows(), blank: self.counts.blank, ..Counts::default() };
    }

    /// The rows with this fate, or all.
    pub(crate) fn with(&self, kind: Option<FateKind>) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(move |verdict| kind.is_none_or(|kind| verdict.fate.kind() == kind))
    }

    /// How many entries [`Judged::with`] has; several blank rows together are one.
    pub(crate) fn entries(&self, kind: Option<FateKind>) -> usize {
        match kind {
            None => self.verdicts.len(),
            Some(FateKind::Blank) => self.with(kind).count(),
            Some(kind) => self.counts.of(kind),
        }
    }

    /// What is wrong with a row.
    pub(crate) fn faults(&self, verdict: &Verdict) -> impl Iterator<Item = &FieldError> {
        let faults: &[usize] = if let Fate::Wrong(faults) = &verdict.fate { faults } else { &[] };
        faults.iter().filter_map(|fault| self.faults.get(*fault))
    }
}

/// A table that is being judged.
#[derive(Debug, Default)]
pub(crate) struct Judging {
    judged: Judged,
    /// By what tells a repeat, the first row that has it.
    seen: HashMap<[u8; 32], usize>,
}

impl Judging {
    /// What the columns are called.
    pub(crate) fn header(&mut self, names: &[String]) {
        if self.judged.header.is_empty() {
            self.judged.header = names.to_vec();
        }
    }

    pub(crate) fn blank(&mut self, rows: std::ops::Range<usize>) {
        if !rows.is_empty() {
            self.put(rows.start, Fate::Blank(rows.end - 1), Default::default());
        }
    }

    pub(crate) fn wrong(&mut self, row: usize, errors: Vec<FieldError>, words: [Box<str>; 2]) {
        let faults = errors.into_iter().map(|error| self.fault(error)).collect();
        self.put(row, Fate::Wrong(faults), words);
    }

    /// A row that can be taken; `mark` is the same for the same row.
    pub(crate) fn right(
        &mut self,
        row: usize,
        mark: [u8; 32],
        earlier: Option<Earlier>,
        words: [Box<str>; 2],
    ) {
        let first = *self.seen.entry(mark).or_insert(row);
        let fate = match earlier {
            _ if first != row => Fate::Repeated(first),
            Some(earlier) => Fate::Registered(Box::new(earlier)),
            None => Fate::New,
        };
        self.put(row, fate, words);
    }

    pub(crate) fn end(self) -> Judged {
        self.judged
    }

    fn fault(&mut self, error: FieldError) -> usize {
        let faults = &mut self.judged.faults;
        faults.iter().position(|fault| *fault == error).unwrap_or_else(|| {
            faults.push(error);
            faults.len() - 1
        })
    }

    fn put(&mut self, row: usize, fate: Fate, [who, what]: [Box<str>; 2]) {
        self.judged.counts.count(&fate, row);
        self.judged.verdicts.push(Verdict { row, fate, who, what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_one_fate_and_all_are_counted() {
        let mut judging = Judging::default();
        let earlier = Earlier { at: "2026-11-02T01:00:00Z".parse().unwrap(), number: None };
        let words = || ["甲".into(), "反映".into()];
        judging.right(2, [1; 32], None, words());
        judging.blank(3..6);
        judging.blank(6..6);
        judging.right(6, [1; 32], None, words());
        judging.right(7, [2; 32], Some(earlier.clone()), words());
        judging.right(8, [2; 32], Some(earlier), words());
        for row in [9, 10] {
            let errors = vec![FieldError::new("text", "required"), FieldError::new("pages", "invalid")];
            judging.wrong(row, errors, words());
        }
        let judged = judging.end();
        let counts = Counts { new: 1, wrong: 2, registered: 1, repeated: 2, blank: 3 };
        assert_eq!(judged.counts, counts);
        assert_eq!((counts.right(), counts.rows(), judged.faults.len()), (4, 6, 2));
        let shown = |kind| judged.with(kind).map(|verdict| verdict.row).collect::<Vec<_>>();
        assert_eq!(shown(None), [2, 3, 6, 7, 8, 9, 10]);
        assert_eq!(shown(Some(FateKind::Repeated)), [6, 8]);
        for kind in FateKind::ALL {
            assert_eq!(judged.entries(Some(kind)), shown(Some(kind)).len());
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(judged.verdicts[4].fate, Fate::Repeated(7));
        let last: Vec<_> = judged.faults(&judged.verdicts[6]).map(|fault| fault.field.as_str()).collect();
        assert_eq!(last, ["text", "pages"]);
        assert!(!format!("{judged:?}").contains('甲'));
    }
}
