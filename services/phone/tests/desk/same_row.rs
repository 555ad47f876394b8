//! A call log without an id of each call: the same call is known again however a program writes it, and two are two.

use axum::http::StatusCode;
use dengwen_testkit::DeskRig;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::Value;

use crate::{IMPORT, rig};

const LOG: &str = "来电时间,通话时长,接听员,反映内容,举报人电话,备注\n\
    2026-11-01 10:05,6:28,坐席01,反映某局长卖官,01055550123,\n\
    2026-11-01 10:05,388,坐席02,反映某局长卖官,01055550123,\n\
    2026-11-01 10:06,388,坐席01,反映某局长卖官,01055550123,\n\
    2026-11-01,388,坐席01,\"反映吃空饷\n共三人\",,\n";

/// How many of the rows are new, and how many were registered or stand above.
async fn taken(rig: &DeskRig, token: &str, table: impl Into<Vec<u8>>) -> (u64, u64) {
    let (status, answer) = rig.post(&format!("{IMPORT}?dry_run=true"), token, table.into()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let count = |fate: &str| answer["counts"][fate].as_u64().unwrap();
    assert_eq!(count("wrong"), 0, "{answer}");
    (count("new"), count("registered") + count("repeated"))
}

/// The log as Excel keeps it once it was opened there: dates are dates, zeros before a number are gone.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(["来电时间", "通话时长", "接听员", "反映内容", "举报人电话", "备注"])
    {
        sheet.write(0, column, name).unwrap();
    }
    let date = Format::new().set_num_format("yyyy/m/d h:mm");
    for (row, moment, operator) in
        [(1, "10:05:00", "坐席01"), (2, "10:05:00", "坐席02"), (3, "10:06:00", "坐席01")]
    {
        let moment = ExcelDateTime::parse_from_str(&format!("2026-11-01 {moment}")).unwrap();
        sheet.write_with_format(row, 0, &moment, &date).unwrap();
        sheet.write(row, 1, 388).unwrap();
        sheet.write(row, 2, operator).unwrap();
        sheet.write(row, 3, "反映某局长卖官").unwrap();
        sheet.write(row, 4, 1_055_550_123_u32).unwrap();
    }
    // Its column was never formatted.
    sheet.write(4, 0, 46_327).unwrap();
    sheet.write(4, 1, 388).unwrap();
    sheet.write(4, 2, "坐席01").unwrap();
    // As it came out of a CSV with line ends of two signs.
    sheet.write(4, 3, "反映吃空饷\r\n共三人").unwrap();
    sheet.write(4, 5, "已转办").unwrap();
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn the_same_log_makes_nothing_twice_however_a_spreadsheet_saved_it() {
    let (rig, token) = rig().await;
    let (status, answer) = rig.post(IMPORT, &token, LOG).await;
    assert_eq!(
        (status, &answer["counts"]["new"]),
        (StatusCode::CREATED, &4.into()),
        "two calls are two: {answer}"
    );
    let again = [
        LOG.replace("2026-11-01", "2026/11/1"),
        LOG.replace("2026-11-01", "2026年11月1日").replace("10:05", "10时05分"),
        LOG.replace("2026-11-01", "２０２６－１１－０１"),
        LOG.replace("2026-11-01 10:05", "46327.42014").replace("388", "00:06:28"),
        LOG.replace("2026-11-01", "20261101").replace("10:05", "上午10：05"),
        LOG.replace("388", "6分28秒").replace("备注", "处理情况"),
        LOG.replace(",\n", ",已转办\n"),
        LOG.replace("01055550123", "1055550123"),
        LOG.replace("01055550123", "\"=\"\"01055550123\"\"\""),
        LOG.replace('\n', "\r\n"),
        LOG.replace("来电时间", "开始时间").replace("反映内容", "主要问题"),
        format!("\u{feff}{LOG}"),
    ];
    for table in again {
        assert_eq!(taken(&rig, &token, table.clone()).await, (0, 4), "{table}");
    }
    assert_eq!(taken(&rig, &token, workbook()).await, (0, 4));
    for (part, other) in [
        ("10:05", "10:07"),
        ("坐席01", "坐席03"),
        ("卖官", "买官"),
        ("6:28", "6:29"),
        ("01055550123", "01055550124"),
    ] {
        let (new, _) = taken(&rig, &token, LOG.replace(part, other)).await;
        assert!(new > 0, "{part} tells calls apart");
    }
}

#[tokio::test]
async fn a_number_of_the_call_is_the_same_with_zeros_before_it_and_refused_where_it_was_shortened() {
    let (rig, token) = rig().await;
    let log = "流水号,反映内容\n0000123,\"反映某局长\r\n卖官\"\n";
    let (_, answer) = rig.post(IMPORT, &token, log).await;
    assert_eq!(answer["columns"][0]["field"], "external_id", "{answer}");
    for again in [
        "流水号,反映内容\n123,\"反映某局长\n卖官\"\n",
        "流水号,反映内容\n=\"0000123\",\"反映某局长\n卖官\"\n",
    ] {
        assert_eq!(taken(&rig, &token, again).await, (0, 1), "{again}");
    }
    let shortened = "流水号,反映内容,举报人电话\n2.02611E+17,反映甲,\n5,反映乙,1.39E+10\n6,反映丙,E+10\n";
    let (_, answer) = rig.post(IMPORT, &token, shortened).await;
    let told: Vec<_> =
        answer["errors"].as_array().unwrap().iter().map(|error| (&error["field"], &error["code"])).collect();
    let value = |text: &str| Value::from(text);
    let code = value("shortened");
    assert_eq!(
        told,
        [(&value("rows[2].external_id"), &code), (&value("rows[3].reporter.phone"), &code)],
        "{answer}"
    );
}

#[tokio::test]
async fn a_date_of_which_there_are_several_readings_or_none_is_told_with_its_row() {
    let (rig, token) = rig().await;
    let log = "来电时间,反映内容\n11/2/2026 10:05,甲\n26-11-2,乙\n2026-02-30,丙\n2026年11月1日10时05分,丁\n";
    let (_, answer) = rig.post(IMPORT, &token, log).await;
    let told: Vec<_> =
        answer["errors"].as_array().unwrap().iter().map(|error| (&error["field"], &error["code"])).collect();
    let value = |text: &str| Value::from(text);
    let expected = [
        (&value("rows[2].started_at"), &value("ambiguous")),
        (&value("rows[3].started_at"), &value("ambiguous")),
        (&value("rows[4].started_at"), &value("invalid")),
    ];
    assert_eq!(told, expected, "{answer}");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("2026-11-02 10:05"), "{answer}");
}
