//! Groups and leaves.

use dengwen_model::{CategoryCode, HandlingForm, Priority, ReferralCode, Scope};
use serde::Deserialize;

/// A group of leaves (一级分类).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The first letter of its leaves' codes.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// The scope that most of its leaves have.
    pub scope: Scope,
}

/// A leaf (二级分类).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// As `A02`.
    pub code: CategoryCode,
    /// The group's code.
    pub group: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// Whether the line takes it up, under the wide profile.
    pub scope: Scope,
    /// Priority before flags.
    pub priority_base: Priority,
    /// Handling form proposed first.
    pub default_handling: HandlingForm,
    /// Where it belongs, for leaves outside the scope.
    pub referral: Option<ReferralCode>,
    /// Any hit is strong evidence.
    pub keywords: Vec<String>,
    /// Needs a second cue.
    pub weak: Vec<String>,
    /// Speaks against the leaf.
    pub neg: Vec<String>,
    /// A sentence that belongs here.
    pub example: String,
    /// How to tell it from its neighbours.
    pub distinguish: Vec<Distinguish>,
    /// The rules it rests on.
    pub basis: Vec<String>,
}

/// How to tell a leaf from another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distinguish {
    /// The other leaf, or a whole group.
    pub from: String,
    /// The test, in words.
    pub rule: String,
}
