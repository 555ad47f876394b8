//! The taxonomy (`taxonomy.yaml`): what a tip can be about, and what hangs on it.

mod category;
mod code_list;
mod file;
mod flag;
mod must_investigate;
mod priority;

use std::collections::HashMap;

use dengwen_model::{CategoryCode, HandlingForm, RankCode, ReferralCode};

pub use self::category::{Category, Distinguish, Group};
pub use self::code_list::{FormInfo, Measure, MeasureTerm, Outcome, Rank, Referral};
pub use self::flag::{ContextFlag, FlagRouting};
pub use self::must_investigate::{Facts, MustInvestigate, MustInvestigateRule};
pub use self::priority::{PriorityDecision, PriorityFacts};
use crate::error::RulesError;
use crate::yaml::Source;

/// All code lists of the tip line, with lookups.
#[derive(Debug, Clone)]
pub struct Taxonomy {
    version: String,
    groups: Vec<Group>,
    categories: Vec<Category>,
    by_category: HashMap<CategoryCode, usize>,
    forms: Vec<FormInfo>,
    referrals: Vec<Referral>,
    by_referral: HashMap<ReferralCode, usize>,
    must: MustInvestigate,
    flags: Vec<ContextFlag>,
    by_flag: HashMap<String, usize>,
    outcomes: Vec<Outcome>,
    measures: Vec<Measure>,
    ranks: Vec<Rank>,
    by_rank: HashMap<RankCode, usize>,
}

impl Taxonomy {
    /// Reads `taxonomy.yaml`.
    ///
    /// # Errors
    /// The file cannot be used: doubled codes, unknown groups, referrals or handling forms, a leaf
    /// outside the scope without a referral.
    pub(crate) fn parse(source: Source<'_>) -> Result<Self, RulesError> {
        file::parse(source)
    }

    /// The version that stands in the file.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The groups (first level).
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The leaves in the file's order.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// A leaf.
    pub fn category(&self, code: &CategoryCode) -> Option<&Category> {
        self.by_category.get(code).and_then(|index| self.categories.get(*index))
    }

    /// The handling forms H0–H8.
    pub fn forms(&self) -> &[FormInfo] {
        &self.forms
    }

    /// A handling form; every form of the type is in the file.
    pub fn form(&self, form: HandlingForm) -> Option<&FormInfo> {
        self.forms.iter().find(|info| info.code == form)
    }

    /// The referral directory.
    pub fn referrals(&self) -> &[Referral] {
        &self.referrals
    }

    /// An entry of the referral directory.
    pub fn referral(&self, code: &ReferralCode) -> Option<&Referral> {
        self.by_referral.get(code).and_then(|index| self.referrals.get(*index))
    }

    /// M1–M4 (四个必查).
    pub fn must_investigate(&self) -> &MustInvestigate {
        &self.must
    }

    /// The context flags.
    pub fn flags(&self) -> &[ContextFlag] {
        &self.flags
    }

    /// A context flag.
    pub fn flag(&self, code: &str) -> Option<&ContextFlag> {
        self.by_flag.get(code).and_then(|index| self.flags.get(*index))
    }

    /// Outcomes O1–O6.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Measures G01–G20.
    pub fn measures(&self) -> &[Measure] {
        &self.measures
    }

    /// The ranks, the highest first.
    pub fn ranks(&self) -> &[Rank] {
        &self.ranks
    }

    /// How high a rank is: 0 is the highest. `None` for a code that is not in the list.
    pub fn seniority(&self, rank: &RankCode) -> Option<usize> {
        self.by_rank.get(rank).copied()
    }
}
