//! The 40 labelled tips: routing, priority, must-investigate rules and handling form come out as
//! labelled from the labels' own category, subjects and flags.

#![expect(clippy::expect_used, reason = "a helper that fails fails its test")]

use dengwen_model::{
    CategoryCode, HandlingForm, IdentityKind, ReferralCode, Scope, SourceKind, Subject, UnitCode,
};
use dengwen_rules::{Facts, PriorityFacts, RouteRequest, Router, Rules, Start, UnitKind, Units};
use serde::Deserialize;

#[derive(Deserialize)]
struct Tip {
    id: String,
    received_at: Start,
    received_by: String,
    source_kind: SourceKind,
    category: CategoryCode,
    secondary: Vec<CategoryCode>,
    in_scope: bool,
    referral: Option<ReferralCode>,
    subjects: Vec<Subject>,
    identity: IdentityKind,
    signers: u32,
    must_investigate: Vec<String>,
    priority: u8,
    context_flags: Vec<String>,
    handling: HandlingForm,
    route_to: String,
    conflict: bool,
}

fn tips() -> Vec<Tip> {
    let lines = include_str!("data/tips_gold.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).expect("a labelled tip")).collect()
}

fn request(tip: &Tip) -> RouteRequest {
    RouteRequest {
        subjects: tip.subjects.clone(),
        received_by: Some(tip.received_by.clone()),
        context_flags: tip.context_flags.clone(),
        ..RouteRequest::new(tip.category.clone(), tip.received_at)
    }
}

#[test]
fn each_goes_to_the_labelled_unit() {
    let (rules, units) = (Rules::built_in().unwrap(), Units::sample().unwrap());
    let router = Router::new(&rules, &units);
    let mut wrong = Vec::new();
    for tip in tips() {
        let decision = router.route(&request(&tip)).unwrap();
        let wanted = tip.in_scope.then(|| format!("{}-ZZB", &tip.route_to[..6]));
        if decision.unit.as_ref().map(UnitCode::as_str) != wanted.as_deref() || decision.sealed {
            wrong.push((tip.id, wanted, decision.unit, decision.path));
        }
        assert_eq!(decision.referral, tip.referral);
        assert_eq!(decision.alternative, None);
        assert_eq!(decision.version, rules.version());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn conflicts_are_met_where_labelled_and_nowhere_else() {
    let (rules, units) = (Rules::built_in().unwrap(), Units::sample().unwrap());
    let router = Router::new(&rules, &units);
    for tip in tips() {
        let mut request = request(&tip);
        if tip.id == "S04" {
            // The label speaks of the open case against one of the unit's own (C9).
            request.open_cases = vec!["990221-ZZB".parse().unwrap()];
        }
        let decision = router.route(&request).unwrap();
        let met = decision.path.iter().any(|step| step.conflict.is_some());
        assert_eq!(met, tip.conflict, "{}: {:?}", tip.id, decision.path);
    }
}

#[test]
fn referrals_name_the_body_of_the_right_division() {
    let (rules, units) = (Rules::built_in().unwrap(), Units::sample().unwrap());
    let router = Router::new(&rules, &units);
    let body = |id: &str| {
        let tip = tips().into_iter().find(|tip| tip.id == id).unwrap();
        router.route(&request(&tip)).unwrap().referral_unit.map(|code| code.to_string())
    };
    assert_eq!(body("P09").as_deref(), Some("990221-XFJ"));
    assert_eq!(body("W05").as_deref(), Some("990300-JW"));
    assert_eq!(body("W10").as_deref(), Some("990122-BB"));
    assert_eq!(body("S05"), None);
}

#[test]
fn village_elections_bring_in_civil_affairs() {
    let (rules, units) = (Rules::built_in().unwrap(), Units::sample().unwrap());
    let tip = tips().into_iter().find(|tip| tip.id == "L05").unwrap();
    let decision = Router::new(&rules, &units).route(&request(&tip)).unwrap();
    assert_eq!(decision.co_units, ["990102-MZJ".parse().unwrap()]);
}

#[test]
fn priority_scope_and_handling_follow_from_category_and_flags() {
    let rules = Rules::built_in().unwrap();
    for tip in tips() {
        let facts = PriorityFacts {
            category: &tip.category,
            flags: &tip.context_flags,
            signers: tip.signers,
            sources: 0,
        };
        let decision = rules.taxonomy.priority(&facts).unwrap();
        assert_eq!(decision.priority.get(), tip.priority, "{}: {:?}", tip.id, decision.why);
        assert_eq!(rules.handling(&tip.category), Some(tip.handling), "{}", tip.id);
        assert_eq!(rules.scope(&tip.category).unwrap() != Scope::Out, tip.in_scope, "{}", tip.id);
        assert_eq!(rules.referral(&tip.category), tip.referral.as_ref(), "{}", tip.id);
    }
}

#[test]
fn must_investigate_rules_follow_from_the_facts() {
    let rules = Rules::built_in().unwrap();
    for tip in tips() {
        // M1 needs the text to be read; the label stands for that. M2 to M4 are worked out.
        let clear = tip.must_investigate.iter().any(|rule| rule == "M1");
        let facts = Facts {
            subject_identified: clear,
            concrete_act: clear,
            place: clear,
            verifiable_name: tip.identity == IdentityKind::Named,
            volunteered_contact: tip.identity == IdentityKind::ContactOnly,
            top_leader: tip.subjects.iter().any(|subject| subject.is_top_leader),
            category: Some(&tip.category),
            secondary: &tip.secondary,
            source_kind: Some(&tip.source_kind),
            ..Facts::default()
        };
        let hits = rules.taxonomy.must_investigate().hits(rules.scope(&tip.category).unwrap(), &facts);
        assert_eq!(hits, tip.must_investigate, "{}", tip.id);
    }
}

#[test]
fn every_subject_is_found_in_the_sample_register() {
    let units = Units::sample().unwrap();
    let unlisted = ["永嵩县石鼓岭乡", "望陵区青石埠镇芦汊村"];
    for subject in tips().iter().flat_map(|tip| &tip.subjects) {
        let Some(org) = subject.org.as_deref().filter(|org| !unlisted.contains(org)) else { continue };
        let unit = units.find(org, subject.region_code.as_ref());
        assert!(unit.is_some(), "{org}");
        if org.ends_with("组织部") {
            assert_eq!(unit.map(|unit| unit.kind), Some(UnitKind::Organisation));
        }
    }
}
