//! The decision itself.

use dengwen_model::{HandlingForm, ReferralCode, RegionCode, UnitCode};

use super::climb::{Climb, Search};
use super::clocks::{self, Outcome};
use super::conflict::{self, Circumstances, Conflict, sits_in};
use super::decision::{PathStep, RouteDecision};
use super::place::Placed;
use super::referral;
use super::request::RouteRequest;
use crate::period::BeyondCalendar;
use crate::taxonomy::{FlagRouting, PriorityFacts};
use crate::units::{Level, Unit, UnitKind, Units};
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

/// Who took the tip in.
struct Receiver<'a> {
    unit: Option<&'a Unit>,
    level: Option<Level>,
    region: Option<RegionCode>,
}

/// A decision before its clocks are set.
struct Draft<'a> {
    unit: Option<&'a Unit>,
    alternative: Option<UnitCode>,
    sealed: bool,
    co_units: Vec<UnitCode>,
    path: Vec<PathStep>,
    referral: Option<ReferralCode>,
    referral_unit: Option<UnitCode>,
    rule: String,
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
        let handling = match request.handling {
            Some(form) => form,
            None => self.rules.handling(&request.category).ok_or(RouteError::UnknownCategory)?,
        };
        let people: Vec<Placed<'_>> =
            request.subjects.iter().map(|subject| Placed::new(self.rules, self.units, subject)).collect();
        let receiver = self.receiver(request.received_by.as_deref());
        let circumstances = self.circumstances(request, receiver.unit);
        let search = Search {
            rules: self.rules,
            units: self.units,
            people: &people,
            circumstances: &circumstances,
            excluded: &request.excluded,
        };
        let lead = lead(&search);
        let referral = self.rules.referral(&request.category).ok_or(RouteError::UnknownCategory)?;
        let draft = match referral {
            Some(code) => self.refer(&search, lead, &receiver, request, code.clone()),
            None if handling == HandlingForm::H0 => kept(),
            None => self.assign(&search, lead, &receiver, request),
        };
        self.finish(request, &receiver, &circumstances, handling, draft)
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
    fn assign(
        &self,
        search: &Search<'a>,
        lead: Option<&Placed<'_>>,
        receiver: &Receiver<'a>,
        request: &RouteRequest,
    ) -> Draft<'a> {
        let nobody = Placed::new(self.rules, self.units, nobody());
        let lead = lead.unwrap_or(&nobody);
        let start = search.local(lead).or(receiver.unit).or_else(|| self.units.top_organisation());
        let Some(start) = start else { return unlisted() };
        let mut climb = search.climb(start, lead);
        let sealed_flag = self.has_routing(request, FlagRouting::Sealed);
        if sealed_flag {
            climb = self.above_receiver(search, climb, receiver);
        }
        let chief = climb.path.iter().any(|step| step.conflict == Some(Conflict::C4));
        let above = |level: Level| receiver.level.is_some_and(|own| level > own);
        let sealed = chief || sealed_flag || climb.found.map_or(!climb.managed, |unit| above(unit.level));
        let mut draft = Draft {
            unit: climb.found,
            sealed,
            rule: rule_of(&climb, lead),
            path: climb.path,
            ..Draft::empty()
        };
        match climb.found {
            Some(unit) => self.join(search, lead, unit, request, &mut draft),
            None => self.alternative(search, climb.top, &mut draft),
        }
        note_unheeded_wish(request, search.circumstances, &mut draft.path);
        draft
    }

    /// A tip flagged as about an upper level goes above the receiving department, whatever the ranks say.
    fn above_receiver(
        &self,
        search: &Search<'a>,
        mut climb: Climb<'a>,
        receiver: &Receiver<'a>,
    ) -> Climb<'a> {
        let Some(own) = receiver.level else { return climb };
        while let Some(found) = climb.found.filter(|unit| unit.level <= own) {
            climb.path.push(PathStep::new(Some(&found.code), None, "标记为涉及上级管理干部，上提一级"));
            climb.top = found;
            climb.found = None;
            let next = search.above(found).filter(|next| next.level > found.level);
            let free = next.filter(|unit| {
                conflict::of_unit(self.units, unit, search.people, search.circumstances).is_none()
            });
            if let Some(unit) = free {
                climb.path.push(PathStep::new(Some(&unit.code), None, format!("径报{}", unit.code)));
            }
            climb.found = free;
        }
        climb
    }

    /// C11, co-handlers of the category, and the reminder of C9.
    fn join(
        &self,
        search: &Search<'a>,
        lead: &Placed<'_>,
        unit: &Unit,
        request: &RouteRequest,
        draft: &mut Draft<'_>,
    ) {
        for other in search.people {
            let (Some(own), Some(region)) = (&lead.region, &other.region) else { continue };
            if region::nested(own, region) {
                continue;
            }
            let found = search.local(other).and_then(|start| search.climb(start, other).found);
            if let Some(co) = found.filter(|co| co.code != unit.code && !draft.co_units.contains(&co.code)) {
                draft.add_co_unit(&co.code, Some(Conflict::C11), conflict::why(Conflict::C11, &co.code));
            }
        }
        for end in self.rules.routing.co_handlers.get(&request.category).into_iter().flatten() {
            let bodies = self.units.in_region(&unit.region).filter(|body| body.name.ends_with(end.as_str()));
            let free = |body: &&Unit| !search.people.iter().any(|someone| sits_in(body, someone));
            if let Some(body) = bodies.into_iter().find(free) {
                draft.add_co_unit(&body.code, None, format!("会同{}办理", body.code));
            }
        }
        if request.open_cases.contains(&unit.code) {
            let why = conflict::why(Conflict::C9, &unit.code);
            draft.path.push(PathStep::new(Some(&unit.code), Some(Conflict::C9), why));
        }
    }

    /// C10: nobody above. The discipline body beside the last department, unless the subject sits in it.
    fn alternative(&self, search: &Search<'a>, top: &Unit, draft: &mut Draft<'_>) {
        draft.rule = Conflict::C10.to_string();
        let beside = self
            .units
            .in_region(&top.region)
            .filter(|unit| unit.kind == UnitKind::Discipline && !search.excluded.contains(&unit.code));
        let free = |unit: &&Unit| !search.people.iter().any(|someone| sits_in(unit, someone));
        match beside.filter(free).max_by_key(|unit| unit.level) {
            Some(unit) => {
                let why = conflict::why(Conflict::C10, &unit.code);
                draft.path.push(PathStep::new(Some(&unit.code), Some(Conflict::C10), why));
                draft.alternative = Some(unit.code.clone());
            }
            None => {
                let why = "已无上级可提，机构库中也没有可指定的其他机关，须由人工书面决定";
                draft.path.push(PathStep::new(None, Some(Conflict::C10), why));
            }
        }
    }

    /// Outside the scope: told and referred. About somebody above the line's own level the envelope
    /// still goes up unopened.
    fn refer(
        &self,
        search: &Search<'a>,
        lead: Option<&Placed<'_>>,
        receiver: &Receiver<'a>,
        request: &RouteRequest,
        code: ReferralCode,
    ) -> Draft<'a> {
        let body = self.rules.taxonomy.referral(&code);
        let (name, line) = body.map_or(("", ""), |body| (body.zh.as_str(), body.line.as_str()));
        let unit = referral::unit(search, &code, lead, receiver.region.as_ref());
        let why = format!("{}属受理范围外，{code} {name} {line}", request.category);
        let mut draft = Draft {
            path: vec![PathStep::new(unit.map(|unit| &unit.code), None, why.trim_end())],
            rule: format!("referral:{code}"),
            referral_unit: unit.map(|unit| unit.code.clone()),
            ..Draft::empty()
        };
        let manager = lead.and_then(|lead| search.manager(lead));
        let upper = manager.filter(|unit| receiver.level.is_some_and(|own| unit.level > own));
        if let Some(upper) = upper.filter(|_| self.rules.is_transferred(&code, HandlingForm::H8)) {
            draft.sealed = true;
            draft.alternative = Some(upper.code.clone());
            draft.path.push(PathStep::new(
                Some(&upper.code),
                None,
                format!("涉及上级管理干部，密封径报{}，由其转送", upper.code),
            ));
        }
        draft.referral = Some(code);
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

    /// The department that took the tip in, by its code, its division's code, or its name.
    fn receiver(&self, written: Option<&str>) -> Receiver<'a> {
        let written = written.unwrap_or_default().trim();
        let word = written.split_whitespace().next().unwrap_or_default();
        if let Some(unit) = word.parse().ok().and_then(|code| self.units.get(&code)) {
            return self.receiver_in(&unit.region);
        }
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let by_code = word.get(..digits).filter(|code| code.len() >= 6).and_then(|code| code.parse().ok());
        let region = by_code
            .or_else(|| self.units.find(written, None).map(|unit| unit.region.clone()))
            .or_else(|| self.units.region_in(written).cloned());
        match region {
            Some(region) => self.receiver_in(&region),
            None => Receiver { unit: None, level: None, region: None },
        }
    }

    fn receiver_in(&self, region: &RegionCode) -> Receiver<'a> {
        let unit = self.units.organisation_of(region);
        let level = unit.map(|unit| unit.level).or_else(|| region::level_of(region));
        Receiver { unit, level, region: Some(region.clone()) }
    }
}

impl<'a> Draft<'a> {
    fn empty() -> Self {
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

    fn add_co_unit(&mut self, code: &UnitCode, conflict: Option<Conflict>, why: String) {
        self.path.push(PathStep::new(Some(code), conflict, why));
        self.co_units.push(code.clone());
    }
}

/// The subject that decides: managed by the highest level, then of the highest rank, then named first.
fn lead<'p>(search: &Search<'p>) -> Option<&'p Placed<'p>> {
    let height = |someone: &Placed<'_>| {
        let level = match search.manager(someone) {
            Some(unit) => Some(unit.level),
            // Above everyone listed, where the division is known at all.
            None => someone.region.as_ref().map(|_| Level::Central),
        };
        (level, someone.seniority.map(std::cmp::Reverse))
    };
    search.people.iter().rev().max_by_key(|someone| height(someone))
}

fn kept() -> Draft<'static> {
    Draft {
        path: vec![PathStep::new(None, None, "登记留存，不转办")],
        rule: "handling:H0".to_owned(),
        ..Draft::empty()
    }
}

fn unlisted() -> Draft<'static> {
    Draft {
        path: vec![PathStep::new(None, None, "机构库中没有组织部门，须由人工决定")],
        rule: "unlisted".to_owned(),
        ..Draft::empty()
    }
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
        path.push(PathStep::new(
            None,
            Some(Conflict::C6),
            "举报人请求不下转，不具备应当采纳的情形，记录在案",
        ));
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
