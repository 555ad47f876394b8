//! What is outside the scope: where it belongs, and which unit of the register that is.

use dengwen_model::{CategoryCode, HandlingForm, ReferralCode, RegionCode};

use super::climb::Search;
use super::decision::PathStep;
use super::draft::Draft;
use super::place::Placed;
use super::receiver::Receiver;
use super::words;
use crate::region;
use crate::units::Unit;

impl<'a> Search<'a> {
    /// Told and referred. About somebody above the line's own level the envelope still goes up
    /// unopened, and the department there refers it.
    pub(super) fn refer(
        &self,
        lead: Option<&'a Placed<'a>>,
        receiver: &Receiver<'a>,
        category: &CategoryCode,
        code: ReferralCode,
    ) -> Draft<'a> {
        let body = self.rules.taxonomy.referral(&code);
        let (name, line) = body.map_or(("", ""), |body| (body.zh.as_str(), body.line.as_str()));
        let unit = self.referral_unit(&code, lead, receiver.region.as_ref());
        let body = format!("{code} {name} {line}");
        let why = words::REFERRED.say(&[category.as_str(), body.trim_end()]);
        let mut draft = Draft {
            path: vec![PathStep::new(unit.map(|unit| &unit.code), None, why)],
            referral_unit: unit.map(|unit| unit.code.clone()),
            ..Draft::empty()
        };
        if let Some((lead, start)) = self.upper_level(lead, receiver, &code) {
            draft.sealed = true;
            let climb = self.climb(start, lead);
            match climb.found {
                Some(upper) => {
                    draft.alternative = Some(upper.code.clone());
                    let why = words::SEALED_REFERRAL.say(&[upper.code.as_str()]);
                    draft.path.push(PathStep::new(Some(&upper.code), None, why));
                }
                None => self.name_alternative(climb.top, &mut draft),
            }
        }
        draft.rule = format!("referral:{code}");
        draft.referral = Some(code);
        draft
    }

    /// The deciding subject and where its way up starts, where it is managed above the receiving
    /// department and the matter is sent on at all.
    fn upper_level<'p>(
        &self,
        lead: Option<&'p Placed<'p>>,
        receiver: &Receiver<'a>,
        code: &ReferralCode,
    ) -> Option<(&'p Placed<'p>, &'a Unit)> {
        let (lead, own) = (lead?, receiver.level?);
        let is_upper = self.manager(lead).is_none_or(|unit| unit.level > own);
        let sent_on = self.rules.is_transferred(code, HandlingForm::H8);
        (is_upper && sent_on).then_some(lead).zip(self.start(lead))
    }

    /// The unit that takes a referral: of the subject's division, or of the division whose department
    /// manages the subject; further out where a subject sits in it. `None` where none is listed.
    fn referral_unit(
        &self,
        referral: &ReferralCode,
        lead: Option<&Placed<'_>>,
        own_region: Option<&RegionCode>,
    ) -> Option<&'a Unit> {
        let rule = self.rules.routing.referral_units.get(referral)?;
        let division = lead.and_then(|lead| {
            let manager = || self.manager(lead).map(|unit| unit.region.clone());
            rule.by_rank.then(manager).flatten().or_else(|| lead.region.clone())
        });
        let division = division.as_ref().or(own_region)?;
        let units = self.units;
        let fits = |unit: &&Unit| {
            rule.kind.is_some_and(|kind| unit.kind == kind)
                || rule.name_ends.iter().any(|end| unit.names().any(|name| name.ends_with(end.as_str())))
        };
        let around: Vec<RegionCode> = region::outward(division).collect();
        around.iter().flat_map(|region| units.in_region(region)).filter(fits).find(|unit| self.is_free(unit))
    }
}
