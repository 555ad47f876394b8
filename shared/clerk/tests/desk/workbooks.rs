//! XLSX as people make it, and as somebody hostile does.

use std::io::{Cursor, Write};

use axum::http::StatusCode;
use dengwen_testkit::DeskRig;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{IMPORT, desk};

const HEADER: [&str; 3] = ["编号", "来件时间", "反映内容"];

/// A workbook whose first sheet has the header, and what `fill` writes below it.
fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, HEADER).unwrap();
    fill(sheet);
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn dates_numbers_and_formulas_count_as_they_are_shown() {
    let (rig, token) = desk().await;
    let table = workbook(|sheet| {
        let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
        let came = ExcelDateTime::parse_from_str("2026-10-10 09:35:00").unwrap();
        sheet.write(1, 0, 1).unwrap();
        sheet.write_with_format(1, 1, &came, &date).unwrap();
        sheet.write(1, 2, Formula::new("=\"反映\"&\"某局长\"").set_result("反映某局长")).unwrap();
        // The column was never formatted as a date: its serial number is left.
        sheet.write(3, 1, 46_305.399_305_555_56).unwrap();
        sheet.write(3, 2, 20_261_010).unwrap();
    });
    let (status, answer) = rig.post(IMPORT, &token, table).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let rows: Vec<_> = answer["taken"].as_array().unwrap().iter().map(|taken| &taken["row"]).collect();
    assert_eq!(rows, [&Value::from(2), &Value::from(4)], "an empty row counts, as the clerk sees it");
    assert_eq!(rig.next_tip().await.text, "反映某局长");
    assert_eq!(rig.next_tip().await.text, "20261010");
}

#[tokio::test]
async fn a_formula_without_a_value_is_named_and_not_taken_for_an_empty_cell() {
    let (rig, token) = desk().await;
    let header = HEADER.map(|name| format!(r#"<c t="inlineStr"><is><t>{name}</t></is></c>"#)).concat();
    let sheet = format!(
        r#"<row r="1">{header}</row>
        <row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="C2"><v>1</v></c></row>
        <row r="3"><c r="B3"><f>NOW()</f></c><c r="C3"><v>2</v></c></row>
        <row r="4"><c r="B4" t="str"><f>""</f><v></v></c><c r="C4"><v>3</v></c></row>"#
    );
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, hand_made(&[("sheet1", &sheet)], false)).await);
    assert_eq!(wrong, ["rows[2].编号", "rows[3].来件时间"], "a formula that says nothing is an empty cell");
}

#[tokio::test]
async fn dates_of_a_workbook_that_counts_from_1904_are_right() {
    let (rig, token) = desk().await;
    // 2026-10-10 is day 46305 from 1899-12-30, and 1462 fewer from 1904-01-01.
    let sheet = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>来件时间</t></is></c>
        <c r="B1" t="inlineStr"><is><t>反映内容</t></is></c></row>
        <row r="2"><c r="A2" s="1"><v>44843</v></c><c r="B2" t="inlineStr"><is><t>x</t></is></c></row>
        <row r="3"><c r="A3" s="1"><v>44000</v></c><c r="B3" t="inlineStr"><is><t>y</t></is></c></row>"#;
    let (_, answer) = rig.post(IMPORT, &token, hand_made(&[("sheet1", sheet)], true)).await;
    assert_eq!(answer["taken"].as_array().map(Vec::len), Some(2), "{answer}");
    let same_day = rig.post(IMPORT, &token, "来件时间,反映内容\n2026-10-10 00:00:00,x\n").await.1;
    assert_eq!(same_day["taken"][0]["receipt"], answer["taken"][0]["receipt"], "the same row");
}

#[tokio::test]
async fn only_the_first_visible_sheet_is_read() {
    let (rig, token) = desk().await;
    let mut book = Workbook::new();
    book.add_worksheet().set_hidden(true).write(0, 0, "隐藏").unwrap();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, HEADER).unwrap();
    sheet.write(1, 2, "反映某局长").unwrap();
    sheet.set_active(true);
    book.add_worksheet().write(0, 0, "别的").unwrap();
    let (status, answer) = rig.post(IMPORT, &token, book.save_to_buffer().unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(rig.next_tip().await.text, "反映某局长");
}

/// The parts of a workbook, with these sheets, as somebody may write them by hand.
fn hand_made(sheets: &[(&str, &str)], since_1904: bool) -> Vec<u8> {
    let relation = |number: usize, name: &str| {
        format!(
            r#"<Relationship Id="r{number}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/{name}.xml"/>"#
        )
    };
    let named = |number: usize, name: &str| {
        format!(r#"<sheet name="{name}" sheetId="{}" r:id="r{number}"/>"#, number + 1)
    };
    let list = |each: &dyn Fn(usize, &str) -> String| {
        sheets.iter().enumerate().map(|(number, (name, _))| each(number, name)).collect::<String>()
    };
    let main = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main""#;
    let relations = r#"xmlns="http://schemas.openxmlformats.org/package/2006/relationships""#;
    let mut parts = vec![
        (
            "[Content_Types].xml".to_owned(),
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.to_owned(),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!(
                r#"<workbook {main} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="{}"/><sheets>{}</sheets></workbook>"#,
                u8::from(since_1904),
                list(&named)
            ),
        ),
        (
            "_rels/.rels".to_owned(),
            format!(
                r#"<Relationships {relations}><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("<Relationships {relations}>{}</Relationships>", list(&relation)),
        ),
        (
            "xl/styles.xml".to_owned(),
            format!(
                r#"<styleSheet {main}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
            ),
        ),
    ];
    for (name, rows) in sheets {
        parts.push((
            format!("xl/worksheets/{name}.xml"),
            format!("<worksheet {main}><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    archive(parts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())))
}

fn archive<'a>(parts: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The answer to a workbook that is no table.
async fn refused(table: Vec<u8>) -> String {
    let (rig, token) = desk().await;
    let (status, answer) = rig.post(IMPORT, &token, table).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert_eq!(rig.waiting().await, 0);
    answer["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_archive_that_is_no_workbook_is_refused() {
    assert!(refused(archive([("readme.txt", b"x".as_slice())].into_iter())).await.contains("XLSX"));
    let whole = workbook(|sheet| {
        sheet.write(1, 2, "x").unwrap();
    });
    assert!(refused(whole[..whole.len() / 2].to_vec()).await.contains("XLSX"), "cut off");
}

#[tokio::test]
async fn a_workbook_without_its_sheet_is_refused() {
    assert!(refused(hand_made(&[], false)).await.contains("no visible sheet"));
    let mut book = Workbook::new();
    book.add_worksheet();
    assert!(refused(book.save_to_buffer().unwrap()).await.contains("name the columns"));
}

#[tokio::test]
async fn a_cell_in_the_farthest_corner_costs_nothing() {
    // As a grid this sheet would have seventeen thousand million cells.
    let sheet = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>反映内容</t></is></c></row>
        <row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#;
    let (rig, token) = desk().await;
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, hand_made(&[("sheet1", sheet)], false)).await);
    assert_eq!(wrong, ["rows[1048576].cells", "rows[1048576].text"]);
    let table = workbook(|sheet| {
        sheet.write(1_048_575, 2, "x").unwrap();
    });
    let (rig, token) = desk().await;
    let (_, answer) = rig.post(IMPORT, &token, table).await;
    assert_eq!(answer["taken"][0]["row"], 1_048_576, "{answer}");
}

#[tokio::test]
async fn a_cell_that_is_not_what_it_says_is_named_and_stops_no_other_row() {
    let (rig, token) = desk().await;
    let text = |text: &str| format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#);
    let header = HEADER.map(text).concat();
    // No cell says where it stands: each follows the one before.
    let row = |cells: [&str; 2], words: &str| format!("<row>{}{}</row>", cells.concat(), text(words));
    let number = "<c><v>1</v></c>";
    let sheet = [
        format!("<row>{header}</row>"),
        row([number, "<c/>"], "反映甲"),
        row([r#"<c t="s"><v>99</v></c>"#, "<c/>"], "反映乙"),
        row([number, r#"<c t="e"><v>#SPILL!</v></c>"#], "反映丙"),
        row([number, r#"<c t="n"><v>x</v></c>"#], "反映丁"),
        row([r#"<c t="b"><v>perhaps</v></c>"#, r#"<c t="zz"><v>1</v></c>"#], "反映戊"),
        row([number, "<c/>"], "反映己"),
        format!("<row>{}{}{}{}</row>", number, "<c/>", text("反映庚"), text("多出")),
        row([number, "<c/>"], "反映辛"),
    ];
    let table = hand_made(&[("sheet1", &sheet.concat())], false);
    let wrong = DeskRig::wrong(&rig.post(IMPORT, &token, table.clone()).await);
    let expected = [
        "rows[3].编号",
        "rows[4].来件时间",
        "rows[5].来件时间",
        "rows[6].编号",
        "rows[6].来件时间",
        "rows[8].cells",
    ];
    assert_eq!(wrong, expected);
    let (status, answer) = rig.post(&format!("{IMPORT}?by_row=true"), &token, table).await;
    let taken: Vec<_> = answer["taken"].as_array().unwrap().iter().map(|taken| &taken["row"]).collect();
    assert_eq!(
        (status, taken),
        (StatusCode::CREATED, vec![&Value::from(2), &7.into(), &9.into()]),
        "{answer}"
    );
    for words in ["反映甲", "反映己", "反映辛"] {
        assert_eq!(rig.next_tip().await.text, words);
    }
}

#[tokio::test]
async fn a_zip_bomb_is_not_unpacked() {
    let bomb = vec![b' '; 300 << 20];
    let packed = archive([("xl/sharedStrings.xml", bomb.as_slice())].into_iter());
    assert!(packed.len() < 1 << 20);
    assert!(refused(packed.clone()).await.contains("too large"));
    // One that claims to be small: the sizes in both of its headers are changed.
    let claimed = u32::try_from(bomb.len()).unwrap().to_le_bytes();
    let lying: Vec<u8> = {
        let mut bytes = packed;
        while let Some(at) = bytes.windows(4).position(|window| window == claimed) {
            bytes[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
        }
        bytes
    };
    refused(lying).await;
}

#[tokio::test]
async fn one_long_text_in_a_million_cells_is_not_copied_out() {
    let text = "长".repeat(30_000);
    let rows: String =
        (2..=3000).map(|row| format!(r#"<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>"#)).collect();
    let sheet = format!(r#"<row r="1"><c r="A1" t="inlineStr"><is><t>反映内容</t></is></c></row>{rows}"#);
    let book = hand_made(&[("sheet1", &sheet)], false);
    let mut archive = ZipWriter::new_append(Cursor::new(book)).unwrap();
    archive.start_file("xl/sharedStrings.xml", SimpleFileOptions::default()).unwrap();
    let strings = format!(
        r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{text}</t></si></sst>"#
    );
    archive.write_all(strings.as_bytes()).unwrap();
    assert!(refused(archive.finish().unwrap().into_inner()).await.contains("too large"));
}

#[tokio::test]
async fn more_rows_than_one_import_takes_are_refused() {
    let rows: String = (2..=200_002).map(|row| format!(r#"<row r="{row}"><c><v>1</v></c></row>"#)).collect();
    let sheet = format!(r#"<row r="1"><c r="A1" t="inlineStr"><is><t>反映内容</t></is></c></row>{rows}"#);
    assert!(refused(hand_made(&[("sheet1", &sheet)], false)).await.contains("200000 rows"));
}
