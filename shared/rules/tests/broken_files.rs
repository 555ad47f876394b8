//! Broken and hostile rules files: refused with file, line and reason, and never a panic or a hang.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::path::Path;

use dengwen_rules::{Rules, RulesError, Units};

/// Loads the built-in rules with one file changed.
fn with_changed(file: &str, change: impl Fn(&str) -> String) -> Result<Rules, RulesError> {
    let directory = tempfile::tempdir().unwrap();
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file);
    let text = std::fs::read_to_string(built_in).unwrap();
    std::fs::write(directory.path().join(file), change(&text)).unwrap();
    Rules::load(Some(directory.path()))
}

/// The line (from 1) on which a text first stands.
fn line_of(file: &str, needle: &str) -> u64 {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file);
    let text = std::fs::read_to_string(built_in).unwrap();
    let line = text.lines().position(|line| line.contains(needle)).unwrap();
    u64::try_from(line).unwrap() + 1
}

#[track_caller]
fn refused(file: &str, from: &str, to: &str, line_with: &str, reason: &str) {
    let change = |text: &str| {
        assert!(text.contains(from), "{from} is not in {file}");
        text.replacen(from, to, 1)
    };
    let error = with_changed(file, change).unwrap_err();
    assert!(error.file.ends_with(file), "{error}");
    assert_eq!(error.line, line_of(file, line_with), "{error}");
    assert!(error.reason.contains(reason), "{error}");
    assert!(error.to_string().contains(&format!("{file}:{}: ", error.line)), "{error}");
}

#[test]
fn an_unchanged_copy_loads_and_a_changed_one_has_another_version() {
    let built_in = Rules::built_in().unwrap();
    let same = with_changed("calendar.yaml", str::to_owned).unwrap();
    assert_eq!(built_in.version(), same.version());
    let changed = with_changed("calendar.yaml", |text| format!("{text}\n")).unwrap();
    assert_ne!(built_in.version(), changed.version());
}

#[test]
fn taxonomy_faults_are_found() {
    let refused = |from, to, line, reason| refused("taxonomy.yaml", from, to, line, reason);
    refused("- code: A02", "- code: A01", "- code: A02", "category A01 stands twice");
    refused("- code: A15", "- code: Z15", "- code: A15", "belongs to no group");
    refused("- code: A02", "- code: [A02]", "- code: A02", "");
    refused("referral: R_12310", "referral: R_99999", "referral: R_12310", "unknown referral R_99999");
    refused("    referral: R_12310\n", "", "- code: X04", "needs a referral");
    refused("default_handling: H7", "default_handling: H9", "default_handling: H7", "H9");
    refused("priority_base: 4", "priority_base: 5", "priority_base: 4", "priority is 1 to 4");
    refused("deadline: DL-SUP", "deadline: DL-SUPP", "deadline: DL-SUP", "unknown deadline rule DL-SUPP");
    refused("deadline: DL-ELEC", "deadline: DL-X", "deadline: DL-ELEC", "unknown deadline rule DL-X");
    refused("categories: [A01", "categories: [A99", "categories: [A01", "unknown category A99");
    refused("for: [O3, O5]", "for: [O3, O9]", "for: [O3, O5]", "unknown outcome O9");
    refused("{code: \"0112\"", "{code: \"0111\"", "{code: \"0112\"", "stands twice");
    refused("keywords: [跑官, ", "keywords: [\"\", ", "keywords: [跑官, ", "empty keyword");
    refused("keywords: [跑官, ", "keyword: [跑官, ", "keywords: [跑官, ", "keyword");
}

#[test]
fn deadline_faults_are_found() {
    let refused = |from, to, line, reason| refused("deadlines.yaml", from, to, line, reason);
    refused("{id: DL-URG,", "{id: DL-REG,", "{id: DL-URG,", "rule DL-REG stands twice");
    refused("pauses: [DL-SCR]", "pauses: [DL-SCRR]", "pauses: [DL-SCR]", "unknown rule DL-SCRR");
    refused(
        "trigger: inquiry.delivered",
        "trigger: inquiry.sent",
        "trigger: inquiry.delivered",
        "inquiry.sent",
    );
    refused("ladder from level 2", "ladder from level 9", "ladder from level 2", "the ladder has no level 9");
    refused("ladder from level 2", "ladder at 2", "ladder from level 2", "a ladder is written");
    refused("length: 2, unit: month", "length: 99999, unit: month", "length: 2, unit: month", "at most");
    refused("length: 2, unit: month", "length: -2, unit: month", "length: 2, unit: month", "");
    refused("length: 2, unit: month", "length: 2, unit: fortnight", "length: 2, unit: month", "fortnight");
    refused("level: 3", "level: 4", "level: 3,", "must count 1, 2, 3");
    refused("after: {length: 10,", "after: {length: 2,", "after: {length: 10,", "later than the one before");
    refused("{fraction: 0.33}", "{fraction: 3}", "fraction: 0.33", "fraction between 0 and 1");
}

#[test]
fn calendar_faults_are_found() {
    let refused = |from, to, line, reason| refused("calendar.yaml", from, to, line, reason);
    refused("2025-05-03", "2025-02-30", "2025-05-03", "2025-02-30 is not a date");
    refused("2025-05-03", "2025-05-02", "2025-05-03", "holiday 2025-05-02 stands twice");
    refused("2025-05-03", "2035-05-03", "2025-05-03", "years_loaded");
    refused("2026-09-20", "2026-09-21", "2026-09-20", "not on a weekend");
    refused("2026-09-20", "2026-09-26", "2026-09-20", "both a holiday and a make-up workday");
    refused("date: 2026-10-10", "date: 2026-09-20", "date: 2026-10-10", "stands twice");
    refused("tz: Asia/Shanghai", "tz: Asia/Urumqi", "tz: Asia/Shanghai", "Asia/Shanghai");
}

#[test]
fn routing_faults_are_found() {
    let refused = |from, to, line, reason| refused("routing.yaml", from, to, line, reason);
    refused("ranks: [\"0121\"", "ranks: [\"0123\"", "ranks: [\"0121\"", "unknown rank 0123");
    refused(
        "category: C03, referral",
        "category: C33, referral",
        "category: C03, referral",
        "unknown category C33",
    );
    refused("default: R_12388", "default: R_1", "default: R_12388", "unknown referral R_1");
    refused(
        "level: city, ranks: [\"0131\"",
        "level: county, ranks: [\"0131\"",
        "level: county, ranks",
        "twice",
    );
    refused("head: \"0111\"", "head: \"0999\"", "head: \"0111\"", "unknown rank 0999");
    refused("{code: C3,", "{code: C2,", "{code: C3,", "conflict C2 stands twice");
    refused("{code: C3,", "{code: C99,", "{code: C3,", "C99");
    refused("scope_profile: wide", "scope_profile: broad", "scope_profile: wide", "broad");
}

#[test]
fn a_file_that_is_no_rules_file_is_told() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("taxonmy.yaml"), "").unwrap();
    let error = Rules::load(Some(directory.path())).unwrap_err();
    assert!(error.file.ends_with("taxonmy.yaml") && error.line == 0, "{error}");
    let error = Rules::load(Some(&directory.path().join("missing"))).unwrap_err();
    assert!(error.file.ends_with("missing"), "{error}");
}

#[test]
fn hostile_yaml_is_refused_quickly() {
    let deep = |open: &str| open.repeat(100_000);
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (name, inner) in ["b", "c", "d", "e", "f", "g", "h", "i", "j"].iter().zip("abcdefghi".chars()) {
        bomb += &format!("{name}: &{name} [{}]\n", vec![format!("*{inner}"); 10].join(", "));
    }
    let many_documents = "---\nx: 1\n".repeat(10_000);
    let many_keys: String = (0..300_000).map(|key| format!("k{key}: v\n")).collect();
    let hostile = [
        deep("["),
        deep("{a: "),
        deep("- "),
        deep("? "),
        "a:\n".to_owned() + &(1..5000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>(),
        bomb.clone() + "version: *j\n",
        many_documents,
        many_keys,
        "\u{feff}\0\u{1}".to_owned(),
        "version: !!binary \"%%%%\"\n".to_owned(),
        "version: *missing\n".to_owned(),
        "a: &a\n  <<: *a\n".to_owned(),
        "&a [*a]\n".to_owned(),
        "x".repeat(5 << 20),
        String::new(),
        "[]".to_owned(),
        "null".to_owned(),
    ];
    for text in &hostile {
        for file in ["taxonomy.yaml", "deadlines.yaml", "calendar.yaml", "routing.yaml"] {
            let error = with_changed(file, |_| text.clone()).unwrap_err();
            assert!(error.file.ends_with(file));
            assert!(error.reason.len() < 4096, "the reason repeats the file");
        }
    }
    // As a register an empty list is well-formed, and so is nothing else of these.
    for text in hostile.iter().filter(|text| !matches!(text.as_str(), "[]" | "null" | "")) {
        assert!(Units::parse("units.yaml", text).is_err(), "{:.40}", text);
    }
}

#[test]
fn text_that_is_not_utf_8_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("routing.yaml"), [0xff, 0xfe, 0x00]).unwrap();
    let error = Rules::load(Some(directory.path())).unwrap_err();
    assert!(error.file.ends_with("routing.yaml"), "{error}");
}
