//! Hostile and merely wrong JSON: the status, the field and the code, and nothing of what was sent.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use dengwen_http::{Language, Problem, ProblemType, parse_json, problems};
use proptest::prelude::*;
use serde::Deserialize;
use validator::Validate;

const SECRET: &str = "张三丰13800000000";

#[derive(Debug, PartialEq, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Tip {
    form_kind: Kind,
    #[validate(length(min = 1, max = 20))]
    text: String,
    #[validate(nested)]
    subject: Option<Subject>,
    #[serde(default)]
    #[validate(nested)]
    parts: Vec<Subject>,
    #[validate(range(max = 9))]
    count: Option<u32>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Person,
    Unit,
}

#[derive(Debug, PartialEq, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Subject {
    #[validate(length(min = 2, message = "at least two"))]
    name: String,
    #[validate(email)]
    email: Option<String>,
}

fn read(json: &str) -> Result<Tip, Problem> {
    parse_json(json.as_bytes())
}

/// `field code` of each error, after checking that nothing that was sent comes back.
fn errors(json: &str, kind: &ProblemType) -> Vec<String> {
    let problem = read(json).unwrap_err();
    assert_eq!(problem.kind(), kind, "{json}");
    for language in [Language::Chinese, Language::English] {
        let shown = serde_json::to_string(&problem.document(language, None)).unwrap();
        assert!(!shown.contains(SECRET) && !shown.contains("张三丰"), "{shown}");
    }
    problem.errors().iter().map(|error| format!("{} {}", error.field, error.code)).collect()
}

fn invalid(json: &str) -> Vec<String> {
    errors(json, &problems::VALIDATION)
}

fn tip(members: &str) -> String {
    format!(r#"{{"form_kind":"person","text":"x"{members}}}"#)
}

#[test]
fn a_valid_body_is_read() {
    let read = read(&tip(r#","subject":{"name":"ab"},"count":9"#)).unwrap();
    assert_eq!((read.form_kind, read.count), (Kind::Person, Some(9)));
    assert_eq!(read.subject.unwrap().name, "ab");
}

#[test]
fn types_that_do_not_fit_name_the_field() {
    for (json, wanted) in [
        (format!(r#"{{"text":"{SECRET}"}}"#), "form_kind required"),
        (format!(r#"{{"form_kind":"{SECRET}","text":"x"}}"#), "form_kind unknown_value"),
        (format!(r#"{{"form_kind":"person","text":["{SECRET}"]}}"#), "text wrong_type"),
        (tip(r#","subject":{}"#), "subject.name required"),
        (tip(&format!(r#","subject":{{"name":"{SECRET}","email":3}}"#)), "subject.email wrong_type"),
        (
            tip(&format!(r#","parts":[{{"name":"ab"}},{{"name":{{"{SECRET}":1}}}}]"#)),
            "parts[1].name wrong_type",
        ),
        (tip(r#","count":-1"#), "count invalid"),
        (tip(r#","count":1e99"#), "count wrong_type"),
        (tip(r#","text":"y""#), "text duplicate_field"),
        (format!(r#""{SECRET}""#), " wrong_type"),
        ("null".into(), " wrong_type"),
    ] {
        assert_eq!(invalid(&json), [wanted], "{json}");
    }
}

#[test]
fn a_made_up_field_is_not_repeated() {
    assert_eq!(invalid(&tip(&format!(r#","{SECRET}":1"#))), ["? unknown_field"]);
    assert_eq!(invalid(&tip(r#","telephone":1"#)), ["telephone unknown_field"]);
    assert_eq!(invalid(&tip(r#","subject":{"name":"ab","nick":1}"#)), ["subject.nick unknown_field"]);
}

#[test]
fn every_broken_rule_is_listed_in_order() {
    let json = format!(
        r#"{{"form_kind":"unit","text":"","subject":{{"name":"a","email":"{SECRET}"}},"parts":[{{"name":"ab"}},{{"name":"b"}}],"count":10}}"#
    );
    assert_eq!(
        invalid(&json),
        ["count range", "parts[1].name length", "subject.email email", "subject.name length", "text length"]
    );
    let problem = read(&json).unwrap_err();
    let messages = |language| -> Vec<String> {
        problem.document(language, None).errors.into_iter().map(|error| error.message).collect()
    };
    assert_eq!(messages(Language::English)[0], "at most 9");
    assert_eq!(messages(Language::English)[3], "at least two");
    assert_eq!(messages(Language::English)[4], "1 to 20 characters");
    assert_eq!(messages(Language::Chinese)[4], "须为 1 至 20 个字符");
}

#[test]
fn a_rule_counts_characters_not_bytes() {
    let twenty = "举".repeat(20);
    assert!(read(&format!(r#"{{"form_kind":"unit","text":"{twenty}"}}"#)).is_ok());
    assert_eq!(invalid(&format!(r#"{{"form_kind":"unit","text":"{twenty}举"}}"#)), ["text length"]);
}

#[test]
fn nul_is_found_where_it_is() {
    assert_eq!(invalid(r#"{"form_kind":"unit","text":"a\u0000b"}"#), ["text nul"]);
    assert_eq!(invalid(&tip(r#","subject":{"name":"\\\u0000"}"#)), ["subject.name nul"]);
    assert_eq!(invalid(&tip(r#","parts":[{"name":"ab"},{"name":"a\u0000"}]"#)), ["parts[1].name nul"]);
    // A backslash and the letters, not NUL.
    assert_eq!(read(r#"{"form_kind":"unit","text":"a\\u0000b"}"#).unwrap().text, r"a\u0000b");
    assert!(read(r#"{"form_kind":"unit","text":"au0000b"}"#).is_ok());
}

#[test]
fn what_is_not_json_is_malformed() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for json in [
        "",
        "{",
        &tip("").repeat(2),
        &tip("").replace('}', ",}"),
        &format!("{} x", tip("")),
        "{\"form_kind\":\"unit\",\"text\":\"a\u{0}\"}",
        r#"{"form_kind":"unit","text":"\ud800"}"#,
        &deep,
        "NaN",
    ] {
        assert_eq!(errors(json, &problems::MALFORMED), [] as [String; 0], "{}", &json[..json.len().min(80)]);
    }
    let problem = parse_json::<Tip>(b"{\"form_kind\":\"unit\",\"text\":\"\xFF\"}").unwrap_err();
    assert_eq!(problem.kind(), &problems::MALFORMED);
}

#[test]
fn the_place_of_a_fault_is_told() {
    let problem = read("{\n  \"form_kind\": oops").unwrap_err();
    assert_eq!(problem.document(Language::English, None).detail.unwrap(), "not JSON at line 2, column 16");
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_json::<Tip>(&bytes);
    }

    #[test]
    fn what_was_sent_never_comes_back(secret in "[a-z]{12}", place in 0usize..5) {
        let json = match place {
            0 => format!(r#"{{"form_kind":"{secret}","text":"x"}}"#),
            1 => format!(r#"{{"form_kind":"unit","text":"{secret}{secret}"}}"#),
            2 => format!(r#"{{"form_kind":"unit","text":"x","count":"{secret}"}}"#),
            3 => format!(r#"{{"form_kind":"unit","text":"x","subject":{{"name":"ab","email":"{secret}"}}}}"#),
            _ => format!(r#"{{"form_kind":"unit","text":"{secret}\u0000"}}"#),
        };
        let problem = read(&json).unwrap_err();
        let shown = serde_json::to_string(&problem.document(Language::English, None)).unwrap();
        prop_assert!(!shown.contains(&secret));
    }
}
