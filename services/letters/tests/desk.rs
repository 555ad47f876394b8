//! The letter desk over a real embedded queue: what a letter is, and how its columns are called. What all
//! desks do is tested in shared/clerk.

use axum::http::StatusCode;
use dengwen_model::{ChannelDetails, Role};
use dengwen_testkit::DeskRig;
use rust_xlsxwriter::Workbook;
use serde_json::Value;

const LETTERS: &str = "/api/v1/letters";
const IMPORT: &str = "/api/v1/letters/import";

async fn rig() -> (DeskRig, String) {
    let rig = DeskRig::open("letters", dengwen_letters::start).await;
    let token = rig.token(Role::Intake);
    (rig, token)
}

#[tokio::test]
async fn a_letter_is_registered_and_a_signature_alone_is_no_named_report() {
    let (rig, token) = rig().await;
    let letter = r#"{"text":"某局长带病提拔","letter_type":"联名信","postmark":"2026-10-15","pages":2,"handwritten":false,
        "signed_name":"某甲","return_address":"某村","signers":5}"#;
    let (status, answer) = rig.post(LETTERS, &token, letter).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let content = rig.next_tip().await;
    assert!(matches!(content.details, ChannelDetails::Letter { pages: Some(2), signers: Some(5), .. }));
    let words = serde_json::to_string(&content).unwrap();
    assert!(!words.contains("某甲") && !words.contains("某村"), "who signed is sealed apart");
}

#[tokio::test]
async fn a_letter_names_every_field_that_is_wrong() {
    let (rig, token) = rig().await;
    let body = r#"{"text":1,"pages":"two","signers":-1,"handwritten":"y","received_at":"nonsense","bogus":1,
        "subject":{"bogus":1},"reporter":[]}"#;
    let mut wrong = DeskRig::wrong(&rig.post(LETTERS, &token, body).await);
    wrong.sort();
    assert_eq!(
        wrong,
        ["bogus", "handwritten", "pages", "received_at", "reporter", "signers", "subject.bogus", "text"]
    );
    let late = r#"{"text":"x","received_at":"2099-01-01T00:00:00Z"}"#;
    assert_eq!(DeskRig::wrong(&rig.post(LETTERS, &token, late).await), ["received_at"]);
    assert_eq!(rig.waiting().await, 0);
}

#[tokio::test]
async fn a_register_is_read_as_csv_and_as_a_workbook() {
    let (rig, token) = rig().await;
    let rows =
        [["编号", "类型", "页数", "邮戳", "手写", "反映内容"], ["1", "visit", "2", "2026-10-15", "是", "x"]];
    let csv = rows.map(|row| row.join(",")).join("\n");
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        sheet.write_row(row, 0, cells).unwrap();
    }
    // A number as a number, and a letter that the other table does not have.
    sheet.write(1, 2, 2).unwrap();
    sheet.write(1, 5, "y").unwrap();
    for table in [csv.into_bytes(), book.save_to_buffer().unwrap()] {
        let (status, answer) = rig.post(IMPORT, &token, table).await;
        assert_eq!(
            (status, answer["tip_ids"].as_array().unwrap().len()),
            (StatusCode::CREATED, 1),
            "{answer}"
        );
        let ChannelDetails::Letter { letter_type, postmark, pages, handwritten, .. } =
            rig.next_tip().await.details
        else {
            panic!("not a letter")
        };
        assert_eq!((letter_type.as_str(), postmark.as_deref()), ("visit", Some("2026-10-15")));
        assert_eq!((pages, handwritten), (Some(2), Some(true)));
    }
}

#[tokio::test]
async fn a_wrong_cell_is_named_by_its_row() {
    let (rig, token) = rig().await;
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, "页数,联名人数,反映内容\nviele,-1,x\n").await);
    assert_eq!(wrong, ["rows[2].pages", "rows[2].signers"]);
}

/// Row, receipt and register number of what was taken, in its order.
fn taken<'a>(answer: &'a Value) -> Vec<(u64, &'a str, &'a str)> {
    let rows = answer["taken"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let text = |row: &'a Value, name: &str| row[name].as_str().unwrap_or_else(|| panic!("{row}"));
    rows.iter()
        .map(|row| (row["row"].as_u64().unwrap_or_default(), text(row, "receipt"), text(row, "register_no")))
        .collect()
}

#[tokio::test]
async fn letters_of_a_table_get_the_next_numbers_in_the_order_of_their_rows_and_keep_them() {
    let (rig, token) = rig().await;
    let (_, alone) = rig.post(LETTERS, &token, r#"{"text":"先登记的一封"}"#).await;
    rig.next_tip().await;
    let table = "编号,反映内容\n7,反映甲局长卖官\n,反映乙局长吃空饷\n";
    let (status, first) = rig.post(IMPORT, &token, table).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    let [one, two] = taken(&first)[..] else { panic!("{first}") };
    assert!(alone["register_no"].as_str().unwrap().ends_with("-000001"), "{alone}");
    assert!(one.2.ends_with("-000002") && two.2.ends_with("-000003"), "{first}");
    // The tips bear them, in whatever order they come out.
    let mut borne = Vec::new();
    for _ in 0..2 {
        let content = rig.next_tip().await;
        let ChannelDetails::Letter { register_no: Some(number), .. } = content.details else {
            panic!("no number")
        };
        borne.push((content.text, number));
    }
    borne.sort();
    let expected = [("反映乙局长吃空饷", two.2), ("反映甲局长卖官", one.2)];
    assert_eq!(borne, expected.map(|(text, number)| (text.to_owned(), number.to_owned())));
    let longer = format!("{table}8,反映丙局长\n");
    let (_, dry) = rig.post(&format!("{IMPORT}?dry_run=true"), &token, longer.clone()).await;
    let told = dry["fates"].as_array().unwrap().iter().map(|fate| (&fate["fate"], &fate["register_no"]));
    let (registered, new) = (Value::from("registered"), Value::from("new"));
    let (one_no, two_no) = (Value::from(one.2), Value::from(two.2));
    let expected = [(&registered, &one_no), (&registered, &two_no), (&new, &Value::Null)];
    assert_eq!(told.collect::<Vec<_>>(), expected, "{dry}");
    let (_, again) = rig.post(IMPORT, &token, longer).await;
    let again = taken(&again);
    assert_eq!(again[..2], [one, two], "a row that was taken before keeps its number");
    assert!(again[2].2.ends_with("-000004"), "{again:?}");
}

#[tokio::test]
async fn a_kind_that_is_none_and_a_postmark_that_is_no_date_are_refused() {
    let (rig, token) = rig().await;
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, "来件类型,反映内容\n来信,x\n怪,y\n").await);
    assert_eq!(wrong, ["rows[3].letter_type"]);
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, "邮戳,反映内容\n黑松,x\n2099-99-99,y\n").await);
    assert_eq!(wrong, ["rows[3].postmark"]);
    for (entry, field) in [
        (r#"{"text":"x","kind":"zz"}"#, "letter_type"),
        (r#"{"text":"x","postmark":"2099-99-99"}"#, "postmark"),
    ] {
        let answer = rig.post(LETTERS, &token, entry).await;
        assert_eq!(answer.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(DeskRig::wrong(&answer), [field]);
    }
    assert_eq!(rig.waiting().await, 0);
}
