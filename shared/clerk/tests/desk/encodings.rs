//! CSV as Excel saves it in China: UTF-8 with a byte order mark, GB18030, CR LF.

use axum::http::StatusCode;
use dengwen_testkit::DeskRig;

use crate::{IMPORT, desk};

/// The third character is outside GBK and takes four bytes in GB18030.
const WORDS: &str = "反映㐂局长,卖官";

#[tokio::test]
async fn every_encoding_gives_the_same_words() {
    let (rig, token) = desk().await;
    for column in ["编号", "来件时间"] {
        let value = if column == "编号" { "1" } else { "2026/10/10 9:35" };
        every_encoding(&rig, &token, &format!("{column},反映内容\r\n{value},\"{WORDS}\"\r\n")).await;
    }
}

async fn every_encoding(rig: &DeskRig, token: &str, table: &str) {
    let (gb18030, _, unmappable) = encoding_rs::GB18030.encode(table);
    assert!(!unmappable && gb18030.len() > table.chars().count());
    let with_mark = [b"\xEF\xBB\xBF", table.as_bytes()].concat();
    let mut receipts = Vec::new();
    for bytes in [table.as_bytes().to_vec(), with_mark, gb18030.into_owned()] {
        let (status, answer) = rig.post(IMPORT, token, bytes).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        assert_eq!(rig.next_tip().await.text, WORDS);
        receipts.push(answer["taken"][0]["receipt"].clone());
    }
    receipts.dedup();
    assert_eq!(receipts.len(), 1, "and so it is one tip");
}

#[tokio::test]
async fn what_is_in_no_such_encoding_is_refused() {
    let (rig, token) = desk().await;
    let utf16: Vec<u8> = "编号,反映内容\n1,x\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [utf16, vec![0; 10], vec![0xff; 40], Vec::new()] {
        let (status, answer) = rig.post(IMPORT, &token, bytes).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    }
    assert_eq!(rig.waiting().await, 0);
}
