//! Import of tables: all or nothing, unless by row; the same row never twice.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use dengwen_testkit::DeskRig;
use serde_json::Value;

use crate::{IMPORT, NOTES, desk};

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
    let (_, again) = rig.post(IMPORT, &token, LOG).await;
    assert_eq!(receipts(&first), receipts(&again), "a repeated row has its first receipt");
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
