//! The form in the order of a call.

use axum::http::StatusCode;
use dengwen_model::{ChannelDetails, IdentityKind};

use crate::rig;

const PAGE: &str = "/desk/phone";

/// The id that the form on this page bears.
pub(crate) fn draft_of(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"draft\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_call_is_asked_for_in_the_order_of_a_call_in_both_languages() {
    let (rig, token) = rig().await;
    let (_, page) = rig.look(PAGE, &token).await;
    let at = |name: &str| page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name}"));
    let order = [
        "started_at",
        "anonymous",
        "subject.name",
        "subject.title",
        "subject.org",
        "when",
        "where",
        "text",
        "demand",
        "readback_confirmed",
    ];
    assert!(order.map(at).is_sorted(), "何人何职何单位何时何地何事何诉求, then read back");
    assert!(page.contains("value=\"2026-11-02T09:00\""), "the call begins now");
    assert!(page.contains("来电人要求匿名") && page.contains("<script src=\"/assets/desk.js\" defer>"));
}

#[tokio::test]
async fn a_call_is_not_registered_before_it_is_said_whether_it_was_read_back_and_an_anonymous_caller_stays_so()
 {
    let (rig, token) = rig().await;
    let id = draft_of(&rig.look(PAGE, &token).await.1);
    let mut call = vec![
        ("draft", id.as_str()),
        ("started_at", "2026-11-02T08:55"),
        ("duration_s", "6:28"),
        ("anonymous", "1"),
        ("reporter.name", "甲乙丙"),
        ("reporter.phone", "13900000123"),
        ("subject.rank_code", "0141"),
        ("text", "反映某局长卖官"),
    ];
    let (head, page) = rig.fill(PAGE, &token, "same-origin", &call).await;
    assert_eq!(head.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("href=\"#f-readback_confirmed\""));
    call.push(("readback_confirmed", "1"));
    let (head, page) = rig.fill(PAGE, &token, "same-origin", &call).await;
    assert_eq!(head.status, StatusCode::CREATED, "{page}");
    let tip = rig.next_tip().await;
    assert_eq!(tip.identity, IdentityKind::Anonymous);
    let ChannelDetails::Phone {
        duration_s: Some(388),
        readback_confirmed: true,
        started_at: Some(began),
        ..
    } = tip.details
    else {
        panic!("{:?}", tip.details)
    };
    assert_eq!(began.to_string(), "2026-11-02T00:55:00Z");
}
