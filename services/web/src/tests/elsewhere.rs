//! Pages of other sites make no browser report.

use axum::http::StatusCode;
use dengwen_door::Limits;

use super::{multipart, rig};

const PLAIN: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_page_of_another_site_reports_nothing_and_a_page_says_why() {
    let rig = rig(Limits::off()).await;
    let evil = [("origin", "http://evil.example"), ("host", "line.example")];
    for headers in [&[("sec-fetch-site", "cross-site")][..], &[("sec-fetch-site", "same-site")], &evil] {
        let page = rig.post("/?lang=en", PLAIN, headers, "text=x").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.body.contains("another site"), "{}", page.body);
        assert!(page.body.contains(r#"href="/?lang=en""#), "{}", page.body);
        let (media, body) = multipart(&[("tip", None, br#"{"text":"x"}"#)]);
        let problem = rig.post("/api/v1/tips", &media, headers, body).await;
        assert_eq!(problem.json()["type"], "urn:dengwen:problem:cross-site");
        for path in ["/receipt", "/receipt/message"] {
            let page = rig.post(path, PLAIN, headers, "receipt=12345678901234567890&text=x").await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert_eq!(rig.waiting().await, 0);
    let linked = axum::http::Request::get("/").header("sec-fetch-site", "cross-site");
    let linked = rig.send(linked.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(linked.status, StatusCode::OK, "whoever follows a link to the form gets it");
}

#[tokio::test]
async fn our_own_pages_old_phones_and_programs_report() {
    let rig = rig(Limits::off()).await;
    let ours = [("origin", "https://line.example"), ("host", "line.example")];
    // Where a page sends no referrer, as ours, browsers name no origin.
    let hidden = [("origin", "null"), ("host", "line.example")];
    for headers in
        [&[][..], &[("sec-fetch-site", "same-origin")], &[("sec-fetch-site", "none")], &ours, &hidden]
    {
        assert_eq!(rig.post("/", PLAIN, headers, "text=x").await.status, StatusCode::CREATED, "{headers:?}");
        let json = rig.post("/api/v1/tips", "application/json", headers, r#"{"text":"x"}"#).await;
        assert_eq!(json.status, StatusCode::CREATED, "{headers:?}");
    }
    assert_eq!(rig.waiting().await, 10);
}
