//! The units register as reading needs it: names, short names, places, who leads and sits where.

use dengwen_model::{RegionCode, UnitCode};

/// What kind of body a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnitLevel {
    /// 中央.
    Central,
    /// 省.
    Province,
    /// 市（地、州、盟）.
    City,
    /// 县（市、区、旗）.
    #[default]
    County,
    /// 乡镇街道.
    Township,
}

/// A person who leads or sits in a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Official {
    /// Name.
    pub name: String,
    /// Post, as 党组书记、局长.
    pub title: String,
}

/// A unit of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUnit {
    /// Its code.
    pub code: UnitCode,
    /// Full name.
    pub name: String,
    /// Everyday names.
    pub short_names: Vec<String>,
    /// Level.
    pub level: UnitLevel,
    /// Division.
    pub region: Option<RegionCode>,
    /// Leaders and members.
    pub officials: Vec<Official>,
}

/// A division of the register or of GB/T 2260.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRegion {
    /// Its code.
    pub code: RegionCode,
    /// Name without the parents' names, as 清岚县.
    pub name: String,
    /// Name with the city, as 临沅市清岚县, where it is known.
    pub full_name: String,
}

/// What the register knows; empty is a register too.
#[derive(Debug, Clone, Default)]
pub struct Register {
    /// Units.
    pub units: Vec<KnownUnit>,
    /// Divisions outside GB/T 2260 or with their full names.
    pub regions: Vec<KnownRegion>,
}
