//! Who took the tip in.

use dengwen_model::RegionCode;

use crate::region;
use crate::units::{Level, Unit, UnitKind, Units};

/// The department that took a tip in, as far as what is written tells.
pub(crate) struct Receiver<'a> {
    pub(super) unit: Option<&'a Unit>,
    pub(super) level: Option<Level>,
    pub(crate) region: Option<RegionCode>,
}

impl<'a> Receiver<'a> {
    /// The department that took the tip in, by its code, its division's code, or its name.
    pub(crate) fn find(units: &'a Units, written: Option<&str>) -> Self {
        let written = written.unwrap_or_default().trim();
        let word = written.split_whitespace().next().unwrap_or_default();
        if let Some(unit) = word.parse().ok().and_then(|code| units.get(&code)) {
            if unit.kind == UnitKind::Organisation {
                return Self { unit: Some(unit), level: Some(unit.level), region: Some(unit.region.clone()) };
            }
            return Self::of_region(units, &unit.region);
        }
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let by_code = word.get(..digits).filter(|code| code.len() >= 6).and_then(|code| code.parse().ok());
        let region = by_code
            .or_else(|| units.find(written, None).map(|unit| unit.region.clone()))
            .or_else(|| units.region_in(written).cloned());
        match region {
            Some(region) => Self::of_region(units, &region),
            None => Self { unit: None, level: None, region: None },
        }
    }

    fn of_region(units: &'a Units, region: &RegionCode) -> Self {
        let unit = units.organisation_of(region);
        let level = unit.map(|unit| unit.level).or_else(|| region::level_of(region));
        Self { unit, level, region: Some(region.clone()) }
    }
}
