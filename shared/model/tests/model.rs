//! Ids, codes, the stages of a case, leases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use dengwen_model::{
    AssignmentId, AssignmentState, CaseId, CaseStage, CategoryCode, Clock, CoarseState, IdentityKind, Lease,
    ManualClock, Outcome, Priority, ReporterIdentity, Role, SeededEntropy, TipId, UnitCode, UserId,
};

fn clock() -> ManualClock {
    ManualClock::at("2026-10-10T00:00:00Z".parse().unwrap())
}

#[test]
fn ids_are_typed_ordered_by_time_and_read_back() {
    let (clock, entropy) = (clock(), SeededEntropy::new(1));
    let first = TipId::new(&clock, &entropy);
    clock.advance_seconds(1);
    let second = TipId::new(&clock, &entropy);
    assert!(first < second);
    assert_eq!(first.to_string().parse::<TipId>().unwrap(), first);
    assert_eq!(first.as_uuid().get_version_num(), 7);
    assert!(first.to_string().parse::<CaseId>().is_err(), "a tip's id is no case's id");
    for text in
        ["", "tip_", "tip_xyz", "tip_0190-0000", &format!("{first}0"), "TIP_00000000000000000000000000000000"]
    {
        assert!(text.parse::<TipId>().is_err(), "{text}");
    }
    let json = serde_json::to_string(&first).unwrap();
    assert_eq!(serde_json::from_str::<TipId>(&json).unwrap(), first);
}

#[test]
fn codes_are_short_printable_words() {
    assert!("990121-ZZB".parse::<UnitCode>().is_ok());
    for text in ["", "a b", "甲", "a/b", "x\n", &"x".repeat(41)] {
        assert!(text.parse::<UnitCode>().is_err(), "{text:?}");
        assert!(serde_json::from_value::<UnitCode>(text.into()).is_err());
    }
    assert!("A02A02A02".parse::<CategoryCode>().is_err());
}

#[test]
fn priority_is_one_to_four_and_only_rises() {
    assert!(Priority::try_from(0).is_err() && Priority::try_from(5).is_err());
    let low = Priority::try_from(4).unwrap();
    assert_eq!(low.raised().get(), 3);
    assert_eq!(Priority::MOST_URGENT.raised().get(), 1);
    assert_eq!(low.at_least(Priority::MOST_URGENT), Priority::MOST_URGENT);
    assert_eq!(Priority::MOST_URGENT.at_least(low), Priority::MOST_URGENT);
}

struct Made {
    unit: UnitCode,
    assignment: AssignmentId,
    officer: UserId,
}

fn made() -> Made {
    let entropy = SeededEntropy::new(3);
    Made {
        unit: "990121-ZZB".parse().unwrap(),
        assignment: AssignmentId::new(&clock(), &entropy),
        officer: UserId::new(&clock(), &entropy),
    }
}

fn dispatched() -> CaseStage {
    let made = made();
    CaseStage::Opened.dispatch(made.unit, made.assignment).unwrap()
}

#[test]
fn a_case_goes_from_opened_to_closed() {
    let officer = made().officer;
    let stage = dispatched().accept(officer).unwrap().report().unwrap();
    let back = stage.send_back().unwrap();
    assert!(matches!(&back, CaseStage::Verifying { rework: 1, responsible, .. } if *responsible == officer));
    let concluded = back.report().unwrap().conclude(Outcome::O2).unwrap();
    assert_eq!(CoarseState::from(&concluded), CoarseState::Concluded);
    let closed = concluded.feed_back().unwrap().close().unwrap();
    assert_eq!(closed, CaseStage::Closed { outcome: Some(Outcome::O2) });
    assert_eq!(closed.reopen().unwrap(), CaseStage::Opened);
}

#[test]
fn a_reporter_may_dispute_the_result_also_when_the_case_was_closed() {
    let concluded = dispatched().accept(made().officer).unwrap().report().unwrap();
    let concluded = concluded.conclude(Outcome::O3).unwrap();
    assert!(concluded.clone().dispute().is_err(), "nobody was told a result yet");
    let fed_back = concluded.feed_back().unwrap();
    assert_eq!(fed_back.clone().dispute().unwrap(), fed_back);
    assert_eq!(fed_back.clone().close().unwrap().dispute().unwrap(), fed_back);
    assert!(CaseStage::Closed { outcome: None }.dispute().is_err(), "there is no result");
    assert!(CaseStage::Opened.dispute().is_err());
}

#[test]
fn an_objection_moves_nothing_before_it_is_decided() {
    let made = made();
    let objected = dispatched().object(None).unwrap();
    let unit: UnitCode = "990100-ZZB".parse().unwrap();
    assert_eq!(objected.held_by(), dispatched().held_by(), "the unit has it until then");
    assert!(objected.clone().accept(made.officer).is_err());
    assert!(objected.clone().dispatch(unit.clone(), made.assignment).is_err(), "not before consent");
    assert_eq!(objected.clone().refuse_objection().unwrap(), dispatched());
    let (opened, objection) = objected.uphold_objection().unwrap();
    assert_eq!(Some((&objection.unit, objection.assignment)), dispatched().held_by());
    let again = opened.dispatch(unit.clone(), made.assignment).unwrap();
    assert!(matches!(again, CaseStage::Dispatched { unit: to, .. } if to == unit));
    assert!(dispatched().uphold_objection().is_err() && dispatched().refuse_objection().is_err());
}

#[test]
fn a_case_is_recalled_from_whoever_has_it_and_from_nobody_else() {
    let officer = made().officer;
    let verifying = dispatched().accept(officer).unwrap();
    let objected = dispatched().object(None).unwrap();
    for held in [dispatched(), objected, verifying.clone(), verifying.clone().report().unwrap()] {
        assert_eq!(held.recall().unwrap(), CaseStage::Opened);
    }
    assert!(CaseStage::Opened.recall().is_err());
    assert!(verifying.report().unwrap().conclude(Outcome::O1).unwrap().recall().is_err());
}

#[test]
fn steps_cannot_be_skipped() {
    let officer = made().officer;
    assert!(CaseStage::Opened.accept(officer).is_err());
    assert!(CaseStage::Opened.report().is_err());
    assert!(dispatched().report().is_err());
    assert!(dispatched().conclude(Outcome::O1).is_err());
    assert!(dispatched().close().is_err());
    let verifying = dispatched().accept(officer).unwrap();
    assert!(verifying.clone().object(None).is_err(), "objecting is over once accepted");
    assert!(verifying.clone().conclude(Outcome::O1).is_err(), "no conclusion without a report");
    assert!(verifying.clone().accept(officer).is_err());
    let error = verifying.close().unwrap_err().to_string();
    assert_eq!(error, "a case that is verifying cannot be closed");
}

#[test]
fn a_lease_lapses_by_itself() {
    let clock = clock();
    let (officer, other) = {
        let entropy = SeededEntropy::new(5);
        (UserId::new(&clock, &entropy), UserId::new(&clock, &entropy))
    };
    let until = "2026-10-10T00:30:00Z".parse().unwrap();
    let leased = AssignmentState::Leased(Lease { officer, until });
    assert!(leased.is_held_by(officer, clock.now()));
    assert!(!leased.is_held_by(other, clock.now()));
    clock.set(until);
    assert!(!leased.is_held_by(officer, clock.now()), "the end of a lease is no longer in it");
    let accepted = AssignmentState::Accepted { officer, at: until };
    assert!(accepted.is_held_by(officer, clock.now()));
}

#[test]
fn a_named_report_needs_a_name_and_a_contact() {
    let name = Some("某".to_owned());
    let phone = Some("1".to_owned());
    let kind = |name, phone| ReporterIdentity { name, phone, ..ReporterIdentity::default() }.kind();
    assert_eq!(kind(name.clone(), phone.clone()), IdentityKind::Named);
    assert_eq!(kind(None, phone), IdentityKind::ContactOnly);
    assert_eq!(kind(name.clone(), None), IdentityKind::Anonymous);
    let identity = ReporterIdentity { name, ..ReporterIdentity::default() };
    assert!(!format!("{identity:?}").contains('某'), "Debug shows nobody");
}

#[test]
fn roles_have_one_spelling_and_a_few_older_names() {
    for role in
        ["intake", "screener", "officer", "supervisor", "leader", "custodian", "analyst", "auditor", "admin"]
    {
        assert_eq!(role.parse::<Role>().unwrap().as_str(), role);
    }
    assert!("root".parse::<Role>().is_err());
}
