//! Hostile and merely wrong JSON: the status, the field and the code, and nothing of what was sent.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use dengwen_http::{FieldError, Language, Problem, ProblemType, parse_json, problems, read_flat, read_json};
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
        (r#"{"form_kind":1,"text":"x"}"#.into(), "form_kind wrong_type"),
        (format!(r#"{{"form_kind":["{SECRET}"],"text":"x"}}"#), "form_kind wrong_type"),
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
        (format!(r#"["person", "{SECRET}"]"#), " wrong_type"),
        ("null".into(), " wrong_type"),
    ] {
        assert_eq!(invalid(&json), [wanted], "{json}");
    }
}

#[test]
fn a_list_is_no_object_wherever_it_stands() {
    for (json, wanted) in [
        (tip(&format!(r#","subject":["{SECRET}",null]"#)), "subject wrong_type"),
        (tip(r#","subject":[]"#), "subject wrong_type"),
        (tip(&format!(r#","parts":[{{"name":"ab"}},["{SECRET}",null]]"#)), "parts[1] wrong_type"),
        (format!(r#"["person","{SECRET}",null,[],null]"#), " wrong_type"),
    ] {
        assert_eq!(invalid(&json), [wanted], "{json}");
    }
    let lists = read(&tip(r#","parts":[{"name":"ab"},{"name":"c[","email":null}],"subject":null"#)).unwrap();
    assert_eq!((lists.parts.len(), lists.subject), (2, None), "lists where lists belong");
    let wrong = flat(r#"{"name":"ab","lasted":["1"],"asked":["2026-01-02"]}"#).unwrap_err();
    assert_eq!(wrong, ["asked wrong_type", "lasted wrong_type"]);
    // What serde would take, and nobody looked through.
    let endless = vec!["1"; 20_000].join(",");
    let long = parse_json::<Many>(format!(r#"{{"numbers":[{endless}]}}"#).as_bytes()).unwrap_err();
    assert_eq!(long.kind(), &problems::MALFORMED);
}

#[derive(Debug, Deserialize, Validate)]
struct Many {
    #[expect(dead_code, reason = "only read")]
    numbers: Vec<u32>,
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
fn one_answer_names_all_that_is_wrong_by_type_by_name_and_by_rule() {
    let json = format!(
        r#"{{"form_kind":"{SECRET}","text":["{SECRET}"],"telephone":1,"count":10,
            "subject":{{"email":3,"nick":1}},
            "parts":[{{"name":"ab"}},{{"name":1}},{{"name":"b"}},3,{{"name":"ab","name":"cd","x\u0000":1}}]}}"#
    );
    assert_eq!(
        invalid(&json),
        [
            "count range",
            "form_kind unknown_value",
            "parts[1].name wrong_type",
            "parts[2].name length",
            "parts[3] wrong_type",
            "parts[4].? nul",
            "parts[4].name duplicate_field",
            "subject.email wrong_type",
            "subject.name required",
            "subject.nick unknown_field",
            "telephone unknown_field",
            "text wrong_type",
        ]
    );
    assert_eq!(invalid("{}"), ["form_kind required", "text required"]);
    assert_eq!(invalid(r#"{"count":"x"}"#), ["count wrong_type", "form_kind required", "text required"]);
}

#[test]
fn what_stands_in_for_a_field_that_was_wrong_is_held_against_no_rule() {
    assert_eq!(invalid(r#"{"form_kind":"unit","text":7}"#), ["text wrong_type"]);
    assert_eq!(invalid(r#"{"form_kind":"unit","text":"a\u0000","count":10}"#), ["count range", "text nul"]);
    let reading = read_json::<Tip>(br#"{"form_kind":"unit","text":7,"count":10}"#).unwrap();
    assert_eq!(reading.value().unwrap().count, Some(10));
    let about_the_whole = |_: &Tip| vec![FieldError::new("", "invalid"), FieldError::new("count", "range")];
    let problem = reading.judge(about_the_whole).unwrap_err();
    let fields: Vec<_> = problem.errors().iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["count", "text"], "nothing is said of a whole of which a part is missing");
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    #[serde(alias = "seconds")]
    lasted: u32,
    asked: jiff_like::Day,
}

mod jiff_like {
    /// Something that is read from a text of its own form.
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(try_from = "String")]
    pub(crate) struct Day(pub(crate) String);

    impl TryFrom<String> for Day {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            if text.len() == 10 { Ok(Self(text)) } else { Err(format!("{text} is no day")) }
        }
    }
}

fn flat(json: &str) -> Result<(Subject, Call), Vec<String>> {
    read_flat(json.as_bytes()).unwrap().judge(|_| Vec::new()).map_err(|problem| {
        problem.errors().iter().map(|error| format!("{} {}", error.field, error.code)).collect()
    })
}

#[test]
fn two_types_share_an_object_and_every_fault_has_its_name() {
    let (subject, call) = flat(r#"{"seconds":3,"name":"ab","asked":"2026-01-02","email":null}"#).unwrap();
    assert_eq!((subject.name.as_str(), call.lasted), ("ab", 3));
    let wrong = flat(r#"{"lasted":"x","email":1,"bogus":1,"asked":"nonsense"}"#).unwrap_err();
    assert_eq!(
        wrong,
        ["asked invalid", "bogus unknown_field", "email wrong_type", "lasted wrong_type", "name required"]
    );
    for other in ["[1]", r#"["ab",null]"#, "null", "3", r#""text""#] {
        assert_eq!(flat(other).unwrap_err(), [" wrong_type"], "{other}");
    }
    assert_eq!(
        flat(r#"{"lasted":1,"seconds":2,"asked":"2026-01-02","name":"ab"}"#).unwrap_err(),
        ["lasted duplicate_field"]
    );
}

#[test]
fn a_body_that_is_wrong_everywhere_costs_little_and_is_answered() {
    let many = format!(r#"{{"form_kind":"unit","text":"x","parts":[{}]}}"#, vec!["3"; 9000].join(","));
    assert_eq!(invalid(&many).len(), 50);
    // Beyond what is looked through, the first fault is told.
    let more = format!(r#"{{"form_kind":"unit","text":"x","parts":[{}]}}"#, vec!["3"; 100_000].join(","));
    assert_eq!(invalid(&more), ["parts[0] wrong_type"]);
    let made_up: Vec<_> = (0..300).map(|number| format!(r#""made_up_{number}":1"#)).collect();
    assert_eq!(invalid(&format!("{{{}}}", made_up.join(","))).len(), 50);
    let twice = vec![r#""a":1"#; 2000].join(",");
    assert_eq!(
        invalid(&format!("{{{twice}}}")),
        ["a duplicate_field", "form_kind required", "text required"]
    );
    assert_eq!(read_flat::<Subject, Call>(more.as_bytes()).unwrap_err().kind(), &problems::MALFORMED);
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
        let _ = read_flat::<Subject, Call>(&bytes);
    }

    #[test]
    fn no_json_breaks_the_reader(text in r#"(\{("(text|count|parts|subject|form_kind|name)":){0,1}|\[|\]|\}|,|1|-1|null|"unit"|"\\u0000"|true){0,24}"#) {
        let _ = parse_json::<Tip>(text.as_bytes());
        let _ = read_flat::<Subject, Call>(text.as_bytes());
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
