//! What casework tells the doors: which access tokens no longer hold, and where the register's units lie.
//!
//! A door holds no ledger, so it checks a token by its signature alone; this list is how a token that
//! was withdrawn, or whose account was disabled, stops opening doors before it expires.

use std::collections::BTreeSet;

use async_trait::async_trait;
use dengwen_model::{RegionCode, UserId};
use dengwen_rules::{Units, region};
use serde::{Deserialize, Serialize};

use crate::DeskAway;

/// Path of the internal interface that casework serves and [`crate::HttpDesk`] reads.
pub const NOTICES_PATH: &str = "/internal/v1/notices";

/// A county's depth: below it a register need not list every division.
const COUNTY: usize = 6;

/// What a door has to know and cannot find out by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notices {
    /// Tokens that were withdrawn, and accounts that are disabled.
    pub withdrawn: BTreeSet<UserId>,
    /// Where the units of the register lie, with the divisions around them.
    pub regions: BTreeSet<RegionCode>,
}

impl Notices {
    /// Of a register and the ids that no longer hold.
    pub fn new(units: &Units, withdrawn: impl IntoIterator<Item = UserId>) -> Self {
        let around = units.iter().flat_map(|unit| region::outward(&unit.region));
        let regions = around.filter(|code| region::depth(code) > 0).collect();
        Self { withdrawn: withdrawn.into_iter().collect(), regions }
    }

    /// Whether the register has a unit in this division, within it, or in the county that it lies in.
    pub fn has_region(&self, code: &RegionCode) -> bool {
        region::outward(code).any(|outer| {
            let is_it = region::depth(&outer) == region::depth(code);
            (is_it || region::depth(&outer) >= COUNTY) && self.regions.contains(&outer)
        })
    }
}

/// Casework as a source of notices.
#[async_trait]
pub trait NoticeDesk: Send + Sync + std::fmt::Debug {
    /// The notices of this moment.
    async fn notices(&self) -> Result<Notices, DeskAway>;

    /// Whether this token or account no longer holds, where that can be told at once: by casework within this
    /// process. `None` elsewhere.
    async fn is_withdrawn(&self, _id: UserId) -> Result<Option<bool>, DeskAway> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_vouches_for_its_divisions_and_what_lies_in_its_counties() {
        let notices = Notices::new(&Units::sample().unwrap(), []);
        let has = |code: &str| notices.has_region(&code.parse().unwrap());
        for code in ["990000", "990100", "990121", "990121101", "990121101001", "990121000"] {
            assert!(has(code), "{code}");
        }
        for code in ["000000", "980000", "990900", "990199", "990199001", "999999", "x"] {
            assert!(!has(code), "{code}");
        }
    }
}
