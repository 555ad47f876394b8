//! Conflicts of interest, and who joins in.

use super::*;

#[test]
fn a_leader_of_the_committee_never_comes_before_its_department() {
    let world = world();
    for subject in [
        // By the register's list, with a rank the county would manage.
        person("戊副书记", "-", "-", "0141", "880121"),
        person("戊 副书记", "戊县教育局", "-", "0142", "880121"),
        // By the words alone.
        person("某人", "中共戊县委", "副书记", "0141", "880121"),
        person("某人", "戊县委宣传部", "县委常委、部长", "0141", "880121"),
        person("某人", "戊县人民政府", "县长", "0141", "880121"),
        organisation("中共戊县委员会", "880121"),
    ] {
        let decision = world.one(subject);
        assert_eq!(unit(&decision), "city1-org", "{:?}", decision.path);
        assert_eq!(conflicts(&decision), some("county11-org", Conflict::C2));
        assert_eq!(decision.rule, "C2");
    }
}

#[test]
fn the_departments_own_people_go_one_level_up() {
    let world = world();
    for (subject, conflict) in [
        (person("戊组副", "中共戊县委组织部", "副部长", "0141", "880121"), Conflict::C3),
        (person("戊组员", "-", "-", "-", "880121"), Conflict::C3),
        (person("某人", "戊县委组织部干部科", "科长", "0142", "880121"), Conflict::C3),
        (person("戊组员", "戊县委组织部", "干部监督室主任", "0142", "880121"), Conflict::C3),
        (person("某人", "中共戊县委员会组织部", "办公室主任", "0142", "880121"), Conflict::C3),
        (person("某人", "戊县委", "组织部副部长", "0141", "880121"), Conflict::C3),
        (person("某人", "戊县委", "组织部部长", "-", "880121"), Conflict::C2),
        (person("戊组首", "戊县委组织部", "部长", "0132", "880121"), Conflict::C2),
        (person("戊组首", "戊县委组织部", "部长", "0141", "880121"), Conflict::C2),
        (organisation("中共戊县委组织部", "880121"), Conflict::C1),
    ] {
        let decision = world.one(subject);
        assert_eq!(unit(&decision), "city1-org", "{:?}", decision.path);
        assert_eq!(conflicts(&decision), some("county11-org", conflict));
    }
    let city = world.one(person("丁组首", "中共丁市委组织部", "部长", "0131", "880100"));
    assert_eq!(unit(&city), "prov-org");
}

#[test]
fn who_heads_something_within_a_body_does_not_head_the_body() {
    let world = world();
    for (org, title, region, to) in [
        ("中共戊县委", "办公室主任", "880121", "county11-org"),
        ("戊县人民政府", "办公室主任", "880121", "county11-org"),
        ("戊县人民政府", "教育局副局长", "880121", "county11-org"),
        ("戊县教育局", "局长", "880121", "county11-org"),
        ("戊县教体局", "教育局局长", "880121", "county11-org"),
        ("戊县人民政府", "副县长", "880121", "city1-org"),
        ("戊县人民政府", "党组成员、办公室主任", "880121", "city1-org"),
        ("中共戊县委", "宣传部部长", "880121", "city1-org"),
        ("丁市教育局", "办公室主任", "880100", "city1-org"),
    ] {
        let decision = world.one(person("某人", org, title, "-", region));
        assert_eq!(unit(&decision), to, "{org} {title}: {:?}", decision.path);
    }
}

#[test]
fn any_subject_in_conflict_counts_not_only_the_highest() {
    let world = world();
    let subjects = vec![
        person("戊教首", "戊县教育局", "局长", "0141", "880121"),
        person("戊组员", "戊县委组织部", "干部", "0150", "880121"),
    ];
    let decision = world.route(&request("880000", subjects));
    assert_eq!(unit(&decision), "city1-org");
    // The city's leader is implicated too: two levels.
    let subjects = vec![
        person("戊组副", "戊县委组织部", "副部长", "0141", "880121"),
        person("丁组首", "-", "-", "0142", "880121"),
    ];
    let decision = world.route(&request("880000", subjects));
    assert_eq!(unit(&decision), "prov-org");
    assert_eq!(conflicts(&decision)[1].0, "city1-org");
}

#[test]
fn a_namesake_elsewhere_is_no_conflict() {
    let world = world();
    // 己县's department is led by a namesake.
    let decision = world.one(person("同名", "戊县教育局", "局长", "0141", "880121"));
    assert_eq!((unit(&decision), conflicts(&decision)), ("county11-org", Vec::new()));
    // Another city's subject has the name of one of 戊县's staff.
    let subjects = vec![
        person("戊教首", "戊县教育局", "局长", "0141", "880121"),
        person("戊组副", "辛县教育局", "副局长", "0142", "880221"),
    ];
    assert_eq!(unit(&world.route(&request("880000", subjects))), "county11-org");
}

#[test]
fn flags_and_protective_categories_keep_it_from_the_own_division() {
    let world = world();
    let base = request("880000", vec![person("戊教首", "戊县教育局", "局长", "0141", "880121")]);
    let with = |flags: &[&str], category: &str, secondary: &[&str]| {
        let request = RouteRequest {
            category: category.parse().unwrap(),
            secondary: secondary.iter().map(|code| code.parse().unwrap()).collect(),
            context_flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            ..base.clone()
        };
        world.route(&request)
    };
    for (decision, conflict, protective) in [
        (with(&["org_dept_conflict"], "A02", &[]), Conflict::C1, false),
        (with(&["retaliation_risk"], "A02", &[]), Conflict::C5, true),
        (with(&["org_dept_conflict", "retaliation_risk"], "A02", &[]), Conflict::C5, true),
        (with(&[], "E01", &[]), Conflict::C5, true),
        (with(&[], "E02", &[]), Conflict::C5, true),
        (with(&[], "A02", &["E02"]), Conflict::C5, true),
    ] {
        assert_eq!(unit(&decision), "city1-org");
        assert_eq!(conflicts(&decision), some("county11-org", conflict));
        assert_eq!(decision.protective, protective);
    }
    assert_eq!(unit(&with(&["during_election", "no_such_flag"], "A02", &[])), "county11-org");
    // Already above the own division.
    let deputy = RouteRequest {
        subjects: vec![person("某人", "戊县人民政府", "副县长", "0132", "880121")],
        context_flags: vec!["org_dept_conflict".to_owned()],
        ..base.clone()
    };
    assert_eq!(unit(&world.route(&deputy)), "city1-org");
}

#[test]
fn a_wish_not_to_send_it_down_is_honoured_where_the_rules_say() {
    let world = world();
    let base = request("880000", vec![person("戊教首", "戊县教育局", "局长", "0141", "880121")]);
    let wish = |category: &str, hits: &[&str]| {
        world.route(&RouteRequest {
            category: category.parse().unwrap(),
            must_investigate: hits.iter().map(|hit| (*hit).to_owned()).collect(),
            asks_not_down: true,
            ..base.clone()
        })
    };
    assert_eq!(unit(&wish("A02", &[])), "city1-org");
    assert_eq!(unit(&wish("A12", &["M3"])), "city1-org");
    let recorded = wish("A12", &["M1"]);
    assert_eq!(unit(&recorded), "county11-org");
    assert_eq!(conflicts(&recorded), some("", Conflict::C6));
}

#[test]
fn an_identifiable_reporter_an_objection_and_an_open_case_are_heeded() {
    let world = world();
    let base = request("880000", vec![person("戊教首", "戊县教育局", "局长", "0141", "880121")]);
    let identifiable = world.route(&RouteRequest { reporter_identifiable: true, ..base.clone() });
    assert_eq!((unit(&identifiable), identifiable.protective), ("city1-org", true));
    let objected =
        world.route(&RouteRequest { excluded: vec!["county11-org".parse().unwrap()], ..base.clone() });
    assert_eq!(unit(&objected), "city1-org");
    let reminded = world.route(&RouteRequest { open_cases: vec!["county11-org".parse().unwrap()], ..base });
    assert_eq!(unit(&reminded), "county11-org");
    assert_eq!(conflicts(&reminded), some("county11-org", Conflict::C9));
}

#[test]
fn two_divisions_get_a_lead_and_a_co_unit() {
    let world = world();
    let subjects = vec![
        person("某人", "辛县教育局", "副局长", "0142", "880221"),
        person("戊教首", "戊县教育局", "局长", "0141", "880121"),
    ];
    let decision = world.route(&request("880000", subjects));
    assert_eq!(unit(&decision), "county11-org");
    assert_eq!(decision.co_units, ["county21-org".parse().unwrap()]);
    assert!(conflicts(&decision).contains(&("county21-org".to_owned(), Conflict::C11)));
    // The higher rank leads, whatever the order.
    let subjects = vec![
        person("某人", "辛县教育局", "副局长", "0142", "880221"),
        person("某人", "丁市教育局", "局长", "0131", "880100"),
    ];
    let decision = world.route(&request("880000", subjects));
    assert_eq!((unit(&decision), decision.co_units.len()), ("city1-org", 1));
    // One division within the other is one line of command.
    let subjects = vec![
        person("戊教首", "戊县教育局", "局长", "0141", "880121"),
        person("某人", "丁市教育局", "局长", "0131", "880100"),
    ];
    assert!(world.route(&request("880000", subjects)).co_units.is_empty());
}

#[test]
fn a_co_unit_is_free_of_conflict_too() {
    let world = world();
    let subjects = vec![
        person("某人", "辛县教育局", "副局长", "0142", "880221"),
        person("戊组员", "戊县委组织部", "干部", "0150", "880121"),
    ];
    let decision = world.route(&request("880000", subjects));
    assert_eq!(unit(&decision), "county21-org");
    assert_eq!(decision.co_units, ["city1-org".parse().unwrap()]);
}
