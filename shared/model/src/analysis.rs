//! What reading a tip finds: subjects, category, evidence. Proposals, never verdicts.

use serde::{Deserialize, Serialize};

use crate::{CategoryCode, HandlingForm, Priority, RankCode, ReferralCode, RegionCode};

/// A person or an organisation that a tip is about (被举报对象).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Person or organisation.
    pub kind: SubjectKind,
    /// The person's name as far as it is known, in its register spelling where it was resolved.
    #[serde(default)]
    pub name: Option<String>,
    /// The organisation (单位), in its register name where it was resolved, else as written.
    #[serde(default)]
    pub org: Option<String>,
    /// The post (职务) as written.
    #[serde(default)]
    pub title: Option<String>,
    /// The rank (职务层次) where it is known or follows from organisation and title.
    #[serde(default)]
    pub rank_code: Option<RankCode>,
    /// The division the organisation belongs to.
    #[serde(default)]
    pub region_code: Option<RegionCode>,
    /// The division's name.
    #[serde(default)]
    pub region_name: Option<String>,
    /// Whether this is a principal leader (一把手).
    #[serde(default)]
    pub is_top_leader: bool,
}

/// Person or organisation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// 个人.
    #[default]
    Person,
    /// 单位.
    Org,
}

/// Whether the line may take the matter up (受理范围).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// 选人用人: the line's core.
    In,
    /// 干部日常监督: accepted, normally handled by talk or inquiry.
    Conditional,
    /// 受理范围外: told to the reporter and referred.
    Out,
}

/// A passage of the text as received that led to a decision. `start` and `end` count Unicode scalar
/// values, `end` exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The reporter's own words.
    pub text: String,
    /// What they speak for, as `A02：“送、塞等”与“提拔、位子等”连用`.
    pub why: String,
}

/// How well the reporter can be reached (实名、仅留联系方式、匿名).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// 实名: a real name with a contact or a signed letter.
    Named,
    /// 仅留联系方式: volunteered a working contact, no name.
    ContactOnly,
    /// 匿名.
    #[default]
    Anonymous,
}

impl IdentityKind {
    /// The one under which more is owed to the reporter: a named one before a contact, a contact before none.
    pub fn better(self, other: Self) -> Self {
        match (self, other) {
            (Self::Named, _) | (_, Self::Named) => Self::Named,
            (Self::ContactOnly, _) | (_, Self::ContactOnly) => Self::ContactOnly,
            (Self::Anonymous, Self::Anonymous) => Self::Anonymous,
        }
    }
}

/// A tip as read and classified: everything routing and the desk need, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// The leaf of the taxonomy.
    pub category: CategoryCode,
    /// Further leaves that the text also speaks of.
    pub secondary: Vec<CategoryCode>,
    /// Scope of the leaf under the site's profile.
    pub scope: Scope,
    /// Where an out-of-scope matter belongs.
    pub referral: Option<ReferralCode>,
    /// Calibrated: of decisions with 0.8, about eight in ten are right.
    pub confidence: f64,
    /// The machine does not decide; a person classifies.
    pub abstained: bool,
    /// The passages behind the category.
    pub evidence: Vec<Evidence>,
    /// Whom it is about.
    pub subjects: Vec<Subject>,
    /// How well the reporter can be reached.
    pub identity: IdentityKind,
    /// The reporter asks that it is not handed down (C6).
    #[serde(default)]
    pub asks_not_down: bool,
    /// The reporter can be told from the facts: a very small unit, or only one could know (C8).
    #[serde(default)]
    pub reporter_identifiable: bool,
    /// Which of M1–M4 (四个必查) hold.
    pub must_investigate: Vec<String>,
    /// Context flags of the taxonomy, as `during_publicity`.
    pub context_flags: Vec<String>,
    /// 1 most urgent … 4.
    pub priority: Priority,
    /// Proposed handling form.
    pub handling: HandlingForm,
    /// Version of the taxonomy and model that decided.
    pub version: String,
}
