//! 四个必查: which tips must be investigated. A hit blocks keeping a tip on file without an
//! investigation unless a leader waives it in writing; it says nothing about speed.

use std::collections::HashSet;

use dengwen_model::{CategoryCode, Scope, SourceKind};

/// What is known about a tip, as far as M1–M4 ask for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// M1: a name, or an organisation with a title, or an organisation as the subject itself.
    pub subject_identified: bool,
    /// M1: something somebody did, not only the name of a wrong.
    pub concrete_act: bool,
    /// M1: a time is given.
    pub time: bool,
    /// M1: a place is given.
    pub place: bool,
    /// M1: an amount is given.
    pub amount: bool,
    /// M1: people who took part are given.
    pub participants: bool,
    /// M1: a document is named or attached.
    pub document: bool,
    /// M2: a real name that can be verified.
    pub verifiable_name: bool,
    /// M2: a contact volunteered in the text or form. A sender number or caller id is not one.
    pub volunteered_contact: bool,
    /// M3: a subject is a principal leader (一把手).
    pub top_leader: bool,
    /// M3: the leaf.
    pub category: Option<&'a CategoryCode>,
    /// M3: further leaves.
    pub secondary: &'a [CategoryCode],
    /// M4: where the tip is from.
    pub source_kind: Option<&'a SourceKind>,
}

impl Facts<'_> {
    fn clear_clue(&self) -> bool {
        let detail = self.time || self.place || self.amount || self.participants || self.document;
        self.subject_identified && self.concrete_act && detail
    }
}

/// One of M1–M4 in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MustInvestigateRule {
    /// `M1` … `M4`.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// The four rules with their lists.
#[derive(Debug, Clone)]
pub struct MustInvestigate {
    pub(super) rules: Vec<MustInvestigateRule>,
    pub(super) leader_categories: HashSet<CategoryCode>,
    pub(super) source_kinds: Vec<String>,
}

impl MustInvestigate {
    /// The rules in words.
    pub fn rules(&self) -> &[MustInvestigateRule] {
        &self.rules
    }

    /// Which of M1–M4 hold, in order. None does for a tip outside the scope.
    pub fn hits(&self, scope: Scope, facts: &Facts<'_>) -> Vec<String> {
        if scope == Scope::Out {
            return Vec::new();
        }
        let holds = |code: &str| match code {
            "M1" => facts.clear_clue(),
            "M2" => facts.verifiable_name || facts.volunteered_contact,
            "M3" => facts.top_leader && self.names_leader_category(facts),
            "M4" => facts.source_kind.is_some_and(|source| self.is_inspection(source)),
            _ => false,
        };
        self.rules.iter().map(|rule| &rule.code).filter(|code| holds(code)).cloned().collect()
    }

    fn names_leader_category(&self, facts: &Facts<'_>) -> bool {
        facts.category.into_iter().chain(facts.secondary).any(|code| self.leader_categories.contains(code))
    }

    fn is_inspection(&self, source: &SourceKind) -> bool {
        self.source_kinds.iter().any(|kind| source.0.contains(kind.as_str()))
    }
}
