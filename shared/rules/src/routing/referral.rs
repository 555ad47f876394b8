//! What is outside the scope: where it belongs, and which unit of the register that is.

use dengwen_model::ReferralCode;

use super::climb::Search;
use super::conflict::sits_in;
use super::place::Placed;
use crate::region;
use crate::units::{Unit, Units};
use dengwen_model::RegionCode;

/// The unit that takes a referral: of the subject's division, or of the division whose department
/// manages the subject; further out where the subject sits in it. `None` where none is listed.
pub(super) fn unit<'a>(
    search: &Search<'a>,
    referral: &ReferralCode,
    lead: Option<&Placed<'_>>,
    own_region: Option<&RegionCode>,
) -> Option<&'a Unit> {
    let rule = search.rules.routing.referral_units.get(referral)?;
    let division = lead.and_then(|lead| {
        let manager = || search.manager(lead).map(|unit| unit.region.clone());
        rule.by_rank.then(manager).flatten().or_else(|| lead.region.clone())
    });
    let division = division.as_ref().or(own_region)?;
    let fits = |unit: &&Unit| {
        rule.kind.is_some_and(|kind| unit.kind == kind)
            || rule.name_ends.iter().any(|end| unit.names().any(|name| name.ends_with(end.as_str())))
    };
    in_and_around(search.units, division)
        .filter(fits)
        .find(|unit| !search.people.iter().any(|someone| sits_in(unit, someone)))
}

/// The units of a division, then of the ones around it.
pub(super) fn in_and_around<'a>(units: &'a Units, division: &RegionCode) -> impl Iterator<Item = &'a Unit> {
    let around: Vec<RegionCode> = region::outward(division).collect();
    around.into_iter().flat_map(move |region| units.in_region(&region).collect::<Vec<_>>())
}
