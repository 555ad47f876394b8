//! Above the line's own level, and at the top of the tree.

use super::*;

#[test]
fn above_the_lines_own_level_it_is_passed_up_sealed() {
    let world = world();
    for received_by in
        ["880121", "county11-org", "county11-edu 举报箱", "戊县委组织部举报中心", "中共戊县委组织部"]
    {
        let decision = world
            .route(&request(received_by, vec![person("某人", "戊县人民政府", "副县长", "0132", "880121")]));
        assert_eq!((unit(&decision), decision.sealed), ("city1-org", true), "{received_by}");
        assert_eq!(rules_set(&decision), ["DL-REG", "DL-DEC", "DL-NOTICE", "DL-UP"]);
    }
    let secretary = vec![person("戊书记", "戊县委", "书记", "0131", "880121")];
    let decision = world.route(&request("880100", secretary.clone()));
    assert_eq!((unit(&decision), decision.sealed), ("prov-org", true));
    assert!(!world.route(&request("880000", secretary)).sealed);
    let own = world.route(&request("880121", vec![person("某人", "戊县教育局", "局长", "0141", "880121")]));
    assert_eq!((unit(&own), own.sealed), ("county11-org", false));
    // A line whose division the register does not list has its level by its code.
    let elsewhere =
        world.route(&request("880199", vec![person("某人", "丁市教育局", "局长", "0131", "880100")]));
    assert_eq!((unit(&elsewhere), elsewhere.sealed), ("city1-org", true));
}

#[test]
fn a_flag_for_the_upper_level_seals_whatever_the_ranks_say() {
    let world = world();
    let flagged = RouteRequest {
        context_flags: vec!["upper_level_subject".to_owned()],
        ..request("880121", vec![person("某人", "戊县教育局", "局长", "0141", "880121")])
    };
    let decision = world.route(&flagged);
    assert_eq!((unit(&decision), decision.sealed), ("city1-org", true));
}

#[test]
fn the_chief_of_the_receiving_department_is_reported_straight_up() {
    let world = world();
    let decision =
        world.route(&request("880121", vec![person("戊组首", "戊县委组织部", "部长", "0141", "880121")]));
    assert_eq!((unit(&decision), decision.sealed), ("city1-org", true));
    assert_eq!(conflicts(&decision), some("county11-org", Conflict::C4));
    assert!(rules_set(&decision).contains(&"DL-UP"));
}

#[test]
fn at_the_top_the_discipline_body_is_the_named_alternative() {
    let world = world();
    for (subject, conflict, sealed) in [
        (person("组副", "中共丙省委组织部", "副部长", "0122", "880000"), Conflict::C3, false),
        (person("组员", "丙省委组织部", "处长", "0131", "880000"), Conflict::C3, false),
        (person("组首", "丙省委组织部", "部长", "0122", "880000"), Conflict::C4, true),
    ] {
        let decision = world.one(subject);
        assert_eq!((unit(&decision), alternative(&decision)), ("-", "prov-disc"));
        assert_eq!(decision.sealed, sealed);
        assert_eq!(decision.rule, "C10");
        let met: Vec<_> = conflicts(&decision).into_iter().map(|(_, conflict)| conflict).collect();
        assert_eq!(met, [conflict, Conflict::C10]);
    }
}

#[test]
fn the_alternative_is_no_body_that_a_subject_sits_in_or_supervises() {
    let world = world();
    let both = vec![
        person("组副", "丙省委组织部", "副部长", "0122", "880000"),
        person("纪首", "-", "-", "0122", "880000"),
    ];
    let decision = world.route(&request("880000", both));
    assert_eq!((unit(&decision), alternative(&decision)), ("-", "-"));
    let secretary = world.one(person("省首", "中共丙省委员会", "书记", "0111", "880000"));
    assert_eq!((unit(&secretary), alternative(&secretary), secretary.sealed), ("-", "-", true));
    let governor = world.one(person("某人", "丙省人民政府", "副省长", "0112", "880000"));
    assert_eq!((unit(&governor), alternative(&governor), governor.sealed), ("-", "prov-disc", true));
}
