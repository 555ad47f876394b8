//! Who stands beside the lead unit: co-units, and the alternative where nobody is left above.

use super::climb::Search;
use super::conflict::{Conflict, sits_in, supervises};
use super::decision::PathStep;
use super::draft::Draft;
use super::place::Placed;
use super::request::RouteRequest;
use super::words;
use crate::region;
use crate::units::{Unit, UnitKind};

impl Search<'_> {
    /// Whether no subject is the unit, leads it, works in it or supervises it.
    pub(super) fn is_free(&self, unit: &Unit) -> bool {
        !self.people.iter().any(|someone| sits_in(unit, someone) || supervises(self.units, unit, someone))
    }

    /// C11, co-handlers of the category, and the reminder of C9.
    pub(super) fn join(&self, lead: &Placed<'_>, unit: &Unit, request: &RouteRequest, draft: &mut Draft<'_>) {
        for other in self.people {
            let (Some(own), Some(region)) = (&lead.region, &other.region) else { continue };
            if region::nested(own, region) {
                continue;
            }
            let found = self.start(other).and_then(|start| self.climb(start, other).found);
            if let Some(co) = found.filter(|co| co.code != unit.code && !draft.co_units.contains(&co.code)) {
                draft.add_co_unit(&co.code, Some(Conflict::C11), words::of_conflict(Conflict::C11, &co.code));
            }
        }
        for end in self.rules.routing.co_handlers.get(&request.category).into_iter().flatten() {
            let mut bodies =
                self.units.in_region(&unit.region).filter(|body| body.name.ends_with(end.as_str()));
            if let Some(body) = bodies.find(|body| self.is_free(body)) {
                draft.add_co_unit(&body.code, None, words::JOINED.say(&[body.code.as_str()]));
            }
        }
        for code in std::iter::once(&unit.code).chain(&draft.co_units) {
            if request.open_cases.contains(code) {
                let why = words::of_conflict(Conflict::C9, code);
                draft.path.push(PathStep::new(Some(code), Some(Conflict::C9), why));
            }
        }
    }

    /// C10: the discipline body beside the last department, unless a subject sits in it.
    pub(super) fn name_alternative(&self, top: &Unit, draft: &mut Draft<'_>) {
        draft.rule = Conflict::C10.to_string();
        let beside = self.units.in_region(&top.region).filter(|unit| {
            unit.kind == UnitKind::Discipline && !self.excluded.contains(&unit.code) && self.is_free(unit)
        });
        // The body itself before one of its groups stationed elsewhere (派驻纪检组).
        let Some(unit) = beside.max_by_key(|unit| (unit.handles, unit.level, !unit.name.contains("派驻")))
        else {
            let why = words::C10_NOBODY.say(&[]);
            draft.path.push(PathStep::new(None, Some(Conflict::C10), why));
            return;
        };
        let why = words::of_conflict(Conflict::C10, &unit.code);
        draft.path.push(PathStep::new(Some(&unit.code), Some(Conflict::C10), why));
        draft.alternative = Some(unit.code.clone());
    }
}
