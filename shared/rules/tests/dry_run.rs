//! The JSON Lines of `dengwen try route` and `dengwen try deadline`.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use dengwen_rules::{Rules, Units, try_deadline_line, try_route_line};
use serde_json::{Value, json};

fn route(line: &str) -> Value {
    let (rules, units) = (Rules::built_in().unwrap(), Units::sample().unwrap());
    serde_json::from_str(&try_route_line(&units, &rules, line)).unwrap()
}

fn deadline(line: &str) -> Value {
    serde_json::from_str(&try_deadline_line(&Rules::built_in().unwrap(), line)).unwrap()
}

#[test]
fn a_route_line_answers_in_the_contracts_form() {
    let line = json!({
        "id": "S02", "category": "A11", "received_by": "990000 霁川省委组织部举报中心",
        "context_flags": ["subject_is_top_leader", "org_dept_conflict"],
        "received_at": "2026-09-16T08:02:00+08:00", "unknown": {"keys": ["are", "ignored"]},
        "subjects": [{"kind": "person", "name": "邬立樵", "org": "中共怀渠县委", "title": "书记",
            "rank_code": "0131", "region_code": "990222", "region_name": "瑞澜市怀渠县", "is_top_leader": true}],
    });
    let answer = route(&line.to_string());
    let keys: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys.len(), 7, "{keys:?}");
    assert_eq!(answer["id"], "S02");
    assert_eq!(answer["unit"], "990000-ZZB");
    assert_eq!(answer["alternative"], Value::Null);
    assert_eq!(answer["sealed"], false);
    assert_eq!(answer["co_units"], json!([]));
    let path: Vec<_> =
        answer["path"].as_array().unwrap().iter().map(|step| (&step["unit"], &step["conflict"])).collect();
    assert_eq!(
        path,
        [
            (&json!("990222-ZZB"), &json!("C2")),
            (&json!("990200-ZZB"), &Value::Null),
            (&json!("990000-ZZB"), &Value::Null),
        ]
    );
    assert_eq!(
        answer["deadlines"][0],
        json!({"rule": "DL-REG", "start": "2026-09-16T08:02:00+08:00", "due": "2026-09-17", "provisional": false})
    );
}

#[test]
fn a_route_line_may_be_sparse() {
    let answer = route(
        r#"{"id":7,"category":"A06","received_at":"2026-09-16","context_flags":null,"subjects":[
            {"org":"清岚县教育局","title":"局长","rank_code":"","region_code":" ","is_top_leader":null}]}"#,
    );
    assert_eq!((&answer["id"], &answer["unit"]), (&json!(7), &json!("990121-ZZB")));
    assert_eq!(answer["deadlines"][0]["start"], "2026-09-16");
}

#[test]
fn a_code_that_is_none_is_refused_by_its_field() {
    let line = |field: &str, value: Value| {
        let mut line = json!({"id": "b", "category": "A06", "received_at": "2026-09-16",
            "received_by": "990000-ZZB", "context_flags": ["repeat"],
            "subjects": [{"org": "清岚县教育局"}, {"rank_code": "0141", "region_code": "990121"}]});
        match field.strip_prefix("subjects[1].") {
            Some(inner) => line["subjects"][1][inner] = value,
            None => line[field] = value,
        }
        route(&line.to_string())
    };
    let refused = [
        ("subjects[1].rank_code", json!("9999"), "not a rank"),
        ("subjects[1].rank_code", json!("局长"), "not a rank"),
        ("subjects[1].region_code", json!("999999"), "not a division"),
        ("subjects[1].region_code", json!("990999"), "not a division"),
        ("subjects[1].region_code", json!("不明"), "not a division"),
        ("received_by", json!("990999-ZZB"), "neither"),
        ("received_by", json!("123456 某举报中心"), "neither"),
        ("received_by", json!("无名举报中心"), "neither"),
        ("context_flags", json!(["repeat", "urgent!!"]), "context_flags[1]"),
        ("secondary", json!(["A02", "A99"]), "secondary[1]"),
    ];
    for (field, value, told) in refused {
        let answer = line(field, value.clone());
        let error = answer["error"].as_str().unwrap_or_else(|| panic!("{field} took {value}"));
        assert!(error.starts_with(field) && error.contains(told), "{error}");
        let text = value.as_str().or(value[1].as_str()).unwrap();
        assert!(!error.contains(text), "{error}");
        assert_eq!(answer["id"], "b");
    }
    let taken = [
        ("subjects[1].rank_code", json!("0142")),
        ("subjects[1].rank_code", Value::Null),
        ("subjects[1].region_code", json!("990121101")),
        ("subjects[1].region_code", json!("990199")),
        ("subjects[1].region_code", json!("330106")),
        ("received_by", json!("990000 霁川省委组织部举报中心")),
        ("received_by", json!("中共清岚县委组织部")),
        ("received_by", json!("")),
        ("context_flags", json!(["during_election"])),
        ("secondary", json!(["A02"])),
    ];
    for (field, value) in taken {
        assert!(line(field, value.clone())["error"].is_null(), "{field} refused {value}");
    }
}

#[test]
fn each_labelled_tip_is_taken_and_goes_where_it_is_labelled() {
    let (rules, units) = (Rules::built_in().unwrap(), Units::sample().unwrap());
    for line in include_str!("data/tips_gold.jsonl").lines() {
        let answer: Value = serde_json::from_str(&try_route_line(&units, &rules, line)).unwrap();
        let label: Value = serde_json::from_str(line).unwrap();
        let (unit, wanted) = (answer["unit"].as_str(), label["route_to"].as_str().unwrap());
        let division = |code: &str| code.get(..6).map(str::to_owned);
        assert!(answer["error"].is_null(), "{answer}");
        assert_eq!(
            unit.and_then(division),
            division(wanted).filter(|code| code.starts_with("99")),
            "{answer}"
        );
    }
}

#[test]
fn a_deadline_line_answers_in_the_contracts_form() {
    let answer = deadline(r#"{"id":"a","rule":"DL-UP","start":"2026-02-13T18:00:00+08:00"}"#);
    assert_eq!(answer["id"], "a");
    assert_eq!((&answer["due"], &answer["provisional"]), (&json!("2026-02-27"), &json!(false)));
    assert!(answer["counted"].as_str().unwrap().contains("PR-1"));
    assert_eq!(answer.as_object().unwrap().len(), 4);
    let provisional = deadline(r#"{"id":1,"rule":"DL-OWN","start":"2026-11-22"}"#);
    assert_eq!((&provisional["due"], &provisional["provisional"]), (&json!("2027-01-21"), &json!(true)));
}

#[test]
fn bad_lines_are_refused_with_their_id_and_without_their_words() {
    let secret = "秘密内容";
    let deep = "[".repeat(200_000);
    let long = format!("{{\"id\":\"{}\"}}", "x".repeat(2 << 20));
    let lines = [
        String::new(),
        "null".to_owned(),
        "{}".to_owned(),
        secret.to_owned(),
        deep,
        long,
        format!(
            r#"{{"id":"b","category":"{secret}","received_at":"2026-01-05","rule":"{secret}","start":"{secret}"}}"#
        ),
        format!(
            r#"{{"id":"b","category":"A06","received_at":"{secret}","rule":"DL-UP","start":"{secret}"}}"#
        ),
        format!(
            r#"{{"id":"b","category":"A06","received_at":"2026-01-05","subjects":"{secret}","rule":3,"start":0}}"#
        ),
        format!(
            r#"{{"id":"b","category":"A06","received_at":"2026-01-05","subjects":[{{"kind":"{secret}"}}]}}"#
        ),
        r#"{"id":"b","category":"A06","received_at":"9999-12-31","rule":"DL-UP","start":"9999-12-31"}"#
            .to_owned(),
        r#"{"id":"b","category":"Q01","received_at":"2026-01-05","rule":"DL-Q","start":"2026-01-05"}"#
            .to_owned(),
        r#"{"id":"b","category":"A06","received_at":1e999,"rule":"DL-UP","start":1e999}"#.to_owned(),
        r#"{"id":"b","id":"c"}"#.to_owned(),
    ];
    for line in &lines {
        for answer in [route(line), deadline(line)] {
            let error = answer["error"].as_str().unwrap_or_else(|| panic!("accepted: {line:.80}"));
            assert!(!error.contains(secret) && error.len() < 200, "{error}");
            if line.starts_with(r#"{"id":"b","c"#) {
                assert_eq!(answer["id"], "b");
            }
        }
    }
    for (answer, error) in [
        (route("{}"), "category: missing"),
        (route(r#"{"category":"A06"}"#), "received_at: missing"),
        (deadline("{}"), "rule: missing"),
        (deadline(r#"{"rule":"DL-UP"}"#), "start: missing"),
        (route("null"), "the line must be a JSON object"),
        (route(r#"["x"]"#), "the line must be a JSON object"),
        (deadline(r#"{"rule":"DL-UP","rule":"DL-UP"}"#), "rule: given twice"),
    ] {
        assert_eq!(answer["error"], error);
    }
    let field =
        route(r#"{"id":"b","category":"A06","received_at":"2026-01-05","subjects":[{},{"kind":"x"}]}"#);
    assert!(field["error"].as_str().unwrap().contains("subjects[1].kind"), "{field}");
}
