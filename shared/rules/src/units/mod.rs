//! The units register (机构库): who there is, whom they serve, who works there.
//!
//! The file is the contract's: a YAML list, as `dengwen units import` reads it.

mod file;
mod find;
mod index;
mod names;

use dengwen_model::{RankCode, RegionCode, UnitCode};
use serde::{Deserialize, Deserializer, Serialize};

pub use self::index::Units;
pub(crate) use self::names::{normal, person};

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// 组织部门.
    Organisation,
    /// 纪检监察机关, 派驻纪检组.
    Discipline,
    /// 党委、党工委.
    Committee,
    /// 政府, 管委会.
    Government,
    /// 法院.
    Court,
    /// 检察院.
    Procuratorate,
    /// 信访部门.
    Petition,
    /// 审计机关.
    Audit,
    /// Anything else: a bureau, a company, a school.
    Other,
}

/// Where a unit stands, the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 乡镇、街道.
    Township,
    /// 县、市、区、旗.
    County,
    /// 设区的市、州、盟.
    City,
    /// 省、自治区、直辖市.
    Province,
    /// 中央.
    Central,
}

impl Level {
    /// In Chinese, as in 县级.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Township => "乡镇",
            Self::County => "县级",
            Self::City => "市级",
            Self::Province => "省级",
            Self::Central => "中央",
        }
    }

    /// The level above.
    pub(crate) fn above(self) -> Self {
        match self {
            Self::Township => Self::County,
            Self::County => Self::City,
            Self::City => Self::Province,
            Self::Province | Self::Central => Self::Central,
        }
    }
}

/// Somebody who leads a unit or works in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The post.
    #[serde(default)]
    pub title: String,
}

/// A rank that a unit manages in its region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manages {
    /// As `0141`.
    pub rank_code: RankCode,
}

/// One entry of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Unique.
    pub code: UnitCode,
    /// The full name.
    pub name: String,
    /// Everyday names.
    #[serde(default)]
    pub short_names: Vec<String>,
    /// What it is.
    pub kind: UnitKind,
    /// Where it stands.
    pub level: Level,
    /// The division it belongs to.
    pub region: RegionCode,
    /// The next unit up; for an organisation department the next organisation department.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub parent: Option<UnitCode>,
    /// The party committee it works for.
    #[serde(default, deserialize_with = "empty_is_none")]
    pub serves: Option<UnitCode>,
    /// May be given cases.
    #[serde(default)]
    pub handles: bool,
    /// Its leaders, the chief first.
    #[serde(default)]
    pub leaders: Vec<Person>,
    /// Others who work in it.
    #[serde(default)]
    pub members: Vec<Person>,
    /// The ranks it manages in its region; empty: as the general table says for its level.
    #[serde(default)]
    pub manages: Vec<Manages>,
}

impl Unit {
    /// Its leaders and members.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.leaders.iter().chain(&self.members)
    }

    /// Full name and everyday names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.short_names.iter().map(String::as_str))
    }
}

fn empty_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UnitCode>, D::Error> {
    match Option::<String>::deserialize(deserializer)? {
        Some(text) if !text.trim().is_empty() => {
            text.trim().parse().map(Some).map_err(serde::de::Error::custom)
        }
        _ => Ok(None),
    }
}
