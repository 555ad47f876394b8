//! Importing a table in a clerk's browser.

use std::time::Duration;

use axum::http::StatusCode;
use dengwen_model::Role;
use dengwen_testkit::{DeskRig, until};

use crate::desk;

const PAGE: &str = "/desk/notes/import";
const OURS: &str = "same-origin";
const LOG: &str = "流水,主要问题,备注\n1,反映甲卖官,x\n2,,y\n3,反映乙吃空饷,z\n";

/// Sends a table; where it is.
async fn sent(rig: &DeskRig, token: &str, table: &[u8]) -> String {
    let (head, page) = rig.upload(PAGE, token, "log.csv", table).await;
    assert_eq!(head.status, StatusCode::SEE_OTHER, "{page}");
    head.headers["location"].to_str().unwrap().to_owned()
}

/// The page, once nothing is under way any more.
async fn settled(rig: &DeskRig, token: &str, at: &str) -> String {
    until("the table", Duration::from_secs(60), || async {
        let (_, page) = rig.look(at, token).await;
        (!page.contains("<progress")).then_some(page)
    })
    .await
}

#[tokio::test]
async fn a_table_goes_through_columns_and_a_dry_run_before_its_rows_are_taken() {
    let (rig, token) = desk().await;
    let at = sent(&rig, &token, LOG.as_bytes()).await;
    let page = settled(&rig, &token, &at).await;
    assert!(page.contains("value=\"text\" selected"), "主要问题 is guessed");
    assert!(!page.contains("value=\"external_id\" selected"), "流水 is not");
    assert_eq!(rig.look(&at, &rig.token(Role::Intake)).await.0.status, StatusCode::NOT_FOUND, "another's");

    let columns =
        [("column_0", "external_id"), ("column_1", "text"), ("column_2", "-"), ("name", "本地总机")];
    rig.fill(&format!("{at}/columns"), &token, OURS, &columns).await;
    let page = settled(&rig, &token, &at).await;
    assert!(page.contains("<td class=\"code\">3</td>"), "the row without words is named: {page}");
    assert_eq!(rig.waiting().await, 0, "a dry run takes nothing");
    rig.fill(&format!("{at}/take"), &token, OURS, &[("do", "all")]).await;
    settled(&rig, &token, &at).await;
    assert_eq!(rig.waiting().await, 0, "not all while one is wrong");

    rig.fill(&format!("{at}/take"), &token, OURS, &[("do", "by_row")]).await;
    settled(&rig, &token, &at).await;
    assert_eq!(rig.waiting().await, 2);
    let (_, receipts) = rig.look(&format!("{at}/receipts.csv"), &token).await;
    let receipts: Vec<_> = receipts.lines().map(ToOwned::to_owned).collect();
    assert!(receipts.len() == 3 && receipts[1].starts_with("2,") && receipts[2].starts_with("4,"));

    // The same file again, by the mapping that was kept: the same tips and receipts.
    let again = sent(&rig, &token, LOG.as_bytes()).await;
    let kept = format!("{again}?mapping=%E6%9C%AC%E5%9C%B0%E6%80%BB%E6%9C%BA");
    let page = rig.look(&kept, &token).await.1;
    assert!(page.contains("value=\"external_id\" selected"), "as it was kept");
    rig.fill(&format!("{again}/columns"), &token, OURS, &columns[..3]).await;
    settled(&rig, &token, &again).await;
    rig.fill(&format!("{again}/take"), &token, OURS, &[("do", "by_row")]).await;
    settled(&rig, &token, &again).await;
    let (_, second) = rig.look(&format!("{again}/receipts.csv"), &token).await;
    assert_eq!(second.lines().collect::<Vec<_>>(), receipts);
}

#[tokio::test]
async fn what_is_no_table_is_told_and_a_third_waits() {
    let (rig, token) = desk().await;
    let (head, page) = rig.upload(PAGE, &token, "x.csv", b"\0\0\0").await;
    assert!(head.status == StatusCode::BAD_REQUEST && page.contains("<main"), "as a page");
    assert_eq!(rig.upload(PAGE, &token, "x.csv", b"text\n").await.0.status, StatusCode::BAD_REQUEST);
    for _ in 0..2 {
        sent(&rig, &token, LOG.as_bytes()).await;
    }
    assert_eq!(rig.upload(PAGE, &token, "x.csv", LOG.as_bytes()).await.0.status, StatusCode::CONFLICT);
    rig.clock.advance_seconds(3600);
    sent(&rig, &token, LOG.as_bytes()).await;
}

#[tokio::test]
async fn another_site_sends_no_table() {
    let (rig, token) = desk().await;
    let at = sent(&rig, &token, LOG.as_bytes()).await;
    let (head, _) = rig.fill(&format!("{at}/take"), &token, "cross-site", &[("do", "by_row")]).await;
    assert_eq!(head.status, StatusCode::FORBIDDEN);
    assert_eq!(rig.upload(PAGE, "", "x.csv", LOG.as_bytes()).await.0.status, StatusCode::UNAUTHORIZED);
}
