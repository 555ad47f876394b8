//! The priority engine and the must-investigate rules, case by case.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use dengwen_model::{CategoryCode, Scope, SourceKind};
use dengwen_rules::{Facts, PriorityFacts, Rules};

fn code(text: &str) -> CategoryCode {
    text.parse().unwrap()
}

fn priority(category: &str, flags: &[&str], signers: u32, sources: u32) -> u8 {
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let category = code(category);
    let facts = PriorityFacts { category: &category, flags: &flags, signers, sources };
    Rules::built_in().unwrap().taxonomy.priority(&facts).unwrap().priority.get()
}

#[test]
fn flags_only_raise() {
    assert_eq!(priority("A12", &[], 0, 0), 3);
    assert_eq!(priority("A12", &["subject_is_top_leader"], 0, 0), 2);
    assert_eq!(priority("A12", &["media_heat"], 0, 0), 2);
    assert_eq!(priority("D05", &["media_heat", "subject_is_top_leader"], 0, 0), 1);
    assert_eq!(priority("D05", &["during_vetting"], 0, 0), 2);
    assert_eq!(priority("D05", &["during_election"], 0, 0), 1);
    assert_eq!(priority("A02", &["subject_is_top_leader", "during_vetting", "media_heat"], 9, 9), 1);
    assert_eq!(priority("D05", &["org_dept_conflict", "upper_level_subject", "no_such_flag"], 0, 0), 4);
}

#[test]
fn a_flag_counts_once() {
    assert_eq!(priority("D05", &["subject_is_top_leader"; 3], 0, 0), 3);
}

#[test]
fn joint_and_repeated_tips_count_from_a_number_on() {
    assert_eq!(priority("A12", &["joint_report"], 4, 0), 3);
    assert_eq!(priority("A12", &["joint_report"], 5, 0), 2);
    assert_eq!(priority("A12", &["repeat"], 0, 2), 3);
    assert_eq!(priority("A12", &["repeat"], 0, 3), 2);
    assert_eq!(priority("A12", &["repeat", "joint_report"], 5, 3), 1);
}

#[test]
fn an_unknown_leaf_has_no_priority() {
    let rules = Rules::built_in().unwrap();
    let category = code("Q01");
    let facts = PriorityFacts { category: &category, flags: &[], signers: 0, sources: 0 };
    assert_eq!(rules.taxonomy.priority(&facts), None);
    assert_eq!(
        (rules.scope(&category), rules.handling(&category), rules.referral(&category)),
        (None, None, None)
    );
}

#[test]
fn a_decision_says_why_and_by_which_version() {
    let rules = Rules::built_in().unwrap();
    let category = code("A15");
    let flags = ["subject_is_top_leader".to_owned()];
    let facts = PriorityFacts { category: &category, flags: &flags, signers: 0, sources: 0 };
    let decision = rules.taxonomy.priority(&facts).unwrap();
    assert_eq!(decision.why, ["A15 base 3", "subject_is_top_leader -1"]);
    assert!(rules.version().starts_with(&decision.version));
}

fn hits(scope: Scope, facts: &Facts<'_>) -> Vec<String> {
    Rules::built_in().unwrap().taxonomy.must_investigate().hits(scope, facts)
}

#[test]
fn a_clear_clue_needs_a_subject_an_act_and_a_detail() {
    let full = Facts { subject_identified: true, concrete_act: true, time: true, ..Facts::default() };
    assert_eq!(hits(Scope::In, &full), ["M1"]);
    assert_eq!(hits(Scope::Conditional, &full), ["M1"]);
    assert!(hits(Scope::Out, &full).is_empty());
    for vague in [
        Facts { subject_identified: false, ..full },
        Facts { concrete_act: false, ..full },
        Facts { time: false, ..full },
    ] {
        assert!(hits(Scope::In, &vague).is_empty());
    }
    for other in [
        Facts { time: false, place: true, ..full },
        Facts { time: false, amount: true, ..full },
        Facts { time: false, participants: true, ..full },
        Facts { time: false, document: true, ..full },
    ] {
        assert_eq!(hits(Scope::In, &other), ["M1"]);
    }
}

#[test]
fn names_leaders_and_sources_count() {
    let (leader, ghost, retaliation) = (code("D05"), code("D06"), code("E01"));
    assert_eq!(hits(Scope::In, &Facts { verifiable_name: true, ..Facts::default() }), ["M2"]);
    assert_eq!(hits(Scope::In, &Facts { volunteered_contact: true, ..Facts::default() }), ["M2"]);
    let top = Facts { top_leader: true, category: Some(&leader), ..Facts::default() };
    assert_eq!(hits(Scope::Conditional, &top), ["M3"]);
    assert!(hits(Scope::Conditional, &Facts { top_leader: false, ..top }).is_empty());
    assert!(hits(Scope::Conditional, &Facts { category: Some(&ghost), ..top }).is_empty());
    let secondary = [code("A06")];
    assert_eq!(
        hits(Scope::Conditional, &Facts { category: Some(&ghost), secondary: &secondary, ..top }),
        ["M3"]
    );
    assert!(hits(Scope::In, &Facts { category: Some(&retaliation), ..top }).is_empty());
    for (source, wanted) in [("考察", 1), ("年度考核", 1), ("巡视巡察", 1), ("群众来件", 0), ("", 0)]
    {
        let source = SourceKind(source.to_owned());
        let facts = Facts { source_kind: Some(&source), ..Facts::default() };
        assert_eq!(hits(Scope::In, &facts).len(), wanted, "{}", source.0);
    }
}
