//! The desk in a clerk's browser, without JavaScript.

use axum::http::StatusCode;
use dengwen_clerk::Entry;
use dengwen_model::Role;
use dengwen_pages::Lang;
use dengwen_testkit::DeskRig;

use crate::{NoteIn, PAGE, desk};

const OURS: &str = "same-origin";
const WORDS: &str = "反映某局长卖官鬻爵";

/// The id that the form on this page bears.
fn draft_of(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"draft\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The receipt on this page, group by group.
fn groups(page: &str) -> Vec<String> {
    let (_, rest) = page.split_once("<ol class=\"receipt groups\"").unwrap();
    let list = rest.split("</ol>").next().unwrap();
    list.split("<li>").skip(1).map(|item| item.split('<').next().unwrap().to_owned()).collect()
}

async fn new_form(rig: &DeskRig, token: &str) -> String {
    let (head, page) = rig.look(PAGE, token).await;
    assert_eq!(head.status, StatusCode::OK, "{page}");
    draft_of(&page)
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_the_console_and_comes_back() {
    let (rig, token) = desk().await;
    for nobody in ["", "nonsense", &format!("{token}x")] {
        let (head, _) = rig.look(PAGE, nobody).await;
        assert_eq!(head.status, StatusCode::SEE_OTHER);
        assert_eq!(head.headers["location"], format!("/desk/clerk?back={PAGE}"));
    }
    let (head, _) = rig.look(PAGE, &rig.token(Role::Officer)).await;
    assert_eq!(head.status, StatusCode::FORBIDDEN);
    rig.withdraw(&token);
    rig.clock.advance_seconds(1);
    assert_eq!(rig.look(PAGE, &token).await.0.status, StatusCode::UNAUTHORIZED, "no way round in a circle");
}

#[tokio::test]
async fn an_entry_is_registered_once_and_its_receipt_read_out_in_groups() {
    let (rig, token) = desk().await;
    let id = new_form(&rig, &token).await;
    let mut fields = vec![
        ("draft", id.as_str()),
        ("do", "register"),
        ("subject.name", "甲乙丙"),
        ("received_at", "2026-11-02T08:30"),
        ("text", WORDS),
        ("demand", "请依规查处"),
    ];
    let (head, page) = rig.fill(PAGE, &token, OURS, &fields).await;
    assert_eq!(head.status, StatusCode::UNPROCESSABLE_ENTITY, "not read back");
    assert!(page.contains("href=\"#f-sure\"") && page.contains(WORDS), "what was typed is still there");
    assert_eq!(rig.waiting().await, 0);

    fields.push(("sure", "1"));
    let (head, page) = rig.fill(PAGE, &token, OURS, &fields).await;
    assert_eq!(head.status, StatusCode::CREATED, "{page}");
    let receipt = groups(&page);
    assert_eq!(receipt.iter().map(String::len).collect::<Vec<_>>(), [4; 5]);
    let (_, again) = rig.fill(PAGE, &token, OURS, &fields).await;
    assert_eq!(groups(&again), receipt, "sent twice");

    let tip = rig.next_tip().await;
    assert_eq!(tip.text, format!("{WORDS}\n诉求：请依规查处"));
    assert_eq!(tip.subject.name.as_deref(), Some("甲乙丙"));
    let (_, page) = rig.look(PAGE, &token).await;
    assert!(!page.contains("甲乙丙"), "no draft is left");
}

#[tokio::test]
async fn a_draft_outlives_browser_and_desk_and_only_its_clerk_reads_it() {
    let (mut rig, token) = desk().await;
    let id = new_form(&rig, &token).await;
    let at = format!("{PAGE}/drafts/{id}");
    let (head, _) = rig.fill(&at, &token, OURS, &[("text", WORDS), ("other", "not asked")]).await;
    assert_eq!(head.status, StatusCode::NO_CONTENT, "as the script saves");
    let plain = rig
        .on_disk()
        .into_iter()
        .filter(|(_, bytes)| bytes.windows(WORDS.len()).any(|part| part == WORDS.as_bytes()));
    assert_eq!(plain.count(), 0, "never plain on the disk");

    rig.restart(dengwen_clerk::router::<NoteIn>);
    let (_, page) = rig.look(PAGE, &token).await;
    assert!(page.contains(&at), "offered to go on with");
    let (head, page) = rig.look(&at, &token).await;
    assert!(head.status == StatusCode::OK && page.contains(WORDS));
    let another = rig.token(Role::Intake);
    assert_eq!(rig.look(&at, &another).await.0.status, StatusCode::NOT_FOUND);

    // By the button, without the script.
    let more = [("draft", id.as_str()), ("do", "draft"), ("text", "改写后的内容")];
    let (head, _) = rig.fill(PAGE, &token, OURS, &more).await;
    assert_eq!(head.headers["location"], format!("{at}?done=draft"));
    assert!(rig.look(&at, &token).await.1.contains("改写后的内容"));
    rig.fill(&format!("{at}/discard"), &token, OURS, &[]).await;
    assert_eq!(rig.look(&at, &token).await.0.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_draft_is_kept_for_three_days() {
    let (rig, token) = desk().await;
    let at = format!("{PAGE}/drafts/{}", new_form(&rig, &token).await);
    rig.fill(&at, &token, OURS, &[("text", WORDS)]).await;
    rig.clock.advance_seconds(23 * 3600);
    assert_eq!(rig.look(&at, &token).await.0.status, StatusCode::OK);
    rig.clock.advance_seconds(49 * 3600);
    let token = rig.token_of(&token);
    assert_eq!(rig.look(&at, &token).await.0.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_another_site_sends_is_not_taken_and_what_came_too_late_is_given_back() {
    let (rig, token) = desk().await;
    let id = new_form(&rig, &token).await;
    let fields = [("draft", id.as_str()), ("do", "register"), ("text", WORDS), ("sure", "1")];
    for site in ["cross-site", "same-site", "none"] {
        assert_eq!(rig.fill(PAGE, &token, site, &fields).await.0.status, StatusCode::FORBIDDEN, "{site}");
    }
    rig.clock.advance_seconds(24 * 3600);
    let (head, page) = rig.fill(PAGE, &token, OURS, &fields).await;
    assert_eq!(head.status, StatusCode::UNAUTHORIZED);
    assert!(page.contains(WORDS) && page.contains("/desk/clerk"), "nobody's words are lost");
    assert_eq!(rig.waiting().await, 0);
    let (head, _) = rig.fill(PAGE, &rig.token(Role::Intake), OURS, &fields).await;
    assert_eq!(head.status, StatusCode::CREATED, "sent again by who is signed in");
}

#[tokio::test]
async fn danger_to_life_shows_110_at_once() {
    let (rig, token) = desk().await;
    let (_, page) = rig.look(PAGE, &token).await;
    assert!(page.contains("喝农药|"), "the script has the words");
    let id = draft_of(&page);
    let fields = [("draft", id.as_str()), ("text", "他站在楼顶说要跳楼"), ("sure", "1")];
    let shown = "role=\"alert\"><strong>110</strong>";
    let (_, page) = rig.fill(PAGE, &token, OURS, &fields).await;
    assert!(page.contains(shown) && page.contains("跳楼"), "with the receipt, without the script");
    let calm = [("draft", id.as_str()), ("text", WORDS), ("sure", "1")];
    assert!(!rig.fill(PAGE, &token, OURS, &calm).await.1.contains(shown));
}

#[test]
fn every_word_of_the_form_is_said() {
    for word in NoteIn::FORM.words() {
        assert_ne!(dengwen_pages::Lang::Zh.t(word), word);
    }
}

#[test]
fn every_rank_is_called_in_english_and_in_chinese_as_the_rules_call_it() {
    for rank in dengwen_rules::Rules::built_in().unwrap().taxonomy.ranks() {
        assert_eq!(Lang::Zh.told("rank", rank.code.as_str()), Some(rank.zh.as_str()));
        assert!(Lang::En.told("rank", rank.code.as_str()).is_some_and(|name| name.is_ascii()), "{}", rank.zh);
    }
}

#[tokio::test]
async fn a_clerk_finds_the_registers_from_the_desk() {
    let (rig, token) = desk().await;
    assert!(rig.look(PAGE, &token).await.1.contains("href=\"/desk/registers\""));
}
