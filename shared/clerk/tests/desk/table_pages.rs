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
    assert_eq!(fates(&page), [("2", "将登记"), ("3", "有误，不能登记"), ("4", "将登记")], "{page}");
    assert!(page.contains("主要问题: "), "the column and what is wrong with it");
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
    let page = settled(&rig, &token, &again).await;
    assert_eq!(fates(&page), [("2", "此前已登记"), ("3", "有误，不能登记"), ("4", "此前已登记")]);
    assert!(page.contains("<small>2026-11-02 09:00</small>"), "and when that was: {page}");
    rig.fill(&format!("{again}/take"), &token, OURS, &[("do", "by_row")]).await;
    settled(&rig, &token, &again).await;
    let (_, second) = rig.look(&format!("{again}/receipts.csv"), &token).await;
    assert_eq!(second.lines().collect::<Vec<_>>(), receipts);
}

/// Rows of a page and their fates.
fn fates(page: &str) -> Vec<(&str, &str)> {
    let cell = |text: &'static str, row: &str| -> Option<(usize, usize)> {
        let from = row.find(text)? + text.len();
        Some((from, from + row[from..].find('<')?))
    };
    let (_, body) = page.split_once("<tbody>").unwrap();
    let rows = body.split("</tbody>").next().unwrap().split("</tr>");
    let read = |row: &'_ str| {
        let number = cell("<td class=\"code\">", row)?;
        let fate = cell("<td>", &row[number.1..])?;
        Some((number.0..number.1, number.1 + fate.0..number.1 + fate.1))
    };
    rows.filter_map(|row| read(row).map(|(number, fate)| (&row[number], &row[fate]))).collect()
}

/// A table of notes whose rows are all right, judged.
async fn judged(rig: &DeskRig, token: &str, rows: usize) -> String {
    let table: String = (0..rows).map(|row| format!("反映第{row}号\n")).collect();
    let at = sent(rig, token, format!("text\n{table}").as_bytes()).await;
    rig.fill(&format!("{at}/columns"), token, OURS, &[("column_0", "text")]).await;
    settled(rig, token, &at).await;
    at
}

/// Presses a button of the rows' page; the page that it leads to.
async fn press(rig: &DeskRig, token: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let (head, page) = rig.fill(path, token, OURS, fields).await;
    assert_eq!(head.status, StatusCode::SEE_OTHER, "{page}");
    let to = head.headers["location"].to_str().unwrap().to_owned();
    settled(rig, token, &to).await
}

#[tokio::test]
async fn a_clerk_pages_through_the_rows_ticks_some_and_takes_these_alone() {
    let (rig, token) = desk().await;
    let at = judged(&rig, &token, 250).await;
    let (ticks, take) = (format!("{at}/ticks"), format!("{at}/take"));
    let page = rig.look(&at, &token).await.1;
    assert_eq!((fates(&page).len(), fates(&page)[0].0), (100, "2"));
    let page = press(&rig, &token, &take, &[("page", "1"), ("do", "only")]).await;
    assert!(page.contains("没有勾选任何一行"), "told, and nothing is taken");
    let page = press(&rig, &token, &ticks, &[("page", "1"), ("row_5", "on"), ("go", "3")]).await;
    assert_eq!((fates(&page).len(), fates(&page)[0].0), (50, "202"));
    assert!(page.contains("已勾选： 1") && page.contains("反映第249号"));
    // Back on the first page the tick is still there; what is not sent ticked there is unticked.
    let page = press(&rig, &token, &ticks, &[("page", "3"), ("row_202", "on"), ("go", "1")]).await;
    assert!(page.contains("name=\"row_5\" aria-label=\"行号 5\" checked"), "{page}");
    let page = press(&rig, &token, &ticks, &[("page", "1"), ("row_6", "on"), ("go", "2")]).await;
    assert!(page.contains("已勾选： 2"));
    press(&rig, &token, &take, &[("page", "2"), ("row_150", "on"), ("do", "only")]).await;
    let (_, receipts) = rig.look(&format!("{at}/receipts.csv"), &token).await;
    let rows: Vec<_> = receipts.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!((rows, rig.waiting().await), (vec!["6", "150", "202"], 3));

    // The others afterwards, by leaving out what was registered.
    let page = press(&rig, &token, &take, &[("do", "again")]).await;
    assert_eq!(fates(&page)[4], ("6", "此前已登记"));
    let filter = [("page", "1"), ("go", "show"), ("show", "registered")];
    let page = press(&rig, &token, &ticks, &filter).await;
    assert_eq!(fates(&page), ["6", "150", "202"].map(|row| (row, "此前已登记")));
    let page = press(&rig, &token, &ticks, &[("page", "1"), ("shown", "registered"), ("go", "tick")]).await;
    assert!(page.contains("已勾选： 3"));
    let all = [("page", "1"), ("shown", "new"), ("do", "except")];
    let page = press(&rig, &token, &take, &all).await;
    assert!(page.contains("已登记 247"), "{page}");
    assert_eq!(rig.waiting().await, 250, "each once");
}

#[tokio::test]
async fn what_no_page_has_is_the_nearest_page() {
    let (rig, token) = desk().await;
    let at = judged(&rig, &token, 101).await;
    for (query, first, rows) in [
        ("page=0", "2", 100),
        ("page=99", "102", 1),
        ("page=x&shown=nonsense", "2", 100),
        ("page=18446744073709551615", "102", 1),
    ] {
        let page = rig.look(&format!("{at}?{query}"), &token).await.1;
        assert_eq!((fates(&page)[0].0, fates(&page).len()), (first, rows), "{query}");
    }
    let page = rig.look(&format!("{at}?shown=wrong"), &token).await.1;
    assert_eq!(fates(&page), []);
}

#[tokio::test]
async fn what_is_no_table_is_told_and_a_newer_one_takes_the_place_of_an_older() {
    let (rig, token) = desk().await;
    let (head, page) = rig.upload(PAGE, &token, "x.csv", b"\0\0\0").await;
    assert!(head.status == StatusCode::BAD_REQUEST && page.contains("<main"), "as a page");
    assert_eq!(rig.upload(PAGE, &token, "x.csv", b"text\n").await.0.status, StatusCode::BAD_REQUEST);
    let forgotten = sent(&rig, &token, LOG.as_bytes()).await;
    sent(&rig, &token, LOG.as_bytes()).await;
    let (head, page) = rig.look(&forgotten, &token).await;
    assert!(head.status == StatusCode::NOT_FOUND && page.contains("被您后来的表格替换"), "{page}");
    // Whoever left the page finds the newer again, and may give it up.
    let (_, page) = rig.look(PAGE, &token).await;
    assert_eq!(page.matches("/take\"").count(), 1);
    let (_, rest) = page.split_once("尚未完成的导入").unwrap();
    let (_, rest) = rest.split_once("<a href=\"").unwrap();
    let at = rest.split('"').next().unwrap();
    let (_, other) = rig.look(PAGE, &rig.token(Role::Intake)).await;
    assert!(!other.contains("尚未完成的导入"), "it is nobody else's");
    press(&rig, &token, &format!("{at}/take"), &[("do", "stop")]).await;
    assert!(!rig.look(PAGE, &token).await.1.contains("尚未完成的导入"));
}

#[tokio::test]
async fn large_tables_that_were_forgotten_keep_nobody_waiting() {
    let (rig, token) = desk().await;
    // Together with another of them more than a desk holds.
    let large = format!("text\n{}", "反映\n".repeat(150_000));
    let (others, third) = ([rig.token(Role::Intake), rig.token(Role::Intake)], &token);
    let mut held = Vec::new();
    for other in &others {
        held.push(sent(&rig, other, large.as_bytes()).await);
        rig.clock.advance_seconds(10);
    }
    let (head, page) = rig.upload(PAGE, third, "x.csv", large.as_bytes()).await;
    assert_eq!(head.status, StatusCode::CONFLICT, "two look at theirs just now: {page}");
    sent(&rig, third, LOG.as_bytes()).await;
    rig.clock.advance_seconds(175);
    assert_eq!(rig.look(&held[1], &others[1]).await.0.status, StatusCode::OK);
    sent(&rig, third, large.as_bytes()).await;
    assert_eq!(rig.look(&held[0], &others[0]).await.0.status, StatusCode::NOT_FOUND, "it gave way");
    assert_eq!(rig.look(&held[1], &others[1]).await.0.status, StatusCode::OK);
}

#[tokio::test]
async fn two_columns_cannot_count_as_one_field_and_what_is_left_out_is_shown() {
    let (rig, token) = desk().await;
    let table = "流水,职务,subject_title,编号,编号,主要问题\n1,局长,科长,1,1,反映甲卖官\n";
    let at = sent(&rig, &token, table.as_bytes()).await;
    let page = settled(&rig, &token, &at).await;
    assert_eq!(page.matches("value=\"subject_title\" selected").count(), 1, "one of two is guessed");
    assert!(!page.contains("value=\"external_id\" selected"), "none of two of the same name");
    let twice = [("column_1", "subject_title"), ("column_2", "subject_title"), ("name", "两列")];
    let (head, page) = rig.fill(&format!("{at}/columns"), &token, OURS, &twice).await;
    assert_eq!(head.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("一个字段只能对应一列") && page.contains("value=\"两列\""), "{page}");
    assert_eq!(page.matches("value=\"subject_title\" selected").count(), 2, "as it was chosen");
    let once = [("column_1", "subject_title"), ("column_3", "external_id"), ("column_5", "text")];
    rig.fill(&format!("{at}/columns"), &token, OURS, &once).await;
    let page = settled(&rig, &token, &at).await;
    assert!(
        page.contains("以下各列不导入： 流水 · subject_title (已取： 职务) · 编号 (已取： 编号)"),
        "and which other column is taken: {page}"
    );
}

#[tokio::test]
async fn columns_with_the_facts_are_put_together_as_they_are_guessed_and_chosen() {
    let (rig, token) = desk().await;
    let at = sent(&rig, &token, "主要问题,反映内容\n卖官,反映某局长\n".as_bytes()).await;
    let page = settled(&rig, &token, &at).await;
    assert_eq!(page.matches("value=\"text\" selected").count(), 2, "{page}");
    let both = [("column_0", "text"), ("column_1", "text")];
    let (head, _) = rig.fill(&format!("{at}/columns"), &token, OURS, &both).await;
    assert_eq!(head.status, StatusCode::SEE_OTHER);
    settled(&rig, &token, &at).await;
    rig.fill(&format!("{at}/take"), &token, OURS, &[("do", "all")]).await;
    assert_eq!(rig.next_tip().await.text, "卖官\n反映某局长");
}

#[tokio::test]
async fn another_site_sends_no_table() {
    let (rig, token) = desk().await;
    let at = sent(&rig, &token, LOG.as_bytes()).await;
    let (head, _) = rig.fill(&format!("{at}/take"), &token, "cross-site", &[("do", "by_row")]).await;
    assert_eq!(head.status, StatusCode::FORBIDDEN);
    assert_eq!(rig.upload(PAGE, "", "x.csv", LOG.as_bytes()).await.0.status, StatusCode::UNAUTHORIZED);
}
