//! Routing by level, region and conflict of interest, over a register in other hands' style.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod conflicts;
mod directed;
mod levels;
mod outside;
mod properties;
mod sealed;

use dengwen_model::{Channel, HandlingForm, IdentityKind, Subject, SubjectKind};
use dengwen_rules::{
    Conflict, RouteDecision, RouteError, RouteRequest, Router, Rules, ScopeProfile, Start, Unfit, Units,
};

struct World {
    rules: Rules,
    units: Units,
}

fn world() -> World {
    let units = Units::parse("register.yaml", include_str!("../data/register.yaml")).unwrap();
    World { rules: Rules::built_in().unwrap(), units }
}

/// A person: name, organisation, post, rank, division; `-` for what is not known.
fn person(name: &str, org: &str, title: &str, rank: &str, region: &str) -> Subject {
    let text = |text: &str| (text != "-").then(|| text.to_owned());
    Subject {
        kind: SubjectKind::Person,
        name: text(name),
        org: text(org),
        title: text(title),
        rank_code: (rank != "-").then(|| rank.parse().unwrap()),
        region_code: (region != "-").then(|| region.parse().unwrap()),
        region_name: None,
        is_top_leader: false,
    }
}

fn organisation(org: &str, region: &str) -> Subject {
    Subject { kind: SubjectKind::Org, ..person("-", org, "-", "-", region) }
}

fn received() -> Start {
    "2026-11-03T09:00:00+08:00".parse().unwrap()
}

fn request(received_by: &str, subjects: Vec<Subject>) -> RouteRequest {
    RouteRequest {
        subjects,
        received_by: Some(received_by.to_owned()),
        ..RouteRequest::new("A06".parse().unwrap(), received())
    }
}

fn unit(decision: &RouteDecision) -> &str {
    decision.unit.as_ref().map_or("-", |unit| unit.as_str())
}

fn alternative(decision: &RouteDecision) -> &str {
    decision.alternative.as_ref().map_or("-", |unit| unit.as_str())
}

/// The conflicts on the way, with their units.
fn conflicts(decision: &RouteDecision) -> Vec<(String, Conflict)> {
    let met = |step: &dengwen_rules::PathStep| {
        Some((step.unit.as_ref().map(ToString::to_string).unwrap_or_default(), step.conflict?))
    };
    decision.path.iter().filter_map(met).collect()
}

fn rules_set(decision: &RouteDecision) -> Vec<&str> {
    decision.deadlines.iter().map(|set| set.rule.as_str()).collect()
}

impl World {
    fn route(&self, request: &RouteRequest) -> RouteDecision {
        Router::new(&self.rules, &self.units).route(request).unwrap()
    }

    /// Routes one subject that the province took in.
    fn one(&self, subject: Subject) -> RouteDecision {
        self.route(&request("880000 丙省委组织部举报中心", vec![subject]))
    }
}

fn some(unit: &str, conflict: Conflict) -> Vec<(String, Conflict)> {
    vec![(unit.to_owned(), conflict)]
}
