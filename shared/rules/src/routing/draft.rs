//! A decision before its clocks are set.

use dengwen_model::{ReferralCode, UnitCode};

use super::conflict::Conflict;
use super::decision::PathStep;
use super::words;
use crate::units::Unit;

/// A decision before its clocks are set.
pub(super) struct Draft<'a> {
    pub(super) unit: Option<&'a Unit>,
    pub(super) alternative: Option<UnitCode>,
    pub(super) sealed: bool,
    pub(super) co_units: Vec<UnitCode>,
    pub(super) path: Vec<PathStep>,
    pub(super) referral: Option<ReferralCode>,
    pub(super) referral_unit: Option<UnitCode>,
    pub(super) rule: String,
}

impl<'a> Draft<'a> {
    pub(super) fn empty() -> Self {
        Self {
            unit: None,
            alternative: None,
            sealed: false,
            co_units: Vec::new(),
            path: Vec::new(),
            referral: None,
            referral_unit: None,
            rule: String::new(),
        }
    }

    pub(super) fn add_co_unit(&mut self, code: &UnitCode, conflict: Option<Conflict>, why: String) {
        self.path.push(PathStep::new(Some(code), conflict, why));
        self.co_units.push(code.clone());
    }

    /// Kept on file.
    pub(super) fn kept() -> Self {
        Self {
            path: vec![PathStep::new(None, None, words::KEPT.say(&[]))],
            rule: "handling:H0".to_owned(),
            ..Self::empty()
        }
    }

    /// The register has nobody.
    pub(super) fn unlisted() -> Self {
        Self {
            path: vec![PathStep::new(None, None, words::UNLISTED.say(&[]))],
            rule: "unlisted".to_owned(),
            ..Self::empty()
        }
    }
}
