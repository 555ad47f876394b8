//! Every published case (`tests/data/sms_cases.jsonl`) and our own (`own_cases.jsonl`), through the same code that
//! serves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use dengwen_model::SystemClock;
use dengwen_sms::dry_run::{DryRunError, try_sms};
use serde_json::Value;

const CASES: &str = concat!(include_str!("data/sms_cases.jsonl"), include_str!("data/own_cases.jsonl"));

/// Fields of `expected` that are notes, or tested elsewhere.
const NOTES: [&str; 11] = [
    "basis",
    "note",
    "vendor_reason",
    "response_note",
    "raw_hex",
    "to_null",
    "received_at_source",
    "after_timeout",
    "or_result",
    "dedupe_key",
    "media",
];

fn without_expected(line: &str) -> String {
    let mut case: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
    case.remove("expected");
    Value::Object(case).to_string()
}

/// Every future of a dry run is ready at once: there is nothing outside that it could wait for.
fn dry_run(input: &str, output: &mut Vec<u8>) -> Result<u64, DryRunError> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(try_sms(
        input.as_bytes(),
        output,
        &SystemClock,
    ))
}

fn run(lines: &[String]) -> Vec<Value> {
    let mut output = Vec::new();
    dry_run(&lines.join("\n"), &mut output).unwrap();
    output
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

/// Whether what came out agrees with one field of what was expected.
fn agrees(field: &str, expected: &Value, outcome: &Value) -> bool {
    let got = &outcome[field];
    match (field, expected) {
        ("http_status", Value::Array(allowed)) => allowed.contains(got),
        ("reason", Value::String(reason)) => {
            reason.split("_or_").any(|reason| got.as_str().is_some_and(|got| got == reason))
        }
        // Some cases describe the body and its alternatives in words.
        ("response_body", Value::String(body)) => {
            got == expected || got.as_str().is_some_and(|got| !got.is_empty() && body.contains(got))
        }
        ("text_any_of", Value::Array(texts)) => texts.contains(&outcome["text"]),
        ("messages" | "statuses", Value::Array(items)) => {
            let got = got.as_array().cloned().unwrap_or_default();
            got.len() == items.len()
                && items.iter().zip(&got).all(|(item, got)| {
                    item.as_object().unwrap().iter().all(|(name, value)| got[name] == *value)
                })
        }
        ("parts", Value::Object(parts)) => parts.iter().all(|(name, value)| got[name] == *value),
        _ => got == expected,
    }
}

#[test]
fn every_case_agrees_with_what_is_expected() {
    let lines: Vec<&str> = CASES.lines().collect();
    let outcomes = run(&lines.iter().map(|line| without_expected(line)).collect::<Vec<_>>());
    assert_eq!(outcomes.len(), lines.len());
    let mut wrong = Vec::new();
    for (line, outcome) in lines.iter().zip(&outcomes) {
        let case: Value = serde_json::from_str(line).unwrap();
        assert_eq!(case["id"], outcome["id"], "one line out for each line in, in order");
        for (field, expected) in case["expected"].as_object().unwrap() {
            if !NOTES.contains(&field.as_str()) && !agrees(field, expected, outcome) {
                wrong.push(format!("{} {field}: expected {expected}, got {}", case["id"], outcome[field]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases disagree:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

#[test]
fn the_order_of_lines_does_not_matter_within_a_group() {
    let mut lines: Vec<String> = CASES.lines().map(without_expected).collect();
    let forward: BTreeMap<String, Value> =
        run(&lines).into_iter().map(|outcome| (outcome["id"].to_string(), outcome)).collect();
    lines.reverse();
    for outcome in run(&lines) {
        assert_eq!(forward[&outcome["id"].to_string()], outcome);
    }
}

#[test]
fn every_line_has_the_contracts_fields() {
    let lines: Vec<String> = CASES.lines().map(without_expected).collect();
    for outcome in run(&lines) {
        for field in [
            "id",
            "result",
            "from",
            "to",
            "text",
            "external_id",
            "received_at",
            "messages",
            "http_status",
            "content_type",
            "response_body",
            "reason",
        ] {
            assert!(outcome.get(field).is_some(), "{} lacks {field}", outcome["id"]);
        }
    }
}

#[test]
fn a_field_that_is_null_is_one_that_is_absent_and_the_clock_may_have_fractions() {
    let mut case: serde_json::Map<String, Value> =
        serde_json::from_str(CASES.lines().find(|line| line.contains("\"own-kannel-ucs2\"")).unwrap())
            .unwrap();
    case.remove("expected");
    case["now"] = 1_772_366_400.5.into();
    let plain = run(&[Value::Object(case.clone()).to_string()]);
    assert_eq!(plain[0]["result"], "accept");
    for field in ["kind", "headers", "secrets", "body", "body_b64", "body_gen", "seq"] {
        let mut case = case.clone();
        case.insert(field.to_owned(), Value::Null);
        assert_eq!(run(&[Value::Object(case).to_string()]), plain, "{field}");
    }
    case.insert("config".to_owned(), Value::Null);
    assert_eq!(run(&[Value::Object(case).to_string()])[0]["result"], "accept", "config");
}

#[test]
fn a_line_that_is_no_case_is_answered_without_its_words_and_the_next_ones_too() {
    let mut output = Vec::new();
    let first = without_expected(CASES.lines().next().unwrap());
    let long = "s3cr3t".repeat(1 << 20);
    let input = format!("{first}\n\n{{\"secret\":\"s3cr3t\"}}\n{long}\n[]\n{first}\n");
    dry_run(&input, &mut output).unwrap();
    let output = String::from_utf8(output).unwrap();
    assert!(!output.contains("s3cr3t"));
    let lines: Vec<serde_json::Value> =
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0], lines[4]);
    for line in &lines[1..4] {
        assert!(line["id"].is_null() && line["error"].is_string(), "{line}");
    }
}
