//! Known matters while a clerk writes.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use dengwen_door::{Hint, Hints};
use dengwen_model::Role;
use dengwen_testkit::DeskRig;

use crate::{PAGE, desk};

const API: &str = "/api/v1/notes/hints";
const OURS: &str = "same-origin";
const WORDS: &str = "反映某局长卖官鬻爵";

fn one() -> Hints {
    let hint = Hint {
        number: "990000-2026-000012".to_owned(),
        category: "买官卖官".to_owned(),
        category_en: "buying and selling posts".to_owned(),
        because: vec!["person".to_owned(), "org".to_owned()],
        tips: 7,
    };
    Hints { hints: vec![hint] }
}

/// What the page says of known matters.
async fn shown(rig: &DeskRig, token: &str, fields: &[(&str, &str)]) -> String {
    let draft = "0123456789abcdef0123456789abcdef";
    let fields = [&[("draft", draft)], fields].concat();
    let (head, page) = rig.fill(&format!("{PAGE}/hints"), token, OURS, &fields).await;
    assert_eq!(head.status, StatusCode::OK, "{page}");
    assert!(fields.iter().all(|(_, value)| page.contains(value)), "what was typed is still there");
    let (_, rest) = page.split_once("id=\"hints\" aria-live=\"polite\">").unwrap();
    rest.split("</section>").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_clerk_sees_what_may_be_known_and_goes_on_writing() {
    let (rig, token) = desk().await;
    rig.knows(Some(one()));
    let fields = [("subject.name", "甲乙丙"), ("text", WORDS)];
    let hints = shown(&rig, &token, &fields).await;
    for words in ["990000-2026-000012", "买官卖官", "7 件同类反映", "对象姓名、单位"] {
        assert!(hints.contains(words), "{words}: {hints}");
    }
    let asked = rig.sketches();
    assert_eq!((asked[0].text.as_str(), asked[0].name.as_deref()), (WORDS, Some("甲乙丙")));
    assert_eq!(rig.waiting().await, 0, "nothing is taken by it");
    let kept = rig.on_disk().into_iter().filter(|(path, _)| path.display().to_string().contains("drafts-"));
    assert_eq!(kept.count(), 0, "and nothing kept");
    let (_, fresh) = rig.look(PAGE, &token).await;
    assert!(fresh.contains("id=\"hints\" aria-live=\"polite\"></section>"), "nothing before anybody asks");
    assert!(fresh.contains(&format!("formaction=\"{PAGE}/hints\"")), "a button, without the script");
}

#[tokio::test]
async fn a_hint_is_in_the_clerks_language() {
    let (rig, token) = desk().await;
    rig.knows(Some(one()));
    let request = Request::post(format!("{PAGE}/hints"))
        .header(header::COOKIE, format!("__Secure-dengwen-clerk={token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT_LANGUAGE, "en")
        .header("sec-fetch-site", OURS)
        .body(Body::from("draft=0123456789abcdef0123456789abcdef&text=he+sells+posts"));
    let (_, page) = rig.send(request.unwrap()).await;
    let page = String::from_utf8(page.to_vec()).unwrap();
    assert!(page.contains("buying and selling posts") && !page.contains("买官卖官"), "{page}");
}

#[tokio::test]
async fn while_casework_is_away_there_are_no_hints_and_nothing_stops() {
    let (rig, token) = desk().await;
    assert!(shown(&rig, &token, &[("text", WORDS)]).await.contains("暂时无法提示"));
    let (status, answer) = rig.post(API, &token, format!("{{\"text\":\"{WORDS}\"}}")).await;
    assert_eq!((status, &answer["available"]), (StatusCode::OK, &false.into()), "{answer}");
    rig.knows(Some(Hints::default()));
    assert!(shown(&rig, &token, &[("text", WORDS)]).await.contains("未发现"));
    // A field that cannot be read yet is no reason to be silent.
    assert!(shown(&rig, &token, &[("text", WORDS), ("received_at", "gestern")]).await.contains("未发现"));
    let _ = rig.sketches();
    shown(&rig, &token, &[("text", "反")]).await;
    assert!(rig.sketches().is_empty(), "casework is not asked about nothing");
}

#[tokio::test]
async fn hints_are_for_clerks_on_our_own_pages() {
    let (rig, token) = desk().await;
    rig.knows(Some(one()));
    let body = format!("{{\"text\":\"{WORDS}\"}}");
    let (status, answer) = rig.post(API, &token, body.clone()).await;
    assert_eq!((status, &answer["hints"][0]["tips"]), (StatusCode::OK, &7.into()), "{answer}");
    assert_eq!(rig.post(API, &rig.token(Role::Officer), body.clone()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(rig.post(API, "", body).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(rig.post(API, &token, "{\"text\":1}").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (head, _) = rig.fill(&format!("{PAGE}/hints"), &token, "cross-site", &[("text", WORDS)]).await;
    assert_eq!(head.status, StatusCode::FORBIDDEN);
}
