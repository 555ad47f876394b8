use dengwen_model::{
    CaseId, CaseStage, CategoryCode, Conclusion, CourseEntry, DeadlineId, DeadlineOwner, DeadlineState,
    HandlingForm, IdentityKind, ManualClock, MessageId, Priority, Scope, SeededEntropy, TipId, UserId,
};
use dengwen_rules::Rules;

use super::*;

struct Ids(ManualClock, SeededEntropy);

fn ids() -> Ids {
    Ids(ManualClock::at("2026-03-02T02:00:00Z".parse().unwrap()), SeededEntropy::new(3))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn case(stage: CaseStage) -> Case {
    let Ids(clock, entropy) = ids();
    let now = at("2026-03-02T02:00:00Z");
    Case {
        id: CaseId::new(&clock, &entropy),
        number: "990000-2026-000001".to_owned(),
        opened_at: now,
        received_at: None,
        updated_at: now,
        channel: None,
        received_by: "990000-ZZB".parse().unwrap(),
        category: "A02".parse::<CategoryCode>().unwrap(),
        secondary: Vec::new(),
        scope: Scope::In,
        referral: None,
        priority: Priority::LEAST_URGENT,
        handling: HandlingForm::H3,
        must_investigate: vec!["M1".to_owned()],
        context_flags: Vec::new(),
        abstained: false,
        reporter_reachable: true,
        identity: IdentityKind::Named,
        asks_not_down: false,
        reporter_identifiable: false,
        excluded: Vec::new(),
        late_tips: 0,
        tips: 1,
        stage,
        version: 1,
    }
}

fn file(events: Vec<CourseEvent>) -> CaseFile {
    let course = events.into_iter().enumerate().map(|(minute, event)| CourseEntry {
        at: at(&format!("2026-03-02T02:{minute:02}:00Z")),
        by: None::<UserId>,
        event,
    });
    CaseFile { course: course.collect(), ..CaseFile::default() }
}

fn noted(what: &str) -> CourseEvent {
    CourseEvent::Noted { what: what.to_owned(), reason: None }
}

fn concluded(outcome: Outcome, measures: &[&str]) -> CourseEvent {
    let measures = measures.iter().map(|code| (*code).to_owned()).collect();
    let conclusion =
        Conclusion { outcome, measures, decided_by: "会议".to_owned(), reasoning: "理由".to_owned() };
    CourseEvent::Concluded { conclusion }
}

fn limit(rule: &str, state: DeadlineState) -> Deadline {
    let Ids(clock, entropy) = ids();
    Deadline {
        id: DeadlineId::new(&clock, &entropy),
        case: CaseId::new(&clock, &entropy),
        assignment: None,
        rule: rule.parse().unwrap(),
        owner: DeadlineOwner::Receiving("990000-ZZB".parse().unwrap()),
        start: at("2026-03-02T02:00:00Z"),
        due: "2026-03-09".parse().unwrap(),
        provisional: false,
        extensions: 0,
        state,
    }
}

fn message(from: MessageFrom, when: &str) -> MailboxRecord {
    let Ids(clock, entropy) = ids();
    let id = MessageId::new(&clock, &entropy);
    MailboxRecord { id, tip: TipId::new(&clock, &entropy), from, at: at(when), text: Vec::new() }
}

#[test]
fn a_waiver_lifts_must_investigate_until_the_case_is_opened_again() {
    let case = case(CaseStage::Opened);
    assert!(must_be_investigated(&case, &file(vec![])));
    assert!(!must_be_investigated(&case, &file(vec![noted(mark::WAIVED)])));
    assert!(must_be_investigated(&case, &file(vec![noted(mark::WAIVED), noted(mark::REOPENED)])));
    assert!(!must_be_investigated(
        &case,
        &file(vec![noted(mark::WAIVED), noted(mark::REOPENED), noted(mark::WAIVED)])
    ));
    assert!(must_be_investigated(&case, &file(vec![noted("kept")])), "another mark waives nothing");
}

#[test]
fn a_case_closes_when_nothing_is_owed_to_anybody() {
    let case = case(CaseStage::FedBack { outcome: Outcome::O3 });
    let file = file(vec![noted("accepted"), concluded(Outcome::O3, &[])]);
    let answered = vec![vec![message(MessageFrom::Line, "2026-03-02T02:30:00Z")]];
    let settled = [limit("DL-CHK", DeadlineState::Met { at: at("2026-03-02T02:10:00Z") })];
    assert_eq!(open_points(&case, &file, &settled, &answered), []);
}

#[test]
fn a_running_duty_keeps_a_case_open_and_a_window_does_not() {
    let case = case(CaseStage::FedBack { outcome: Outcome::O3 });
    let file = file(vec![concluded(Outcome::O3, &[])]);
    let answered = vec![vec![message(MessageFrom::Line, "2026-03-02T02:30:00Z")]];
    for (rule, state, blocks) in [
        ("DL-CLR2", DeadlineState::Open, true),
        ("DL-REVIEW", DeadlineState::Overdue { level: 2 }, true),
        ("DL-OBJRES", DeadlineState::Open, false),
        ("DL-OBJ", DeadlineState::Overdue { level: 1 }, false),
        ("DL-CLR2", DeadlineState::Cancelled, false),
    ] {
        let points = open_points(&case, &file, &[limit(rule, state.clone())], &answered);
        let expected = if blocks { vec![OpenPoint::Limit(rule.to_owned())] } else { vec![] };
        assert_eq!(points, expected, "{rule} {}", state.name());
    }
}

#[test]
fn every_tip_is_answered_after_the_conclusion() {
    let case = case(CaseStage::FedBack { outcome: Outcome::O3 });
    let file = file(vec![noted("accepted"), concluded(Outcome::O3, &[])]);
    let mailboxes = vec![
        vec![message(MessageFrom::Line, "2026-03-02T02:30:00Z")],
        vec![message(MessageFrom::Line, "2026-03-02T02:00:30Z")],
        vec![message(MessageFrom::Reporter, "2026-03-02T02:40:00Z")],
        vec![],
    ];
    assert_eq!(open_points(&case, &file, &[], &mailboxes), [OpenPoint::Unanswered(3)]);
}

#[test]
fn what_was_found_is_put_right_before_the_case_closes() {
    let answered = vec![vec![message(MessageFrom::Line, "2026-03-02T02:30:00Z")]];
    for (outcome, measures, extra, open) in [
        (Outcome::O1, &[][..], None, true),
        (Outcome::O2, &[][..], None, true),
        (Outcome::O1, &["G03"][..], None, false),
        (Outcome::O1, &[][..], Some(mark::CORRECTED), false),
        (Outcome::O4, &[][..], None, false),
    ] {
        let case = case(CaseStage::FedBack { outcome });
        let mut events = vec![concluded(outcome, measures)];
        events.extend(extra.map(noted));
        let points = open_points(&case, &file(events), &[], &answered);
        assert_eq!(points == [OpenPoint::NotCorrected], open, "{outcome:?} {measures:?} {extra:?}");
    }
}

#[test]
fn measures_follow_from_their_outcome() {
    let rules = Rules::built_in().unwrap();
    let fits = |outcome, code: &str| unfit_measure(&rules.taxonomy, outcome, &[code.to_owned()]).is_none();
    assert!(fits(Outcome::O1, "G04") && fits(Outcome::O2, "G16"));
    assert!(!fits(Outcome::O3, "G04") && !fits(Outcome::O4, "G01"));
    assert!(fits(Outcome::O3, "G20") && fits(Outcome::O5, "G20") && !fits(Outcome::O1, "G20"));
    assert!(!fits(Outcome::O1, "G99"));
}
