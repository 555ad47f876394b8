//! The routing table (`routing.yaml`): which level manages which rank and post, and what follows
//! from a category.

use std::collections::{HashMap, HashSet};

use dengwen_model::{CategoryCode, RankCode, ReferralCode};
use serde::Deserialize;

use super::Conflict;
use super::post::{self, Post};
use super::table_file;
use crate::error::RulesError;
use crate::taxonomy::Taxonomy;
use crate::units::{Level, UnitKind, normal};
use crate::yaml::Source;

/// How wide the line takes up what is on the border of its scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScopeProfile {
    /// Day-to-day supervision of officials is taken up.
    Wide,
    /// It is referred.
    Narrow,
}

/// A conflict of interest in words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConflictInfo {
    /// C1–C11.
    pub code: Conflict,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// The routing table.
#[derive(Debug, Clone)]
pub struct RoutingTable {
    pub(super) version: String,
    pub(super) profile: ScopeProfile,
    pub(super) narrow_default: ReferralCode,
    pub(super) narrow: HashMap<CategoryCode, ReferralCode>,
    /// The highest rank each level manages, by seniority (0 is the highest).
    pub(super) levels: HashMap<Level, usize>,
    pub(super) posts: Vec<PostRule>,
    pub(super) vertical: Vec<Vertical>,
    pub(super) head_titles: Vec<String>,
    pub(super) deputy_titles: Vec<String>,
    pub(super) ranks: Vec<RankRule>,
    pub(super) protective: HashSet<CategoryCode>,
    pub(super) urgent: HashSet<CategoryCode>,
    pub(super) co_handlers: HashMap<CategoryCode, Vec<String>>,
    pub(super) referral_units: HashMap<ReferralCode, ReferralUnit>,
    pub(super) conflicts: Vec<ConflictInfo>,
}

/// A post managed above its rank.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PostRule {
    pub(super) post: String,
    org_ends: Vec<String>,
    #[serde(default)]
    not_in: Vec<String>,
    title: String,
    org_level: Level,
    pub(super) managed_by: Level,
}

/// A system led from above.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vertical {
    pub(super) system: String,
    org_contains: Vec<String>,
}

/// The rank that follows from a body and a post.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RankRule {
    level: Level,
    #[serde(default)]
    kinds: Vec<UnitKind>,
    pub(super) head: RankCode,
    pub(super) deputy: RankCode,
    pub(super) other: RankCode,
}

/// Which unit takes a referral.
#[derive(Debug, Clone)]
pub(super) struct ReferralUnit {
    pub(super) kind: Option<UnitKind>,
    pub(super) name_ends: Vec<String>,
    pub(super) by_rank: bool,
}

impl RoutingTable {
    /// Reads `routing.yaml`.
    ///
    /// # Errors
    /// The file cannot be used: unknown categories, ranks or referrals, doubled levels or conflicts.
    pub(crate) fn parse(source: Source<'_>, taxonomy: &Taxonomy) -> Result<Self, RulesError> {
        table_file::parse(source, taxonomy)
    }

    /// The version that stands in the file.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The scope profile of the file.
    pub fn profile(&self) -> ScopeProfile {
        self.profile
    }

    /// Takes another scope profile than the file's, as the site's settings say.
    pub fn set_profile(&mut self, profile: ScopeProfile) {
        self.profile = profile;
    }

    /// A conflict in words.
    pub fn conflict(&self, code: Conflict) -> Option<&ConflictInfo> {
        self.conflicts.iter().find(|info| info.code == code)
    }

    /// Where the narrow profile refers a conditional leaf.
    pub(crate) fn narrow_referral(&self, category: &CategoryCode) -> &ReferralCode {
        self.narrow.get(category).unwrap_or(&self.narrow_default)
    }

    /// Whether a level manages a rank of this seniority, by the general table.
    pub(super) fn level_covers(&self, level: Level, seniority: usize) -> bool {
        self.levels.get(&level).is_some_and(|top| seniority >= *top)
    }

    /// What a title says of somebody of this organisation.
    pub(super) fn post(&self, title: &str, org: &str) -> Post {
        post::read(title, &normal(org), &self.head_titles, &self.deputy_titles)
    }

    /// The rule for a post managed above its rank, where one fits.
    pub(super) fn post_rule(&self, org: &str, title: &str, level: Option<Level>) -> Option<&PostRule> {
        let org = normal(org);
        self.posts.iter().find(|rule| Some(rule.org_level) == level && rule.fits(&org, title))
    }

    /// The vertically led system an organisation belongs to.
    pub(super) fn vertical(&self, org: &str) -> Option<&str> {
        let org = normal(org);
        let belongs = |rule: &&Vertical| rule.org_contains.iter().any(|part| org.contains(part.as_str()));
        self.vertical.iter().find(belongs).map(|rule| rule.system.as_str())
    }

    /// The rank that follows from a body's level and kind and the post.
    pub(super) fn rank(&self, level: Level, kind: UnitKind, post: Post) -> Option<&RankCode> {
        let fits =
            |rule: &&RankRule| rule.level == level && (rule.kinds.is_empty() || rule.kinds.contains(&kind));
        self.ranks.iter().find(fits).map(|rule| match post {
            Post::Head => &rule.head,
            Post::Deputy => &rule.deputy,
            Post::Other => &rule.other,
        })
    }
}

impl PostRule {
    /// Either the organisation and a part of the title (怀渠县委, 书记), or the whole post in the title
    /// (县委书记).
    fn fits(&self, org: &str, title: &str) -> bool {
        let outside = |text: &str| self.not_in.iter().any(|part| text.contains(part.as_str()));
        if outside(org) || outside(title) {
            return false;
        }
        let org_fits = self.org_ends.iter().any(|end| org.ends_with(end.as_str()));
        let full = |part: &str| {
            part.strip_suffix(self.title.as_str())
                .is_some_and(|org| self.org_ends.iter().any(|end| org.ends_with(end.as_str())))
        };
        let short =
            |part: &str| ["", "原", "拟任"].iter().any(|lead| part.strip_prefix(lead) == Some(&self.title));
        post::parts(title).any(|part| full(part) || (org_fits && short(part)))
    }
}
