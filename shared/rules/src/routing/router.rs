//! The decision itself.

use dengwen_model::{HandlingForm, Subject, UnitCode};

use super::climb::{Climb, Search};
use super::clocks::{self, Outcome};
use super::conflict::{Circumstances, Conflict, sits_in};
use super::decision::{PathStep, RouteDecision};
use super::direct::Unfit;
use super::draft::Draft;
use super::place::Placed;
use super::receiver::Receiver;
use super::request::RouteRequest;
use super::words;
use crate::period::BeyondCalendar;
use crate::taxonomy::{FlagRouting, PriorityFacts};
use crate::units::{Level, Unit, Units};
use crate::{Rules, region};

/// Why there is no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// The category is not in the taxonomy.
    #[error("unknown category")]
    UnknownCategory,
    /// A deadline would end beyond the year 9999.
    #[error(transparent)]
    BeyondCalendar(#[from] BeyondCalendar),
}

/// Routes tips by the rules over a register. Cheap to make.
#[derive(Debug, Clone, Copy)]
pub struct Router<'a> {
    rules: &'a Rules,
    units: &'a Units,
}

impl<'a> Router<'a> {
    /// A router over these rules and this register.
    pub fn new(rules: &'a Rules, units: &'a Units) -> Self {
        Self { rules, units }
    }

    /// Decides where a tip goes, and which clocks start.
    ///
    /// # Errors
    /// The category is unknown, or a deadline would end beyond the year 9999.
    pub fn route(&self, request: &RouteRequest) -> Result<RouteDecision, RouteError> {
        self.with_search(request, |search, receiver, handling| {
            let lead = lead(search);
            let draft = match self.rules.referral(&request.category) {
                Some(code) => search.refer(lead, receiver, &request.category, code.clone()),
                None if handling == HandlingForm::H0 => Draft::kept(),
                None => self.assign(search, lead, receiver, request),
            };
            self.finish(request, receiver, search.circumstances, handling, draft)
        })?
    }

    /// What speaks against giving the matter to this unit now, the gravest first; nothing where it may have it.
    ///
    /// # Errors
    /// As [`Router::route`].
    pub fn unfit(&self, request: &RouteRequest, code: &UnitCode) -> Result<Vec<Unfit>, RouteError> {
        let by_rules = self.route(&RouteRequest { directed: None, ..request.clone() })?;
        let Some(unit) = self.units.get(code) else { return Ok(vec![Unfit::Unlisted]) };
        let mut found = Vec::new();
        if by_rules.sealed {
            found.push(Unfit::Sealed);
        }
        if by_rules.referral.is_some() || by_rules.handling == HandlingForm::H0 {
            found.push(Unfit::NotVerified);
        }
        let nobody = Placed::new(self.rules, self.units, nobody());
        found.extend(self.with_search(request, |search, _, _| {
            search.against_directed(unit, lead(search).unwrap_or(&nobody))
        })?);
        Ok(found)
    }

    /// Places everybody the request is about, and looks with what follows from it.
    fn with_search<T>(
        &self,
        request: &RouteRequest,
        look: impl FnOnce(&Search<'_>, &Receiver<'a>, HandlingForm) -> T,
    ) -> Result<T, RouteError> {
        let proposed = self.rules.handling(&request.category).ok_or(RouteError::UnknownCategory)?;
        let handling = request.handling.unwrap_or(proposed);
        let people: Vec<Placed<'_>> =
            request.subjects.iter().map(|subject| Placed::new(self.rules, self.units, subject)).collect();
        let receiver = Receiver::find(self.units, request.received_by.as_deref());
        let circumstances = self.circumstances(request, receiver.unit);
        let search = Search {
            rules: self.rules,
            units: self.units,
            people: &people,
            circumstances: &circumstances,
            excluded: &request.excluded,
            fallback: receiver.unit.or_else(|| self.units.top_organisation()),
            above_level: receiver.level.filter(|_| self.has_routing(request, FlagRouting::Sealed)),
        };
        Ok(look(&search, &receiver, handling))
    }

    /// The units that a subject is, leads or works in, as far as the register and the words tell (C1, C3).
    pub fn units_of(&self, subject: &Subject) -> Vec<UnitCode> {
        let placed = Placed::new(self.rules, self.units, subject);
        let name = subject.name.as_deref().unwrap_or_default();
        let listed = self.units.people_named(name).map(|(unit, _)| unit);
        let local = placed.region.as_ref().and_then(|region| self.units.organisation_of(region));
        let near = placed.unit.into_iter().chain(listed).chain(local);
        let mut codes: Vec<UnitCode> =
            near.filter(|unit| sits_in(unit, &placed)).map(|unit| unit.code.clone()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    fn finish(
        &self,
        request: &RouteRequest,
        receiver: &Receiver<'_>,
        circumstances: &Circumstances<'_>,
        handling: HandlingForm,
        draft: Draft<'_>,
    ) -> Result<RouteDecision, RouteError> {
        let own = |unit: &Unit| receiver.unit.is_some_and(|receiver| receiver.code == unit.code);
        let elsewhere = |unit: &Unit| {
            receiver.region.as_ref().is_some_and(|region| !region::contains(region, &unit.region))
        };
        let refers = draft.referral.as_ref().is_some_and(|code| self.rules.is_transferred(code, handling));
        let outcome = Outcome {
            sealed: draft.sealed,
            dispatched: draft.unit.is_some_and(|unit| !own(unit)),
            transferred: refers || draft.unit.is_some_and(elsewhere),
            investigated: draft.unit.is_some(),
            handling,
        };
        Ok(RouteDecision {
            unit: draft.unit.map(|unit| unit.code.clone()),
            alternative: draft.alternative,
            sealed: draft.sealed,
            co_units: draft.co_units,
            path: draft.path,
            deadlines: clocks::set(self.rules, request, outcome)?,
            referral: draft.referral,
            referral_unit: draft.referral_unit,
            protective: circumstances.local_bodies_know || circumstances.identifiable,
            handling,
            rule: draft.rule,
            version: self.rules.version().to_owned(),
        })
    }

    /// In scope: the way up, and those who join in.
    fn assign<'s>(
        &self,
        search: &Search<'s>,
        lead: Option<&Placed<'_>>,
        receiver: &Receiver<'_>,
        request: &RouteRequest,
    ) -> Draft<'s> {
        let nobody = Placed::new(self.rules, self.units, nobody());
        let lead = lead.unwrap_or(&nobody);
        let Some(start) = search.start(lead) else { return Draft::unlisted() };
        let climb = search.climb(start, lead);
        let chief = climb.path.iter().any(|step| step.conflict == Some(Conflict::C4));
        let above = |level: Level| receiver.level.is_some_and(|own| level > own);
        let sealed = chief
            || search.above_level.is_some()
            || climb.found.map_or(!climb.managed, |unit| above(unit.level));
        let mut draft = Draft {
            unit: climb.found,
            sealed,
            rule: rule_of(&climb, lead),
            path: climb.path,
            ..Draft::empty()
        };
        if let Some(code) = &request.directed {
            draft = search.direct(code, lead, draft);
        }
        match draft.unit {
            Some(unit) => search.join(lead, unit, request, &mut draft),
            None => search.name_alternative(climb.top, &mut draft),
        }
        note_unheeded_wish(request, search.circumstances, &mut draft.path);
        draft
    }

    fn circumstances(&self, request: &RouteRequest, receiver: Option<&'a Unit>) -> Circumstances<'a> {
        let protective = &self.rules.routing.protective;
        let says_so = std::iter::once(&request.category)
            .chain(&request.secondary)
            .any(|category| protective.contains(category));
        Circumstances {
            local_bodies_know: says_so || self.has_routing(request, FlagRouting::Protective),
            asks_not_down: request.asks_not_down && (says_so || self.wish_is_honoured(request)),
            identifiable: request.reporter_identifiable,
            about_department: self.has_routing(request, FlagRouting::Up),
            receiver,
        }
    }

    /// C6: honoured for the most urgent and for principal leaders.
    fn wish_is_honoured(&self, request: &RouteRequest) -> bool {
        let priority = request.priority.or_else(|| {
            let facts = PriorityFacts {
                category: &request.category,
                flags: &request.context_flags,
                signers: 0,
                sources: 0,
            };
            self.rules.taxonomy.priority(&facts).map(|decision| decision.priority)
        });
        priority.is_some_and(|priority| priority.get() == 1)
            || request.must_investigate.iter().any(|rule| rule == "M3")
    }

    fn has_routing(&self, request: &RouteRequest, routing: FlagRouting) -> bool {
        let flags = request.context_flags.iter().filter_map(|flag| self.rules.taxonomy.flag(flag));
        flags.into_iter().any(|flag| flag.routing == Some(routing))
    }
}

/// The subject that decides: managed by the highest level, then of the highest rank, then named first.
fn lead<'p>(search: &Search<'p>) -> Option<&'p Placed<'p>> {
    let height = |someone: &Placed<'_>| {
        let level = match search.manager(someone) {
            Some(unit) => Some(unit.level),
            // Above everyone listed.
            None => search.start(someone).map(|_| Level::Central),
        };
        (level, someone.seniority.map(std::cmp::Reverse))
    };
    search.people.iter().rev().max_by_key(|someone| height(someone))
}

fn rule_of(climb: &Climb<'_>, lead: &Placed<'_>) -> String {
    match (climb.conflict, lead.post_rule, &lead.rank) {
        (Some(conflict), _, _) => conflict.to_string(),
        (None, Some(rule), _) => format!("post:{}", rule.post),
        (None, None, Some(rank)) => format!("manages:{rank}"),
        (None, None, None) => "region".to_owned(),
    }
}

fn note_unheeded_wish(request: &RouteRequest, circumstances: &Circumstances<'_>, path: &mut Vec<PathStep>) {
    if request.asks_not_down && !circumstances.asks_not_down {
        path.push(PathStep::new(None, Some(Conflict::C6), words::C6_UNHEEDED.say(&[])));
    }
}

fn nobody() -> &'static dengwen_model::Subject {
    static NOBODY: dengwen_model::Subject = dengwen_model::Subject {
        kind: dengwen_model::SubjectKind::Person,
        name: None,
        org: None,
        title: None,
        rank_code: None,
        region_code: None,
        region_name: None,
        is_top_leader: false,
    };
    &NOBODY
}
