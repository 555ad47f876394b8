//! Managing level and region: the lowest department that manages the subject.

use super::*;

#[test]
fn each_rank_goes_to_the_lowest_department_that_manages_it() {
    let world = world();
    for (org, title, rank, region, wanted) in [
        ("戊县教育局", "局长", "0141", "880121", "county11-org"),
        ("戊县教育局", "副局长", "0142", "880121", "county11-org"),
        ("戊县教育局", "办事员", "0160", "880121", "county11-org"),
        ("戊县某村", "村委会主任候选人", "9Z", "880121", "county11-org"),
        ("戊县人民政府", "副县长", "0132", "880121", "city1-org"),
        ("丁市教育局", "局长", "0131", "880100", "city1-org"),
        ("丁市教育局", "科长", "0141", "880100", "city1-org"),
        ("丁市人民政府", "副市长", "0122", "880100", "prov-org"),
        ("中共丁市委员会", "书记", "0121", "880100", "prov-org"),
        ("丙省教育厅", "副厅长", "0122", "880000", "prov-org"),
        ("辛县教育局", "局长", "0141", "880221", "city2-org"),
        ("辛县教育局", "副局长", "0142", "880221", "county21-org"),
    ] {
        let decision = world.one(person("某人", org, title, rank, region));
        assert_eq!(unit(&decision), wanted, "{org}{title} {rank}: {:?}", decision.path);
        assert!(!decision.sealed && decision.alternative.is_none());
    }
}

#[test]
fn a_missing_rank_follows_from_body_and_post() {
    let world = world();
    for (org, title, region, wanted) in [
        ("戊县教育局", "党组书记、局长", "880121", "county11-org"),
        ("戊县人民政府", "副县长", "880121", "city1-org"),
        ("戊县人民政府", "县长", "880121", "city1-org"),
        ("丁市教育局", "局长", "880100", "city1-org"),
        ("丁市人民政府", "市长", "880100", "prov-org"),
        ("戊县柳镇", "镇长", "880121", "county11-org"),
        ("戊县教育局", "-", "880121", "county11-org"),
    ] {
        assert_eq!(unit(&world.one(person("某人", org, title, "-", region))), wanted, "{org}{title}");
    }
}

#[test]
fn the_secretary_of_a_county_committee_is_managed_by_the_province() {
    let world = world();
    for (org, title, rank) in [
        ("中共戊县委", "书记", "0131"),
        ("中共戊县委员会", "书记", "-"),
        ("戊县委", "县委书记", "0131"),
        ("-", "戊县县委书记", "-"),
        ("戊县", "原县委书记、县人大常委会主任", "0131"),
    ] {
        let decision = world.one(person("戊书记", org, title, rank, "880121"));
        assert_eq!(unit(&decision), "prov-org", "{org}{title}");
        assert_eq!(conflicts(&decision), some("county11-org", Conflict::C2));
    }
    // Neither the deputy nor the secretary of a zone's working committee is.
    assert_eq!(unit(&world.one(person("戊副书记", "中共戊县委", "副书记", "0132", "880121"))), "city1-org");
    let zone = person("某人", "中共丁市某高新区工作委员会", "书记", "0131", "880150");
    assert_eq!(unit(&world.one(zone)), "city1-org");
}

#[test]
fn a_department_that_handles_nothing_is_passed_over() {
    let world = world();
    let decision = world.one(person("某人", "己县教育局", "局长", "0141", "880122"));
    assert_eq!(unit(&decision), "city1-org");
    assert_eq!(decision.path.len(), 2);
}

#[test]
fn what_is_not_known_stays_with_the_receiving_department() {
    let world = world();
    for subjects in [vec![], vec![person("某人", "-", "-", "-", "-")]] {
        let decision = world.route(&request("880100 丁市委组织部", subjects.clone()));
        assert_eq!((unit(&decision), decision.sealed), ("city1-org", false));
        let nobody = RouteRequest { received_by: None, ..request("", subjects) };
        assert_eq!(unit(&world.route(&nobody)), "prov-org");
    }
    let flagged = |received_by: &str| {
        let flags = vec!["org_dept_conflict".to_owned()];
        world.route(&RouteRequest { context_flags: flags, ..request(received_by, vec![]) })
    };
    assert_eq!(unit(&flagged("880121")), "city1-org");
    assert_eq!(unit(&flagged("880000")), "prov-org");
}

#[test]
fn the_division_is_found_by_its_name_and_the_unit_by_the_person() {
    let world = world();
    let named = Subject {
        region_name: Some("丁市戊县".to_owned()),
        ..person("某人", "教育局", "局长", "-", "-")
    };
    assert_eq!(unit(&world.one(named)), "county11-org");
    assert_eq!(unit(&world.one(person("某人", "戊县教育局", "局长", "-", "-"))), "county11-org");
    // Only a name, which the register lists in the department.
    let decision = world.one(person("戊组副", "-", "-", "-", "-"));
    assert_eq!((unit(&decision), conflicts(&decision)), ("city1-org", some("county11-org", Conflict::C3)));
}

#[test]
fn vertically_led_bodies_are_managed_one_level_up() {
    let world = world();
    assert_eq!(unit(&world.one(person("某人", "戊县税务局", "局长", "0141", "880121"))), "city1-org");
    assert_eq!(unit(&world.one(person("某人", "丁市烟草专卖局", "科长", "0141", "880100"))), "prov-org");
}

#[test]
fn a_register_without_departments_gives_no_unit() {
    let rules = Rules::built_in().unwrap();
    let units = Units::parse("empty.yaml", "[]").unwrap();
    let subjects = vec![person("某人", "戊县教育局", "局长", "0141", "880121")];
    let decision = Router::new(&rules, &units).route(&request("880000", subjects)).unwrap();
    assert_eq!((unit(&decision), decision.rule.as_str()), ("-", "unlisted"));
}

#[test]
fn odd_parents_end_the_way_up_and_never_go_round() {
    let rules = Rules::built_in().unwrap();
    // The division around has a department of a lower level, which looks up to the first.
    let register = r#"
- {code: a, name: 甲, kind: organisation, level: city, region: "880121"}
- {code: b, name: 乙, kind: organisation, level: county, region: "880100", parent: a}
"#;
    let units = Units::parse("odd.yaml", register).unwrap();
    let subjects = vec![person("某人", "某局", "局长", "0121", "880121")];
    let decision = Router::new(&rules, &units).route(&request("880121", subjects)).unwrap();
    assert_eq!((unit(&decision), decision.path.len()), ("-", 2));
}
