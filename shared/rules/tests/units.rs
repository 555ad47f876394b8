//! The units register: the file, its faults, its lookups.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use dengwen_model::RegionCode;
use dengwen_rules::{Level, Rules, Unit, UnitKind, Units};

const TWO: &str = r#"
- code: "110121-ZZB"
  name: 中共甲县委组织部
  short_names: [甲县委组织部]
  kind: organisation
  level: county
  region: "110121"
  parent: "110100-ZZB"
  serves: "110121-XW"
  handles: true
  leaders: [{name: 某甲, title: 部长}]
  members: [{name: 某乙, title: 科长}]
  manages: [{rank_code: "0141"}, {rank_code: "0142"}]
- code: "110100-ZZB"
  name: 中共乙市委组织部
  kind: organisation
  level: city
  region: "110100"
  parent: ""
  serves: null
"#;

fn region(code: &str) -> RegionCode {
    code.parse().unwrap()
}

#[track_caller]
fn refused(text: &str, line: u64, reason: &str) {
    let error = Units::parse("units.yaml", text).unwrap_err();
    assert_eq!(error.line, line, "{error}");
    assert!(error.reason.contains(reason), "{error}");
}

#[test]
fn the_contracts_form_is_read() {
    let units = Units::parse("units.yaml", TWO).unwrap();
    let county = units.get(&"110121-ZZB".parse().unwrap()).unwrap();
    assert_eq!((county.kind, county.level, county.handles), (UnitKind::Organisation, Level::County, true));
    assert_eq!(county.members[0].name, "某乙");
    assert_eq!(county.manages.len(), 2);
    let city = units.get(&"110100-ZZB".parse().unwrap()).unwrap();
    assert_eq!((&city.parent, &city.serves, city.handles), (&None, &None, true));
    assert_eq!(city.region, region("110100"));
    assert_eq!(units.line(&city.code), 14);
    // The committee that is served is not listed: a line may be tried with it, and none imports it.
    let faults = Rules::built_in().unwrap().check_units("units.yaml", &units);
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].line, faults[0].reason.contains("110121-XW")), (9, true));
    assert!(units.warnings().is_empty());
}

/// [`TWO`] with the committee that is served, on lines of its own at the end.
fn three() -> String {
    format!(
        "{TWO}- {{code: \"110121-XW\", name: 中共甲县委, kind: committee, level: county, region: \"110121\"}}\n"
    )
}

#[test]
fn people_without_a_name_are_told() {
    let rules = Rules::built_in().unwrap();
    let told = |text: &str| rules.check_units("units.yaml", &Units::parse("units.yaml", text).unwrap());
    assert!(told(&three()).is_empty());
    for (from, line, who) in [("name: 某甲", 11, "leader"), ("name: 某乙", 12, "member")] {
        let faults = told(&three().replace(from, "name: \" \""));
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].line, faults[0].reason.contains(who)), (line, true), "{}", faults[0]);
    }
}

#[test]
fn a_name_that_two_units_of_one_division_share_is_told_with_both_lines() {
    let shared = three().replace("name: 中共甲县委,", "name: 中共甲县委, short_names: [甲县委组织部],");
    let units = Units::parse("units.yaml", &shared).unwrap();
    let [warning] = units.warnings() else { panic!("{:?}", units.warnings()) };
    assert_eq!((warning.line, warning.reason.contains("line 2")), (21, true), "{warning}");
    // In another division it is another's.
    let apart = shared.replace(
        "committee, level: county, region: \"110121\"",
        "committee, level: county, region: \"110122\"",
    );
    assert!(Units::parse("units.yaml", &apart).unwrap().warnings().is_empty());
}

#[test]
fn faults_name_their_line() {
    refused(&TWO.replace("\"110100-ZZB\"\n  name", "\"110121-ZZB\"\n  name"), 14, "stands twice");
    refused(&TWO.replace("parent: \"110100-ZZB\"", "parent: \"110199-ZZB\""), 8, "unknown parent 110199-ZZB");
    refused(&TWO.replace("parent: \"\"", "parent: \"110121-ZZB\""), 8, "circle");
    refused(&TWO.replace("level: city", "level: town"), 17, "town");
    refused(
        &TWO.replace("kind: organisation\n  level: city", "kind: organization\n  level: city"),
        16,
        "organization",
    );
    refused(&TWO.replace("name: 中共乙市委组织部", "name: \"  \""), 15, "has no name");
    refused(&TWO.replace("rank_code: \"0142\"", "rank_code: \"县处级\""), 13, "rank code");
    refused(&TWO.replace("code: \"110100-ZZB\"", "code: 机构"), 14, "unit code");
    refused("- {code: x}\n", 1, "name");
    refused("code: x\n", 1, "");
}

#[test]
fn a_unit_that_is_its_own_parent_is_a_circle() {
    refused(&TWO.replace("parent: \"\"", "parent: \"110100-ZZB\""), 19, "circle");
}

#[test]
fn a_region_is_a_division_code_in_quotes() {
    let with = |region: &str| TWO.replace("region: \"110121\"", &format!("region: {region}"));
    for wrong in ["\"zz\"", "zz", "\"\"", "\"11012\"", "\"1101211\"", "\"11O121\"", "\"1101210010010\""] {
        refused(&with(wrong), 7, "not a region code");
    }
    for number in ["110121", "-110121", "110121.5"] {
        refused(&with(number), 7, "in quotes");
    }
    // Which codes there are is not asked: these were never published.
    for invented in ["\"990121\"", "'990121105'", "\"990121105201\"", "\"000000\""] {
        assert!(Units::parse("units.yaml", &with(invented)).is_ok(), "{invented}");
    }
}

#[test]
fn the_way_up_never_leads_down() {
    refused(&TWO.replace("level: city", "level: township"), 8, "lower level");
    // Beside each other is not down: a bureau under its government.
    Units::parse("units.yaml", &TWO.replace("level: city", "level: county")).unwrap();
}

#[test]
fn a_unit_does_not_serve_itself() {
    refused(&TWO.replace("serves: \"110121-XW\"", "serves: \"110121-ZZB\""), 9, "serves itself");
}

#[test]
fn a_register_that_is_kept_is_not_asked_what_a_file_is() {
    let mut units: Vec<Unit> = Units::parse("units.yaml", TWO).unwrap().iter().cloned().collect();
    units[1].level = Level::Township;
    units[1].serves = Some(units[1].code.clone());
    assert_eq!(Units::from_units(units).unwrap().len(), 2);
}

#[test]
fn a_key_that_is_none_is_an_error_with_its_line() {
    refused(&TWO.replace("leaders:", "leader:"), 11, "`leader`");
    refused(&TWO.replace("short_names:", "shortnames:"), 4, "`shortnames`");
    refused(&TWO.replace("{name: 某甲, title: 部长}", "{name: 某甲, titel: 部长}"), 11, "`titel`");
    refused(&TWO.replace("{rank_code: \"0141\"}", "{rank_code: \"0141\", from: x}"), 13, "`from`");
    refused(&format!("{TWO}  remark: 备注\n"), 21, "`remark`");
}

#[test]
fn unknown_ranks_are_told_against_the_taxonomy() {
    let rules = Rules::built_in().unwrap();
    let units = Units::parse("units.yaml", &three().replace("0142", "0199")).unwrap();
    let faults = rules.check_units("units.yaml", &units);
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].line, 13);
    assert!(rules.check_units("units.yaml", &Units::sample().unwrap()).is_empty());
}

#[test]
fn a_register_in_which_nobody_handles_is_told() {
    let rules = Rules::built_in().unwrap();
    let text = three().replace("handles: true", "handles: false").replace("serves: null", "handles: false");
    let faults = rules.check_units("units.yaml", &Units::parse("units.yaml", &text).unwrap());
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].line, faults[0].reason.contains("handles")), (2, true));
    // Left out, an organisation department handles.
    let text = three().replace("handles: true", "handles: false");
    assert!(rules.check_units("units.yaml", &Units::parse("units.yaml", &text).unwrap()).is_empty());
}

#[test]
fn the_sample_is_sound_and_goes_through_json() {
    let sample = Units::sample().unwrap();
    assert!(sample.warnings().is_empty(), "{:?}", sample.warnings());
    let json = serde_json::to_string(&sample.iter().collect::<Vec<_>>()).unwrap();
    let read: Vec<Unit> = serde_json::from_str(&json).unwrap();
    let again = Units::from_units(read).unwrap();
    assert!(sample.iter().eq(again.iter()));
    // JSON is YAML: the ledger's rows can be parsed as a file, too.
    assert!(Units::parse("rows", &json).unwrap().iter().eq(sample.iter()));
}

#[test]
fn organisations_are_found_as_people_write_them() {
    let units = Units::sample().unwrap();
    let found = |name: &str, code: &str| {
        units.find(name, Some(&region(code))).map(|unit| unit.code.to_string()).unwrap_or_default()
    };
    assert_eq!(found("中共怀渠县委", "990222"), "990222-XW");
    assert_eq!(found("怀渠县委", "990222"), "990222-XW");
    assert_eq!(found("县委", "990222"), "990222-XW");
    assert_eq!(found("中国共产党怀渠县委员会", "990222"), "990222-XW");
    assert_eq!(found("永嵩县委组织部", "990221"), "990221-ZZB");
    assert_eq!(found("县委组织部", "990221"), "990221-ZZB");
    assert_eq!(found("永嵩县委组织部干部科", "990221"), "990221-ZZB");
    assert_eq!(found("教体局", "990221"), "990221-JTY");
    assert_eq!(found("平澜区住房和城乡建设局", "990202"), "990202-ZJJ");
    assert_eq!(found("松岚高新区党工委", "990150"), "990150-XW");
    // An office of the committee is not the committee; a county's bureau is not the city's.
    assert_eq!(found("永嵩县委宣传部", "990221"), "");
    assert_eq!(found("水务集团", "990321"), "");
    assert_eq!(found("", "990221"), "");
    assert_eq!(units.find("永嵩县委组织部二科", None).unwrap().code.as_str(), "990221-ZZB");
    assert_eq!(units.find("财政局", None), None);
    // Two of one name: clear only with a division.
    let twice = TWO.replace("中共乙市委组织部", "甲县委组织部");
    let units = Units::parse("units.yaml", &twice).unwrap();
    assert_eq!(units.find("甲县委组织部", None), None);
    assert_eq!(units.find("甲县委组织部", Some(&region("110121"))).unwrap().code.as_str(), "110121-ZZB");
}

#[test]
fn divisions_are_found_in_names() {
    let units = Units::sample().unwrap();
    for (text, code) in [
        ("临沅市清岚县", "990121"),
        ("清岚县交通运输局", "990121"),
        ("临沅市", "990100"),
        ("临沅市松岚高新区", "990150"),
        ("霁川省委组织部举报中心", "990000"),
    ] {
        assert_eq!(units.region_in(text), Some(&region(code)), "{text}");
    }
    assert_eq!(units.region_in("某某县"), None);
}

#[test]
fn the_nearest_department_around_is_found() {
    let units = Units::sample().unwrap();
    let department = |code: &str| units.organisation_for(&region(code)).map(|unit| unit.code.to_string());
    assert_eq!(department("990121").as_deref(), Some("990121-ZZB"));
    assert_eq!(department("990121105").as_deref(), Some("990121-ZZB"));
    assert_eq!(department("990121105201").as_deref(), Some("990121-ZZB"));
    assert_eq!(department("990150").as_deref(), Some("990100-ZZB"));
    assert_eq!(department("999900").as_deref(), Some("990000-ZZB"));
    assert_eq!(department("110101"), None);
    assert_eq!(department("odd.code"), None);
}

/// 100 000 units: parents that form one long chain, and every lookup still answers.
#[test]
fn a_large_register_is_read() {
    let unit = |number: usize| Unit {
        code: format!("U{number}").parse().unwrap(),
        name: format!("第{number}局"),
        short_names: Vec::new(),
        kind: UnitKind::Other,
        level: Level::County,
        region: region(&format!("{:06}", 100_000 + number % 3000)),
        parent: (number > 0).then(|| format!("U{}", number - 1).parse().unwrap()),
        serves: None,
        handles: false,
        leaders: Vec::new(),
        members: Vec::new(),
        manages: Vec::new(),
    };
    let mut list: Vec<Unit> = (0..100_000).map(unit).collect();
    let units = Units::from_units(list.clone()).unwrap();
    assert_eq!(units.len(), 100_000);
    assert_eq!(units.find("第99999局", None).unwrap().code.as_str(), "U99999");
    list[0].parent = Some("U99999".parse().unwrap());
    assert!(Units::from_units(list).unwrap_err().reason.contains("circle"));
}
