//! The phone desk over a real embedded queue: what a call is, and how its columns are called. What all
//! desks do is tested in shared/clerk.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod day;
mod exchange;
mod recordings;
mod same_row;

use axum::http::StatusCode;
use dengwen_model::{ChannelDetails, Role};
use dengwen_testkit::DeskRig;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

const CALLS: &str = "/api/v1/phone/calls";
const IMPORT: &str = "/api/v1/phone/import";

async fn rig() -> (DeskRig, String) {
    let rig = DeskRig::open("phone", dengwen_phone::start).await;
    let token = rig.token(Role::Intake);
    (rig, token)
}

#[tokio::test]
async fn a_call_keeps_what_the_operator_wrote_and_no_number_shown() {
    let (rig, token) = rig().await;
    let call = r#"{"text":"来电反映某局长卖官","operator":"坐席03","duration_s":388,
        "started_at":"2026-10-10T01:35:00Z","readback_confirmed":true,"caller_number":"13900000123"}"#;
    let (status, answer) = rig.post(CALLS, &token, call).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(answer["received_at"], "2026-10-10T01:35:00Z", "a call reaches the line when it begins");
    let content = rig.next_tip().await;
    let ChannelDetails::Phone { duration_s: Some(388), readback_confirmed: true, .. } = content.details
    else {
        panic!("{:?}", content.details)
    };
    assert!(!serde_json::to_string(&content).unwrap().contains("13900000123"));
}

#[tokio::test]
async fn what_a_caller_gave_apart_is_marked_where_the_words_repeat_it() {
    let (rig, token) = rig().await;
    let call =
        r#"{"text":"丁戊己来电反映甲乙丙卖官","subject":{"name":"甲乙丙"},"reporter":{"name":"丁戊己"}}"#;
    let (status, answer) = rig.post(CALLS, &token, call).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(rig.next_tip().await.reporter_spans, [(0, 3)]);
}

#[tokio::test]
async fn a_call_names_every_field_that_is_wrong() {
    let (rig, token) = rig().await;
    for (body, field) in [
        ("{}", "text"),
        (r#"{"text":"x","duration_s":99999999}"#, "duration_s"),
        (r#"{"text":"x","started_at":"gestern"}"#, "started_at"),
        (r#"{"text":"x","started_at":"2099-01-01T00:00:00Z"}"#, "started_at"),
        (r#"{"text":"x","unknown":1}"#, "unknown"),
        (r#"{"text":"x","subject":{"unknown":1}}"#, "subject.unknown"),
    ] {
        let wrong = DeskRig::wrong(&rig.post(CALLS, &token, body).await);
        assert!(wrong.contains(&field.to_owned()), "{field}: {wrong:?}");
    }
    let types =
        r#"{"text":1,"duration_s":"x","operator":2,"readback_confirmed":"y","subject":{"name":3},"bogus":4}"#;
    let mut wrong = DeskRig::wrong(&rig.post(CALLS, &token, types).await);
    wrong.sort();
    assert_eq!(wrong, ["bogus", "duration_s", "operator", "readback_confirmed", "subject.name", "text"]);
    let body = r#"{"text":"","received_at":"0001-01-01T00:00:00Z","started_at":"1999-12-31T00:00:00Z",
        "subject":{"rank_code":"77","region_code":"990199"},"reporter":{"email":"no"}}"#;
    assert_eq!(
        DeskRig::wrong(&rig.post(CALLS, &token, body).await),
        ["received_at", "reporter.email", "started_at", "subject.rank_code", "subject.region_code", "text"]
    );
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn a_call_log_is_read_as_csv_and_as_a_workbook() {
    let (rig, token) = rig().await;
    let log = "编号,来电时间,通话时长,接听员,复述确认,反映内容\n\
        1,2026/10/10 09:35,388,坐席01,是,反映某局长卖官\n2,2026-10-10 09:35:00,00:06:28,坐席01,Y,反映吃空饷\n";
    let (status, answer) = rig.post(IMPORT, &token, log).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let (status, answer) = rig.post(IMPORT, &token, workbook()).await;
    assert_eq!((status, answer["rows"].as_u64()), (StatusCode::CREATED, Some(2)), "{answer}");
    for _ in 0..4 {
        let ChannelDetails::Phone { started_at, duration_s, operator, readback_confirmed } =
            rig.next_tip().await.details
        else {
            panic!("not a call")
        };
        assert_eq!(started_at, Some("2026-10-10T01:35:00Z".parse().unwrap()));
        assert_eq!((duration_s, operator.as_deref(), readback_confirmed), (Some(388), Some("坐席01"), true));
    }
}

/// As a call centre's program exports it: real dates, a duration, a truth value; and one row in which
/// the columns were never formatted.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(["编号", "来电时间", "通话时长", "接听员", "复述确认", "反映内容"])
    {
        sheet.write(0, column, name).unwrap();
    }
    let began = ExcelDateTime::parse_from_str("2026-10-10 09:35:00").unwrap();
    let lasted = ExcelDateTime::from_hms(0, 6, 28).unwrap();
    let (date, time) =
        (Format::new().set_num_format("yyyy/m/d h:mm"), Format::new().set_num_format("[h]:mm:ss"));
    sheet.write(1, 0, 3).unwrap();
    sheet.write_with_format(1, 1, &began, &date).unwrap();
    sheet.write_with_format(1, 2, &lasted, &time).unwrap();
    sheet.write(1, 4, true).unwrap();
    sheet.write(1, 5, "反映某局长卖官").unwrap();
    sheet.write(2, 0, 4).unwrap();
    sheet.write(2, 1, 46_305.399_305_555_56).unwrap();
    sheet.write(2, 2, 388).unwrap();
    sheet.write(2, 4, "是").unwrap();
    sheet.write(2, 5, "反映吃空饷").unwrap();
    for row in 1..=2 {
        sheet.write(row, 3, "坐席01").unwrap();
    }
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn a_wrong_cell_is_named_by_its_row() {
    let (rig, token) = rig().await;
    let log = "来电时间,通话时长,反映内容\n2026-10-10,12,x\n2026-13-99,x,\n";
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, log).await);
    assert_eq!(wrong, ["rows[3].started_at", "rows[3].duration_s", "rows[3].text"]);
}
