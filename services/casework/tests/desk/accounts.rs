//! Accounts and console sessions.

use axum::body::Body;
use axum::http::{Method, Request};
use dengwen_casework::{
    AccountError, COMMAND_LINE, NewAccount, add_account, disable_account, first_administrator, reset_password,
};
use dengwen_model::Role;
use dengwen_service::withdrawn_until;
use serde_json::{Value, json};

use crate::bench::{Answer, Bench, COUNTY};

const NEW: &str = "a long enough password";

impl Bench {
    async fn account(&self, role: Role, unit: Option<&str>, name: &str) -> String {
        let account =
            NewAccount { name: name.to_owned(), role, unit: unit.map(|unit| unit.parse().unwrap()) };
        add_account(&self.runtime, account, COMMAND_LINE).await.unwrap()
    }

    async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.post("/api/v1/session", "", json!({"name": name, "password": password})).await
    }

    async fn with_cookie(
        &self,
        method: Method,
        path: &str,
        cookie: &str,
        site: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("cookie", cookie);
        if !site.is_empty() {
            request = request.header("sec-fetch-site", site);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    /// Signs in for the first time and changes the password; the cookie.
    pub(crate) async fn settled(&self, role: Role, unit: Option<&str>, name: &str) -> String {
        let password = self.account(role, unit, name).await;
        let cookie = cookie(&self.sign_in(name, &password).await);
        let change = json!({"old": password, "new": NEW});
        let path = "/api/v1/session/password";
        let changed = self.with_cookie(Method::POST, path, &cookie, "same-origin", Some(change)).await;
        self::cookie(&changed)
    }
}

fn cookie(answer: &Answer) -> String {
    let header = answer.headers["set-cookie"].to_str().unwrap();
    header.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_first_start_makes_one_administrator_once() {
    let bench = Bench::new().await;
    let (name, password) = first_administrator(&bench.runtime).await.unwrap().unwrap();
    assert!(first_administrator(&bench.runtime).await.unwrap().is_none());
    let answer = bench.sign_in(&name, &password).await.ok();
    assert_eq!((&answer["role"], &answer["must_change"]), (&json!("admin"), &json!(true)));
}

#[tokio::test]
async fn a_given_password_is_changed_before_anything_else() {
    let bench = Bench::new().await;
    let password = bench.account(Role::Officer, Some(COUNTY), "officer").await;
    let cookie = cookie(&bench.sign_in("officer", &password).await);
    let get = |path: &'static str| bench.with_cookie(Method::GET, path, &cookie, "", None);
    get("/api/v1/assignments").await.refused(403, "password-must-change");
    let change = |old: &str, new: &str| {
        let body = json!({"old": old, "new": new});
        bench.with_cookie(Method::POST, "/api/v1/session/password", &cookie, "same-origin", Some(body))
    };
    change(&password, "short").await.refused(422, "new-password");
    change(&password, &password).await.refused(422, "new-password");
    change("wrong", NEW).await.refused(401, "sign-in-refused");
    let changed = change(&password, NEW).await;
    get("/api/v1/assignments").await.refused(401, "unauthorized");
    let renewed = self::cookie(&changed);
    assert_ne!(renewed, cookie, "whoever saw the old cookie holds nothing");
    bench.with_cookie(Method::GET, "/api/v1/assignments", &renewed, "", None).await.ok();
    bench.sign_in("officer", &password).await.refused(401, "sign-in-refused");
    bench.sign_in("officer", NEW).await.ok();
}

#[tokio::test]
async fn a_reset_ends_what_the_old_password_opened() {
    let bench = Bench::new().await;
    let mine = bench.settled(Role::Officer, Some(COUNTY), "officer").await;
    let others = bench.settled(Role::Officer, Some(COUNTY), "other").await;
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    let withdrawn_before = work.all_withdrawn().await.unwrap().len();
    let (clock, entropy) = (bench.runtime.clock(), bench.runtime.entropy());
    let password = reset_password(work.as_mut(), "officer", clock, entropy).await.unwrap();
    work.commit().await.unwrap();

    let get = |cookie| bench.with_cookie(Method::GET, "/api/v1/session", cookie, "", None);
    get(&mine).await.refused(401, "unauthorized");
    get(&others).await.ok();
    bench.sign_in("officer", NEW).await.refused(401, "sign-in-refused");
    let answer = bench.sign_in("officer", &password).await;
    let again = cookie(&answer);
    assert_eq!(answer.ok()["must_change"], json!(true));
    let path = "/api/v1/assignments";
    bench.with_cookie(Method::GET, path, &again, "", None).await.refused(403, "password-must-change");

    let mut work = bench.runtime.ledger().read().await.unwrap();
    let withdrawn = work.all_withdrawn().await.unwrap().len();
    assert_eq!(withdrawn, withdrawn_before + 1, "the desks hear of the session that ended");
    let id = work.staff_by_name("officer").await.unwrap().unwrap().id.to_string();
    let log = work.audit_of(&id).await.unwrap();
    let told: Vec<_> =
        log.iter().map(|record| (record.entry.action.as_str(), record.entry.actor.as_str())).collect();
    assert!(told.contains(&("password.reset", "command line")), "{told:?}");
}

#[tokio::test]
async fn an_account_that_is_disabled_gets_no_password() {
    let bench = Bench::new().await;
    bench.settled(Role::Officer, Some(COUNTY), "officer").await;
    let (clock, entropy) = (bench.runtime.clock(), bench.runtime.entropy());
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    let work = work.as_mut();
    disable_account(work, "officer", clock).await.unwrap();
    assert!(matches!(reset_password(work, "officer", clock, entropy).await, Err(AccountError::Disabled)));
    assert!(matches!(reset_password(work, "nobody", clock, entropy).await, Err(AccountError::Unknown)));
    assert!(matches!(disable_account(work, "nobody", clock).await, Err(AccountError::Unknown)));
    let id = work.staff_by_name("officer").await.unwrap().unwrap().id.to_string();
    let last = work.audit_of(&id).await.unwrap().pop().unwrap();
    assert_eq!(last.entry.action, "account.disabled", "as the console names it");
}

#[tokio::test]
async fn a_session_ends_when_signed_out_and_by_itself() {
    let bench = Bench::new().await;
    let cookie = bench.settled(Role::Officer, Some(COUNTY), "officer").await;
    bench.with_cookie(Method::GET, "/api/v1/session", &cookie, "", None).await.ok();
    bench.clock.advance_seconds(10 * 3600);
    bench.with_cookie(Method::GET, "/api/v1/session", &cookie, "", None).await.refused(401, "unauthorized");
    let cookie = self::cookie(&bench.sign_in("officer", NEW).await);
    bench.with_cookie(Method::DELETE, "/api/v1/session", &cookie, "same-origin", None).await.ok();
    bench.with_cookie(Method::GET, "/api/v1/session", &cookie, "", None).await.refused(401, "unauthorized");
    // The log tells of it, and until when what the session had issued stays withdrawn.
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let withdrawn = work.withdrawals().await.unwrap();
    let mut told = Vec::new();
    for row in &withdrawn {
        let log = work.audit_of(&row.token.to_string()).await.unwrap();
        told.extend(
            log.into_iter().map(|record| (record.entry.actor, withdrawn_until(&record.entry.reason))),
        );
    }
    assert!(told.contains(&("officer".to_owned(), withdrawn.iter().filter_map(|row| row.expires_at).max())));
}

#[tokio::test]
async fn signing_in_ends_the_session_that_the_browser_had() {
    let bench = Bench::new().await;
    let before = bench.settled(Role::Officer, Some(COUNTY), "officer").await;
    let credentials = Some(json!({"name": "officer", "password": NEW}));
    let path = "/api/v1/session";
    let wrong = Some(json!({"name": "officer", "password": "wrong"}));
    bench
        .with_cookie(Method::POST, path, &before, "same-origin", wrong)
        .await
        .refused(401, "sign-in-refused");
    bench.with_cookie(Method::GET, path, &before, "", None).await.ok();
    let after = cookie(&bench.with_cookie(Method::POST, path, &before, "same-origin", credentials).await);
    assert_ne!(after, before);
    bench.with_cookie(Method::GET, path, &before, "", None).await.refused(401, "unauthorized");
    bench.with_cookie(Method::GET, path, &after, "", None).await.ok();
    // A cookie that somebody else put there names no session, and becomes none.
    let planted = format!("__Host-dengwen={}", "a".repeat(64));
    let credentials = Some(json!({"name": "officer", "password": NEW}));
    let mine = cookie(&bench.with_cookie(Method::POST, path, &planted, "same-origin", credentials).await);
    assert_ne!(mine, planted);
    bench.with_cookie(Method::GET, path, &planted, "", None).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_cookie_changes_nothing_from_another_site() {
    let bench = Bench::new().await;
    let cookie = bench.settled(Role::Officer, Some(COUNTY), "officer").await;
    let path = format!("/api/v1/units/{COUNTY}/pull");
    for site in ["cross-site", "same-site", "none", ""] {
        let answer = bench.with_cookie(Method::POST, &path, &cookie, site, Some(json!({}))).await;
        answer.refused(403, "cross-site");
    }
    bench.with_cookie(Method::POST, &path, &cookie, "same-origin", Some(json!({}))).await.ok();
    let body = json!({"name": "officer", "password": NEW});
    bench
        .with_cookie(Method::POST, "/api/v1/session", "", "cross-site", Some(body))
        .await
        .refused(403, "cross-site");
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_answered_alike_and_not_for_ever() {
    let bench = Bench::new().await;
    bench.settled(Role::Officer, Some(COUNTY), "officer").await;
    let known = bench.sign_in("officer", "wrong").await;
    let unknown = bench.sign_in("nobody", "wrong").await;
    assert_eq!((known.status, &known.body["type"]), (unknown.status, &unknown.body["type"]));
    for _ in 0..9 {
        bench.sign_in("nobody", "wrong").await.refused(401, "sign-in-refused");
    }
    bench.sign_in("nobody", "wrong").await.refused(429, "too-many-attempts");
    bench.sign_in("officer", NEW).await.ok();
    bench.clock.advance_seconds(90);
    bench.sign_in("nobody", "wrong").await.refused(401, "sign-in-refused");
}

#[tokio::test]
async fn accounts_are_checked_when_they_are_made() {
    let bench = Bench::new().await;
    let add = |name: &str, role, unit: Option<&str>| {
        let account =
            NewAccount { name: name.to_owned(), role, unit: unit.map(|unit| unit.parse().unwrap()) };
        add_account(&bench.runtime, account, COMMAND_LINE)
    };
    add("somebody", Role::Leader, None).await.unwrap();
    assert!(matches!(add("somebody", Role::Leader, None).await, Err(AccountError::Taken)));
    for alike in ["Somebody", "SOMEBODY", "ｓomebody"] {
        assert!(matches!(add(alike, Role::Leader, None).await, Err(AccountError::Taken)), "{alike}");
    }
    for name in [" ", "some\u{200B}body"] {
        assert!(matches!(add(name, Role::Leader, None).await, Err(AccountError::Name)));
    }
    assert!(matches!(add("a\nb", Role::Leader, None).await, Err(AccountError::Name)));
    assert!(matches!(add("officer", Role::Officer, None).await, Err(AccountError::UnitMissing)));
    assert!(matches!(add("officer", Role::Officer, Some("none")).await, Err(AccountError::UnknownUnit)));
}

#[tokio::test]
async fn a_withdrawn_token_and_a_broken_one_open_nothing() {
    let bench = Bench::new().await;
    let token = bench.officer();
    bench.get("/api/v1/assignments", &token).await.ok();
    for broken in ["x", "dwt1.e30.AAAA", &format!("{token}x"), &token[..token.len() - 2]] {
        bench.get("/api/v1/assignments", broken).await.refused(401, "unauthorized");
    }
    let id = bench.runtime.keys().tokens.verify(&token, bench.runtime.clock().now()).unwrap().id;
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    let now = bench.runtime.clock().now();
    work.withdraw_token(id, now, now + jiff::SignedDuration::from_hours(1)).await.unwrap();
    work.commit().await.unwrap();
    bench.get("/api/v1/assignments", &token).await.refused(401, "unauthorized");
}
