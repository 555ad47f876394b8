//! Handling forms and priority.

use serde::{Deserialize, Serialize};

/// The eight handling forms of the central 12380 centre, and H0 (domain.md 2.2; names of
/// H5–H8 are the trade's, their exact meaning is inferred).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HandlingForm {
    /// 登记留存: register and keep.
    H0,
    /// 立项督查: supervised by the higher department, result required.
    H1,
    /// 举办字: investigate and report.
    H2,
    /// 举核字: verify and report.
    H3,
    /// 举函字: written inquiry or talk.
    H4,
    /// 举释字: explain to the reporter.
    H5,
    /// 举信字: pass to the petition office.
    H6,
    /// 举协字: co-ordinate with another department.
    H7,
    /// 直转件: direct transfer.
    H8,
}

impl HandlingForm {
    /// Whether the handling unit must report a result (H1–H4).
    pub fn result_required(self) -> bool {
        matches!(self, Self::H1 | Self::H2 | Self::H3 | Self::H4)
    }
}

/// 1 特急 … 4 低.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Priority(u8);

impl Priority {
    /// The most urgent.
    pub const MOST_URGENT: Self = Self(1);
    /// The least urgent.
    pub const LEAST_URGENT: Self = Self(4);

    /// The number, 1 to 4.
    pub fn get(self) -> u8 {
        self.0
    }

    /// One step more urgent, never beyond 1.
    #[must_use]
    pub fn raised(self) -> Self {
        Self(self.0.saturating_sub(1).max(1))
    }

    /// The more urgent of the two.
    #[must_use]
    pub fn at_least(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
}

impl TryFrom<u8> for Priority {
    type Error = &'static str;

    fn try_from(value: u8) -> Result<Self, Self::Error> {
        if (1..=4).contains(&value) { Ok(Self(value)) } else { Err("priority is 1 to 4") }
    }
}

impl From<Priority> for u8 {
    fn from(value: Priority) -> u8 {
        value.0
    }
}
