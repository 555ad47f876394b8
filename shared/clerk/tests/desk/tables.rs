//! Import of tables: all or nothing, unless by row; the same row never twice.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use dengwen_testkit::DeskRig;
use serde_json::Value;

use crate::{IMPORT, NOTES, NoteIn, desk};

const LOG: &str =
    "编号,来件时间,反映内容\n1,2026-10-10 09:35,反映某局长卖官\n2,2026/10/11 10:00,反映吃空饷\n";

fn receipts(answer: &Value) -> Vec<Value> {
    answer["taken"].as_array().unwrap().iter().map(|row| row["receipt"].clone()).collect()
}

#[tokio::test]
async fn a_table_is_taken_whole_and_the_same_one_twice_makes_nothing_twice() {
    let (rig, token) = desk().await;
    let (status, dry) = rig.post(&format!("{IMPORT}?dry_run=true"), &token, LOG).await;
    assert_eq!((status, dry["rows"].as_u64()), (StatusCode::OK, Some(2)));
    assert_eq!(rig.waiting().await, 0);
    let (status, first) = rig.post(IMPORT, &token, LOG).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    assert_eq!(first["tip_ids"].as_array().unwrap().len(), 2);
    assert_eq!((&first["counts"]["new"], &first["counts"]["registered"]), (&2.into(), &0.into()));
    let (_, again) = rig.post(IMPORT, &token, LOG).await;
    assert_eq!(receipts(&first), receipts(&again), "a repeated row has its first receipt");
    let counts = (&again["counts"]["new"], &again["counts"]["registered"]);
    assert_eq!(counts, (&0.into(), &2.into()), "and is counted as what it is");
}

#[tokio::test]
async fn a_row_of_another_shape_or_with_a_bad_byte_is_named_and_stops_no_other() {
    let (rig, token) = desk().await;
    let mut table = format!("{LOG}3,2026-10-12,反映某某,多出的\n4,2026-10-12,反映丁").into_bytes();
    table.extend([0x87, b'\n']);
    table.extend("5,2026-10-13,反映戊\n".as_bytes());
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, table.clone()).await);
    assert_eq!(wrong, ["rows[4].cells", "rows[5].反映内容", "rows[5].text"]);
    assert_eq!(rig.waiting().await, 0, "nothing, unless by row");
    let (_, dry) = rig.post(&format!("{IMPORT}?dry_run=true&fate=wrong"), &token, table.clone()).await;
    let codes: Vec<_> = fates(&dry).iter().map(|fate| fate["errors"][0]["code"].clone()).collect();
    assert_eq!(codes, ["surplus_cells", "unreadable"], "{dry}");
    let (status, answer) = rig.post(&format!("{IMPORT}?by_row=true"), &token, table).await;
    assert_eq!((status, receipts(&answer).len()), (StatusCode::CREATED, 3), "the rest: {answer}");
    for text in ["反映某局长卖官", "反映吃空饷", "反映戊"] {
        assert_eq!(rig.next_tip().await.text, text);
    }
}

#[tokio::test]
async fn what_becomes_of_each_column_is_told_and_two_of_one_name_are_refused() {
    let (rig, token) = desk().await;
    let table = "编号,备注,职务,subject_title,编号,反映内容\n1,甲,局长,科长,7,反映某局长卖官\n";
    let (_, dry) = rig.post(&format!("{IMPORT}?dry_run=true"), &token, table).await;
    let columns: Vec<_> = dry["columns"].as_array().unwrap().iter().collect();
    let told: Vec<_> = columns.iter().map(|column| (&column["fate"], &column["field"])).collect();
    let value = |text: &str| Value::from(text);
    let (doubled, unknown, taken, instead) =
        (value("doubled"), value("unknown"), value("taken"), value("instead"));
    let (none, title, text) = (Value::Null, value("subject_title"), value("text"));
    assert_eq!(
        told,
        [
            (&doubled, &none),
            (&unknown, &none),
            (&instead, &none),
            (&taken, &title),
            (&doubled, &none),
            (&taken, &text)
        ],
        "{dry}"
    );
    assert_eq!(columns[1]["header"], "备注");
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, table).await);
    assert_eq!(wrong, ["columns[1]", "columns[5]"], "nobody knows which is meant");
    for (chosen, fault) in [
        ("external_id,-,-,text", "columns"),
        ("external_id,-,-,-,external_id,text", "columns[1]"),
        ("external_id,nonsense,-,-,-,text", "columns[2]"),
    ] {
        let wrong = DeskRig::wrong(&rig.post(&format!("{IMPORT}?columns={chosen}"), &token, table).await);
        assert_eq!(wrong[0], fault, "{chosen}");
    }
    assert_eq!(rig.waiting().await, 0);
    let chosen = format!("{IMPORT}?columns=-,-,-,-,external_id,text");
    let (status, answer) = rig.post(&chosen, &token, table).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(
        (&answer["columns"][0]["fate"], &answer["columns"][4]["field"]),
        (&value("left_out"), &value("external_id"))
    );
    assert_eq!(rig.next_tip().await.text, "反映某局长卖官");
}

#[tokio::test]
async fn of_several_columns_with_the_facts_nothing_is_dropped() {
    let (rig, token) = desk().await;
    let table = "主要问题,编号,反映内容,主要问题\n卖官,1,反映某局长,卖官\n,2,反映吃空饷,\n";
    let (status, answer) = rig.post(IMPORT, &token, table).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    for at in [0, 2, 3] {
        let column = &answer["columns"][at];
        assert_eq!((&column["fate"], &column["field"]), (&"taken".into(), &"text".into()), "{answer}");
    }
    for text in ["卖官\n反映某局长", "反映吃空饷"] {
        assert_eq!(rig.next_tip().await.text, text, "in the order of the columns, the same words once");
    }
    let chosen = format!("{IMPORT}?columns=-,external_id,text,text");
    let (status, answer) = rig.post(&chosen, &token, "a,b,c,d\n别的,3,反映丙,收受礼金\n").await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(rig.next_tip().await.text, "反映丙\n收受礼金", "as somebody chose");
}

#[tokio::test]
async fn a_dry_run_refuses_two_columns_of_one_name_as_the_import_does() {
    let (rig, token) = desk().await;
    let table = "职务,反映内容,职务\n局长,反映甲,科长\n\n,,\n局长,,科长\n";
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, table).await);
    assert_eq!(wrong, ["columns[1]", "columns[3]"]);
    let (status, dry) = rig.post(&format!("{IMPORT}?dry_run=true"), &token, table).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&dry["counts"]["new"], &dry["counts"]["wrong"]), (&0.into(), &2.into()), "{dry}");
    let told = |fate: &Value| -> Vec<String> {
        let errors = fate["errors"].as_array().into_iter().flatten();
        errors.map(|error| format!("{} {}", error["field"], error["code"]).replace('"', "")).collect()
    };
    let wrong: Vec<_> = fates(&dry).iter().filter(|fate| fate["fate"] == "wrong").map(told).collect();
    let doubled = ["columns[1] duplicate_field", "columns[3] duplicate_field"];
    assert_eq!(wrong, [&doubled[..], &["text required", doubled[0], doubled[1]]], "{dry}");
}

#[tokio::test]
async fn under_one_key_a_table_is_answered_once_and_no_other_is_taken() {
    let (rig, token) = desk().await;
    let keyed = async |query: &str, table: &str| {
        let request = Request::post(format!("{IMPORT}{query}"))
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", "k-1")
            .body(Body::from(table.to_owned()));
        let (head, body) = rig.send(request.unwrap()).await;
        (head.status, body)
    };
    let other = "编号,反映内容\n3,反映丙\n";
    let refused = keyed("", "编号,反映内容\n3,\n").await;
    assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY, "what was refused leaves the key");
    let first = keyed("", LOG).await;
    assert_eq!(first.0, StatusCode::CREATED);
    assert_eq!(keyed("", LOG).await, first, "to the byte, also that the rows were new");
    for (query, table) in [("", other), ("?by_row=true", LOG)] {
        let (status, body) = keyed(query, table).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert!(problem["type"].as_str().unwrap().ends_with("idempotency-mismatch"), "{problem}");
    }
    assert_eq!(keyed("?dry_run=true", other).await.0, StatusCode::OK, "takes nothing, needs no key");
    assert_eq!(rig.waiting().await, 2);
}

#[tokio::test]
async fn a_wrong_row_is_named_and_nothing_is_taken_unless_by_row() {
    let (rig, token) = desk().await;
    let broken = format!("{LOG}3,2026-13-99,\n");
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, broken.clone()).await);
    assert_eq!(wrong, ["rows[4].received_at", "rows[4].text"]);
    assert_eq!(rig.waiting().await, 0);
    let (status, answer) = rig.post(&format!("{IMPORT}?by_row=true"), &token, broken).await;
    assert_eq!((status, receipts(&answer).len()), (StatusCode::CREATED, 2));
    assert_eq!((&answer["errors"][0]["row"], &answer["errors"][0]["code"]), (&4.into(), &"invalid".into()));
    assert_eq!(rig.waiting().await, 2);
}

/// Row, fate and whatever else is told of each row.
fn fates(answer: &Value) -> Vec<Value> {
    answer["fates"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

#[tokio::test]
async fn a_dry_run_tells_each_rows_fate_and_when_it_was_registered() {
    let (rig, token) = desk().await;
    let dry = format!("{IMPORT}?dry_run=true");
    let table = format!("{LOG}\n\n2,2026/10/11 10:00,反映吃空饷\n3,2026-13-99,\n9,2026-10-11,反映选人用人\n");
    rig.post(IMPORT, &token, "编号,反映内容\n1,反映某局长卖官\n").await;
    // One that a clerk registered by hand under its number.
    rig.clock.advance_seconds(3600);
    rig.post(NOTES, &token, r#"{"external_id":"9","text":"反映选人用人"}"#).await;
    let (status, answer) = rig.post(&dry, &token, table.clone()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let expected = serde_json::json!([
        {"row": 2, "fate": "registered", "registered_at": "2026-11-02T01:00:00Z"},
        {"row": 3, "fate": "new"},
        {"row": 4, "last": 5, "fate": "blank"},
        {"row": 6, "fate": "repeated", "same_as": 3},
        {"row": 7, "fate": "wrong", "errors": [
            {"field": "received_at", "code": "invalid"}, {"field": "text", "code": "required"},
        ]},
        {"row": 8, "fate": "registered", "registered_at": "2026-11-02T02:00:00Z"},
    ]);
    assert_eq!(answer["fates"], expected);
    let counts = serde_json::json!({"new": 1, "wrong": 1, "registered": 2, "repeated": 1, "blank": 2});
    assert_eq!((&answer["counts"], &answer["rows"]), (&counts, &5.into()));
    assert_eq!(rig.waiting().await, 2, "a dry run takes nothing");
    for (query, rows) in [
        ("fate=registered", vec![2, 8]),
        ("offset=1&limit=2", vec![3, 4]),
        ("fate=wrong&offset=1", vec![]),
        ("rows=6-7", vec![6, 7]),
    ] {
        let (_, answer) = rig.post(&format!("{dry}&{query}"), &token, table.clone()).await;
        let told: Vec<_> = fates(&answer).iter().map(|fate| fate["row"].as_u64().unwrap()).collect();
        assert_eq!(told, rows, "{query}");
    }
}

#[tokio::test]
async fn rows_are_chosen_by_their_numbers_and_only_these_must_be_right() {
    let (rig, token) = desk().await;
    let table = format!("{LOG}3,,\n4,,反映丙\n");
    let taken = |answer: &Value| -> Vec<u64> {
        answer["taken"].as_array().unwrap().iter().map(|row| row["row"].as_u64().unwrap()).collect()
    };
    let (_, refused) = rig.post(&format!("{IMPORT}?rows=3-4"), &token, table.clone()).await;
    assert_eq!(refused["errors"][0]["field"], "rows[4].text");
    let (status, first) = rig.post(&format!("{IMPORT}?rows=5,2"), &token, table.clone()).await;
    assert_eq!((status, taken(&first)), (StatusCode::CREATED, vec![2, 5]), "{first}");
    assert_eq!(rig.waiting().await, 2);
    let (status, answer) = rig.post(&format!("{IMPORT}?except=4,5"), &token, table.clone()).await;
    assert_eq!((status, taken(&answer)), (StatusCode::CREATED, vec![2, 3]), "{answer}");
    assert_eq!(answer["taken"][0]["registered_at"], "2026-11-02T01:00:00Z", "it was before");
    assert_eq!(answer["taken"][0]["receipt"], first["taken"][0]["receipt"], "and is the same tip");
    assert_eq!(answer["taken"][1]["registered_at"], Value::Null);
    let wrong = DeskRig::wrong(&rig.post(&format!("{IMPORT}?rows=9-20"), &token, table.clone()).await);
    assert_eq!(wrong, ["rows"]);
    for nonsense in ["rows=x", "except=", "fate=good", "limit=-1", "rows=5-2"] {
        let wrong = DeskRig::wrong(&rig.post(&format!("{IMPORT}?{nonsense}"), &token, table.clone()).await);
        assert_eq!(wrong, [nonsense.split('=').next().unwrap()], "{nonsense}");
    }
}

#[tokio::test]
async fn what_was_registered_is_known_after_a_restart_and_has_no_words_on_the_disk() {
    let (mut rig, token) = desk().await;
    rig.post(IMPORT, &token, LOG).await;
    rig.restart(dengwen_clerk::router::<NoteIn>);
    let (_, answer) = rig.post(&format!("{IMPORT}?dry_run=true"), &token, LOG).await;
    assert_eq!(answer["counts"]["registered"], 2, "{answer}");
    let known = rig.on_disk().into_iter().filter(|(path, _)| path.to_string_lossy().contains("registered-"));
    let known: Vec<_> = known.collect();
    assert!(!known.is_empty());
    for (_, bytes) in known {
        assert!(!bytes.windows(6).any(|window| window == "卖官".as_bytes()));
    }
}

#[tokio::test]
async fn another_table_that_counts_from_one_again_loses_nothing() {
    let (rig, token) = desk().await;
    let mut receipts = BTreeSet::new();
    for header in ["编号", "序号"] {
        for text in ["反映甲局长卖官", "反映乙局长吃空饷"] {
            let (_, answer) = rig.post(IMPORT, &token, format!("{header},反映内容\n1,{text}\n")).await;
            receipts.insert(answer["taken"][0]["receipt"].to_string());
            let entry = format!(r#"{{"external_id":"1","text":"{header}{text}"}}"#);
            receipts.insert(rig.post(NOTES, &token, entry).await.1["receipt"].to_string());
        }
    }
    assert_eq!(receipts.len(), 8, "each is a tip of its own");
}

#[tokio::test]
async fn a_table_may_come_as_the_file_of_a_form() {
    let (rig, token) = desk().await;
    let form = format!(
        "--b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"log.csv\"\r\n\r\n{LOG}\r\n--b0undary--\r\n"
    );
    for (body, status) in [(form.as_str(), StatusCode::CREATED), ("nothing", StatusCode::BAD_REQUEST)] {
        let media = "multipart/form-data; boundary=b0undary";
        assert_eq!(rig.post_as(media, IMPORT, &token, body.to_owned()).await.0, status);
    }
    assert_eq!(rig.waiting().await, 2);
}

#[tokio::test]
async fn a_region_is_checked_in_every_row() {
    let (rig, token) = desk().await;
    let table = "地区代码,反映内容\n990121,x\n990199,y\n110105,z\n110199,z\n";
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, table).await);
    assert_eq!(wrong, ["rows[3].subject.region_code", "rows[5].subject.region_code"]);
}

#[tokio::test]
async fn what_is_no_table_or_has_no_rows_is_a_problem_with_its_reason() {
    let (rig, token) = desk().await;
    for (body, reason) in [
        (r#"{"text":"反映某局长卖官"}"#, "neither CSV"),
        ("[\n  {\"text\": \"反映某局长卖官\"}\n]", "neither CSV"),
        ("<html></html>", "neither CSV"),
        ("反映某局长卖官", "no row"),
        ("编号,反映内容\n", "no row"),
        ("", "the first row"),
    ] {
        for path in [IMPORT.to_owned(), format!("{IMPORT}?dry_run=true"), format!("{IMPORT}?by_row=true")] {
            let (status, answer) = rig.post(&path, &token, body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
            assert!(answer["detail"].as_str().unwrap().contains(reason), "{answer}");
        }
    }
    assert_eq!(rig.waiting().await, 0);
}
