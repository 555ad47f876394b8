//! Period arithmetic PR-1 to PR-7, the ladder, warnings and extensions.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use dengwen_model::RuleId;
use dengwen_rules::{
    Calendar, DeadlineRules, DueError, ExtensionRefused, Overdue, Period, PeriodUnit, Rules, Start, cut_off,
};
use jiff::civil::{Date, date};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    trigger: Start,
    length: u32,
    unit: PeriodUnit,
    due: Date,
    #[serde(default)]
    provisional: bool,
}

fn rules() -> DeadlineRules {
    Rules::built_in().unwrap().deadlines
}

fn due(calendar: &Calendar, length: u32, unit: PeriodUnit, start: impl Into<Start>) -> (Date, bool) {
    let due = calendar.due(Period::new(length, unit).unwrap(), start.into()).unwrap();
    (due.date, due.provisional)
}

fn id(text: &str) -> RuleId {
    text.parse().unwrap()
}

#[test]
fn the_test_vectors_come_out() {
    let rules = rules();
    let vectors: Vec<Vector> = serde_saphyr::from_str(include_str!("data/period_vectors.yaml")).unwrap();
    assert_eq!(vectors.len(), 11);
    for vector in vectors {
        let found = due(rules.calendar(), vector.length, vector.unit, vector.trigger);
        assert_eq!(found, (vector.due, vector.provisional), "{} + {}", vector.trigger, vector.length);
    }
}

#[test]
fn an_instant_counts_from_its_day_in_shanghai() {
    let rules = rules();
    // 16:30 UTC is half past midnight of the next day in Shanghai.
    for (start, last_day) in [
        ("2026-03-02T15:59:59Z", date(2026, 3, 3)),
        ("2026-03-02T16:30:00Z", date(2026, 3, 4)),
        ("2026-03-03T00:30:00+08:00", date(2026, 3, 4)),
        ("2026-03-02", date(2026, 3, 3)),
    ] {
        let start: Start = start.parse().unwrap();
        assert_eq!(rules.due(&id("DL-REG"), start).unwrap().date, last_day, "{start}");
    }
}

#[test]
fn hours_run_over_rest_days_and_midnight() {
    let rules = rules();
    let start: Start = "2026-10-01T23:30:00+08:00".parse().unwrap();
    let found = rules.due(&id("DL-URG"), start).unwrap();
    assert_eq!((found.date, found.provisional), (date(2026, 10, 2), false));
    let at_once = rules.due(&id("DL-ACK"), start).unwrap();
    assert_eq!(at_once.date, date(2026, 10, 1));
    let fraction: Start = "2026-10-01T23:30:00.873231934+08:00".parse().unwrap();
    assert_eq!(rules.due(&id("DL-ACK"), fraction).unwrap().counted, at_once.counted, "told to the second");
    assert_eq!(rules.due(&id("DL-URG"), date(2026, 10, 1)).unwrap().date, date(2026, 10, 1));
}

#[test]
fn months_and_years_end_on_the_corresponding_day() {
    let rules = rules();
    let calendar = rules.calendar();
    assert_eq!(due(calendar, 1, PeriodUnit::Month, date(2025, 1, 31)).0, date(2025, 2, 28));
    assert_eq!(due(calendar, 1, PeriodUnit::Month, date(2024, 1, 31)).0, date(2024, 2, 29));
    assert_eq!(due(calendar, 1, PeriodUnit::Year, date(2024, 2, 29)).0, date(2025, 2, 28));
    // A corresponding day inside the National Day holiday moves behind it.
    assert_eq!(due(calendar, 6, PeriodUnit::Month, date(2026, 4, 2)).0, date(2026, 10, 8));
}

#[test]
fn a_year_that_is_not_loaded_makes_the_day_provisional() {
    let rules = rules();
    let calendar = rules.calendar();
    assert_eq!(due(calendar, 5, PeriodUnit::WorkingDay, date(2026, 12, 25)), (date(2027, 1, 1), true));
    assert_eq!(due(calendar, 4, PeriodUnit::WorkingDay, date(2026, 12, 25)), (date(2026, 12, 31), false));
    // Only the last day of a calendar period is asked about.
    assert_eq!(due(calendar, 3, PeriodUnit::CalendarDay, date(2023, 12, 30)), (date(2024, 1, 2), false));
    assert_eq!(due(calendar, 1, PeriodUnit::WorkingDay, date(2023, 12, 29)), (date(2024, 1, 2), true));
}

#[test]
fn the_count_is_explained_in_one_line() {
    let rules = rules();
    let explained = |rule: &str, start: Date| rules.due(&id(rule), start).unwrap().counted;
    let spring = explained("DL-UP", date(2026, 2, 13));
    assert!(spring.contains("PR-1") && spring.contains("2026-02-14调休上班计入"), "{spring}");
    assert!(explained("DL-DEC", date(2026, 2, 6)).contains("顺延至2026-02-24（PR-3）"));
    assert!(explained("DL-SUP", date(2025, 12, 31)).contains("调休上班日，不顺延"));
    assert!(explained("DL-OWN", date(2026, 11, 22)).contains("PR-6"));
    for rule in rules.rules() {
        assert!(!rules.due(&rule.id, date(2026, 1, 30)).unwrap().counted.contains('\n'));
    }
}

#[test]
fn the_ends_of_time_are_an_error_and_not_a_panic() {
    let rules = rules();
    for start in [Date::MAX, Date::MIN, date(9999, 12, 30)] {
        for rule in rules.rules() {
            match rules.due(&rule.id, start) {
                Ok(found) => assert!(found.date >= start),
                Err(error) => assert!(matches!(error, DueError::BeyondCalendar(_))),
            }
        }
        rules.ladder(start);
        rules.warnings(start.into(), Date::MAX);
    }
    for instant in [jiff::Timestamp::MIN, jiff::Timestamp::MAX] {
        for rule in rules.rules() {
            let _ = rules.due(&rule.id, instant);
        }
    }
    assert!(rules.due(&id("DL-SUP"), Date::MAX).is_err());
    assert_eq!(rules.due(&id("DL-NONE"), date(2026, 1, 5)), Err(DueError::UnknownRule));
    assert!(Period::new(Period::MAX_LENGTH + 1, PeriodUnit::Year).is_err());
}

#[test]
fn the_cut_off_is_midnight_in_shanghai() {
    assert_eq!(cut_off(date(2026, 3, 3)).unwrap().to_string(), "2026-03-03T16:00:00Z");
    assert_eq!(cut_off(Date::MAX), None);
}

#[test]
fn what_is_no_start_is_refused() {
    for text in
        ["", "2026-02-30", "2026-13-01", "20260213", "2026-02-13T10:00:00", "13.02.2026", "2026-2-13", "今天"]
    {
        assert!(text.parse::<Start>().is_err(), "{text}");
    }
}

#[test]
fn the_ladder_rises_by_working_days() {
    let steps: Vec<_> =
        rules().ladder(date(2026, 9, 24)).into_iter().map(|step| (step.level, step.date)).collect();
    assert_eq!(
        steps,
        [(1, date(2026, 9, 24)), (2, date(2026, 9, 30)), (3, date(2026, 10, 15)), (4, date(2026, 10, 29)),]
    );
}

#[test]
fn a_rule_enters_the_ladder_where_it_says() {
    let rules = rules();
    let last_day = date(2026, 9, 24);
    let steps = |rule: &str| {
        let steps = rules.overdue_steps(rules.get(&id(rule)).unwrap(), last_day);
        steps.into_iter().map(|step| (step.level, step.date)).collect::<Vec<_>>()
    };
    assert_eq!(steps("DL-SUP").len(), 4);
    assert_eq!(steps("DL-ELEC").first(), Some(&(2, last_day)));
    assert_eq!(steps("DL-ELEC").len(), 3);
    assert_eq!(steps("DL-OBJ"), [(1, last_day)]);
    assert!(matches!(rules.get(&id("DL-OBJ")).unwrap().overdue, Overdue::Action { .. }));
}

#[test]
fn every_step_and_every_count_is_said_in_english_too() {
    let rules = rules();
    for rule in rules.rules() {
        for step in rules.overdue_steps(rule, date(2026, 9, 24)) {
            let english = rules.step_in_english(&rule.id, step.level).unwrap();
            assert!(english.is_ascii() && !english.is_empty(), "{} {english}", rule.id);
            assert!(!step.action.is_ascii(), "{} in Chinese too: {}", rule.id, step.action);
        }
        assert!(rules.step_in_english(&rule.id, 0).unwrap().is_ascii());
        assert_eq!(rules.step_in_english(&rule.id, 9), None);
        // Over the spring holidays and the turn to a year whose calendar is not loaded.
        for start in ["2026-02-06", "2026-04-30", "2026-08-31", "2026-12-30"] {
            let due = rules.due(&rule.id, start.parse::<Start>().unwrap()).unwrap();
            assert!(due.counted_en.is_ascii(), "{}", due.counted_en);
            assert_eq!(due.counted_en.matches("PR-").count(), due.counted.matches("PR-").count());
        }
    }
}

#[test]
fn warnings_come_between_start_and_last_day() {
    let rules = rules();
    let start: Start = date(2026, 7, 31).into();
    let last_day = rules.due(&id("DL-OWN"), start).unwrap().date;
    let days: Vec<Date> = rules.warnings(start, last_day).into_iter().map(|warning| warning.date).collect();
    assert_eq!(last_day, date(2026, 9, 29));
    // A third of 60 days is 20 days before; five working days before (20 September works, 25 to 27
    // rest); one working day before.
    assert_eq!(days, [date(2026, 9, 9), date(2026, 9, 21), date(2026, 9, 28)]);
    let short = rules.warnings(date(2026, 9, 8).into(), date(2026, 9, 9));
    assert!(short.iter().all(|warning| warning.date == date(2026, 9, 9)), "{short:?}");
}

#[test]
fn extensions_follow_the_rule_or_are_refused() {
    let rules = rules();
    let own = rules.get(&id("DL-OWN")).unwrap();
    let last_day = date(2026, 9, 29);
    let granted = rules.extend(own, last_day, 0, None, "取证需要").unwrap();
    assert_eq!(granted.due.date, date(2026, 10, 29));
    assert!(granted.tell_reporter);
    let shorter = Period::new(7, PeriodUnit::CalendarDay).unwrap();
    // 6 October is a holiday.
    assert_eq!(rules.extend(own, last_day, 0, Some(shorter), "x").unwrap().due.date, date(2026, 10, 8));
    let days = |length, unit| Some(Period::new(length, unit).unwrap());
    let refused = |already, by, reason: &str| rules.extend(own, last_day, already, by, reason).unwrap_err();
    let max = Period::new(30, PeriodUnit::CalendarDay).unwrap();
    assert_eq!(refused(1, None, "x"), ExtensionRefused::UsedUp { times: 1 });
    assert_eq!(refused(0, None, " \n"), ExtensionRefused::ReasonRequired);
    assert_eq!(refused(0, days(31, PeriodUnit::CalendarDay), "x"), ExtensionRefused::TooLong { max });
    assert_eq!(refused(0, days(1, PeriodUnit::Month), "x"), ExtensionRefused::TooLong { max });
    assert_eq!(refused(0, days(0, PeriodUnit::CalendarDay), "x"), ExtensionRefused::TooLong { max });
    let registering = rules.get(&id("DL-REG")).unwrap();
    assert_eq!(rules.extend(registering, last_day, 0, None, "x"), Err(ExtensionRefused::NotExtendable));
}

#[test]
fn a_limit_is_counted_again_with_its_extensions() {
    let rules = rules();
    let (own, start) = (id("DL-OWN"), date(2026, 7, 31));
    let again =
        |extensions| rules.due_extended(&own, start, extensions).map(|due| (due.date, due.provisional));
    assert_eq!(again(0), Some((date(2026, 9, 29), false)));
    let granted = rules.extend(rules.get(&own).unwrap(), date(2026, 9, 29), 0, None, "取证需要").unwrap();
    assert_eq!(again(1), Some((granted.due.date, granted.due.provisional)));
    // The fourth ends in a year that is not loaded.
    assert_eq!(again(4), Some((date(2027, 1, 29), true)));
    assert_eq!(rules.due_extended(&id("DL-REG"), start, 1), None, "cannot be extended");
    assert_eq!(rules.due_extended(&id("DL-NONE"), start, 0), None, "no such rule");
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn units() -> impl Strategy<Value = PeriodUnit> {
        prop_oneof![
            Just(PeriodUnit::WorkingDay),
            Just(PeriodUnit::CalendarDay),
            Just(PeriodUnit::Month),
            Just(PeriodUnit::Year),
        ]
    }

    /// Days of 2022 to 2027: loaded years and both edges.
    fn days() -> impl Strategy<Value = Date> {
        (0..2190_i32).prop_map(|offset| date(2022, 1, 1).checked_add(jiff::Span::new().days(offset)).unwrap())
    }

    fn shared() -> &'static DeadlineRules {
        static RULES: std::sync::OnceLock<DeadlineRules> = std::sync::OnceLock::new();
        RULES.get_or_init(rules)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_last_day_is_a_working_day_not_before_the_start(start in days(), length in 0..200_u32, unit in units()) {
            let calendar = shared().calendar();
            let (last_day, provisional) = due(calendar, length, unit, start);
            prop_assert!(last_day >= start);
            prop_assert!(calendar.is_working_day(last_day));
            prop_assert!(provisional || calendar.is_loaded(last_day));
        }

        #[test]
        fn a_later_start_never_ends_earlier(start in days(), later in 0..40_i32, length in 0..200_u32, unit in units()) {
            let calendar = shared().calendar();
            let second = start.checked_add(jiff::Span::new().days(later)).unwrap();
            prop_assert!(due(calendar, length, unit, start).0 <= due(calendar, length, unit, second).0);
        }

        #[test]
        fn a_longer_period_never_ends_earlier(start in days(), length in 0..200_u32, unit in units()) {
            let calendar = shared().calendar();
            prop_assert!(due(calendar, length, unit, start).0 <= due(calendar, length + 1, unit, start).0);
        }

        #[test]
        fn working_days_are_as_many_as_asked_for(start in days(), length in 1..100_u32) {
            let calendar = shared().calendar();
            let (last_day, _) = due(calendar, length, PeriodUnit::WorkingDay, start);
            let mut counted = 0;
            let mut day = start;
            while day < last_day {
                day = day.tomorrow().unwrap();
                counted += u32::from(calendar.is_working_day(day));
            }
            prop_assert_eq!(counted, length);
            prop_assert!(calendar.working_days_before(last_day, length).unwrap() <= start.max(last_day));
        }

        #[test]
        fn the_ladder_never_steps_back(last_day in days()) {
            let steps = shared().ladder(last_day);
            prop_assert!(steps.windows(2).all(|pair| pair[0].date < pair[1].date));
            prop_assert_eq!(steps.len(), 4);
        }

        #[test]
        fn any_text_is_a_start_or_an_error(text in "\\PC{0,40}") {
            if let Ok(start) = text.parse::<Start>() {
                let _ = shared().due(&id("DL-SUP"), start);
            }
        }
    }
}
