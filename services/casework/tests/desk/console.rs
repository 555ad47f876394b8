//! The console as a browser without JavaScript meets it.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use dengwen_ledger::LadderStep;
use dengwen_model::Role;
use serde_json::json;

use crate::bench::{Answer, Bench, COUNTY};
use crate::seed::{Seed, Seeded};

/// A browser that is signed in.
pub(crate) struct Browser<'a> {
    bench: &'a Bench,
    cookie: String,
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect::<Vec<_>>()
        .join("&")
}

impl Bench {
    pub(crate) async fn browser(&self, role: Role, unit: Option<&str>, name: &str) -> Browser<'_> {
        Browser { bench: self, cookie: self.settled(role, unit, name).await }
    }
}

impl Browser<'_> {
    async fn request(&self, method: Method, path: &str, site: &str, body: Option<String>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", &self.cookie)
            .header("accept-language", "zh-CN")
            .header("sec-fetch-site", site)
            .header("content-type", "application/x-www-form-urlencoded");
        self.bench.send(request.body(body.map_or_else(Body::empty, Body::from)).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, "none", None).await
    }

    /// Sends a form of one of our pages; the status.
    pub(crate) async fn form(&self, path: &str, fields: &str) -> u16 {
        self.request(Method::POST, path, "same-origin", Some(fields.to_owned())).await.status.as_u16()
    }

    /// Status and text of a page.
    pub(crate) async fn status(&self, path: &str) -> (u16, String) {
        let answer = self.get(path).await;
        (answer.status.as_u16(), answer.text)
    }

    /// The text of a page.
    pub(crate) async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.text
    }

    /// Sends a form of one of our pages.
    pub(crate) async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request(Method::POST, path, "same-origin", Some(encoded(fields))).await
    }

    /// Sends a form that is carried out; where it leads.
    async fn done(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.send(path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text);
        answer.headers["location"].to_str().unwrap().to_owned()
    }
}

fn item(seeded: &Seeded, action: &str) -> String {
    format!("/desk/items/{}/{action}", seeded.assignment)
}

fn case(seeded: &Seeded, action: &str) -> String {
    format!("/desk/cases/{}{action}", seeded.case)
}

#[tokio::test]
async fn a_case_goes_from_pull_to_archive_in_browsers() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.browser(Role::Officer, Some(COUNTY), "officer").await;
    let supervisor = bench.browser(Role::Supervisor, None, "supervisor").await;

    let pull = [("unit", COUNTY), ("max", "5"), ("lease_minutes", "30")];
    assert_eq!(officer.done("/desk/pull", &pull).await, "/desk/items?done=pulled");
    assert_eq!(officer.done("/desk/pull", &pull).await, "/desk/items?done=none");
    let mine = officer.page("/desk/items").await;
    assert!(mine.contains(&case(&seeded, "")) && mine.contains("DL-UNITACC"));
    assert!(officer.page(&case(&seeded, "")).await.contains("签收承办"));
    officer.done(&item(&seeded, "accept"), &[]).await;

    let page = officer.page(&case(&seeded, "")).await;
    assert!(page.contains("<mark title=\"A02: keyword\">任人唯亲</mark>"), "evidence is shown");
    assert!(!page.contains("13900000123") && !page.contains("丁戊己"));
    officer
        .done(
            &item(&seeded, "report"),
            &[
                ("rows", "3"),
                ("allegation_1", "反映任人唯亲"),
                ("outcome_1", "O3"),
                ("reasoning_1", "程序合规"),
                ("must_1_M1", "1"),
                ("allegation_2", "页面所拟，未作结论"),
                ("outcome_2", ""),
                ("reasoning_2", ""),
                ("text", "查阅会议记录。\r\n谈话五人。"),
            ],
        )
        .await;

    let page = supervisor.page(&case(&seeded, "")).await;
    assert!(page.contains("程序合规") && page.contains("作出结论") && !page.contains("页面所拟"));
    let conclude = [("outcome", "O3"), ("decided_by", "部务会"), ("reasoning", "同意")];
    supervisor.done(&case(&seeded, "/conclude"), &conclude).await;
    supervisor.done(&case(&seeded, "/feedback"), &[("text", "经查不属实。")]).await;
    supervisor.done(&case(&seeded, "/close"), &[("correction", "")]).await;
    supervisor.done(&case(&seeded, "/archive"), &[]).await;
    let stage = bench.get(&seeded.at_case(""), &bench.supervisor()).await.ok()["stage"].clone();
    assert_eq!(stage, "closed");
}

#[tokio::test]
async fn an_error_says_what_is_wrong_and_costs_nobody_their_words() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.browser(Role::Officer, Some(COUNTY), "officer").await;
    officer.done("/desk/pull", &[("unit", COUNTY), ("max", "5"), ("lease_minutes", "30")]).await;
    officer.done(&item(&seeded, "accept"), &[]).await;
    let half = [
        ("rows", "3"),
        ("allegation_1", "反映任人唯亲"),
        ("outcome_1", "O3"),
        ("reasoning_1", "  "),
        ("text", "写了很久的查核经过"),
    ];
    let answer = officer.send(&item(&seeded, "report"), &half).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("role=\"alert\"") && answer.text.contains("必填"));
    assert!(
        answer.text.contains("写了很久的查核经过") && answer.text.contains("<option value=\"O3\" selected>")
    );
    let more: Vec<_> = half.into_iter().chain([("more", "1")]).collect();
    let answer = officer.send(&item(&seeded, "report"), &more).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.text.contains("allegation_6") && answer.text.contains("写了很久的查核经过"),
        "more rows, same words"
    );
    let unknown =
        [("rows", "3"), ("allegation_1", "甲"), ("outcome_1", "O7"), ("reasoning_1", "乙"), ("text", "丙")];
    assert_eq!(
        officer.send(&item(&seeded, "report"), &unknown).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let wrong =
        officer.send("/desk/pull", &[("unit", COUNTY), ("max", "many"), ("lease_minutes", "30")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nul = officer.send(&item(&seeded, "release"), &[("reason", "a\0b")]).await;
    assert_eq!(nul.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_screener_decides_in_the_browser() {
    let bench = Bench::new().await;
    let task = dengwen_model::AssignmentTask::Screen;
    let line = "990000-ZZB";
    let seeded = bench.seed(Seed { unit: line, task, must_investigate: &[], ..Seed::default() }).await;
    let screener = bench.browser(Role::Screener, Some(line), "screener").await;
    screener.done("/desk/pull", &[("unit", line), ("max", "1"), ("lease_minutes", "30")]).await;
    let page = screener.page(&case(&seeded, "")).await;
    assert!(page.contains("范围外转送") && page.contains("R_12388") && page.contains("A03"));
    assert_eq!(
        screener.done(&item(&seeded, "refer"), &[("referral", "R_12388")]).await,
        "/desk/items?done=refer"
    );
}

#[tokio::test]
async fn every_role_has_its_desks_and_no_others() {
    let bench = Bench::new().await;
    bench.seed(Seed::default()).await;
    let all = [
        "/desk/items",
        "/desk/cases",
        "/desk/receipts",
        "/desk/registers",
        "/desk/overview",
        "/desk/identity",
        "/desk/accounts",
        "/desk/audit",
    ];
    for (role, unit, has) in [
        (Role::Officer, Some(COUNTY), &["/desk/items", "/desk/cases"][..]),
        (Role::Supervisor, None, &["/desk/items", "/desk/cases", "/desk/registers", "/desk/overview"]),
        (Role::Leader, None, &["/desk/cases", "/desk/registers", "/desk/overview"]),
        (Role::Analyst, None, &["/desk/overview"]),
        (Role::Custodian, None, &["/desk/identity"]),
        (Role::Admin, None, &["/desk/accounts"]),
        (Role::Auditor, None, &["/desk/audit"]),
        (Role::Intake, None, &["/desk/receipts", "/desk/registers"]),
    ] {
        let browser = bench.browser(role, unit, role.as_str()).await;
        for path in all {
            let status = browser.get(path).await.status;
            let expected = if has.contains(&path) { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(status, expected, "{path} as {role}");
        }
        let home = browser.get("/desk").await;
        let oversees = has.iter().find(|path| path.ends_with("overview"));
        // A clerk's desks are the doors'; the way there leaves the cookie that they know.
        let first = match role {
            Role::Intake => "/desk/clerk",
            _ => oversees.or(has.first()).copied().unwrap(),
        };
        assert_eq!(home.headers["location"], first, "{role}");
    }
}

#[tokio::test]
async fn signing_out_closes_the_clerks_desks_to_a_copy_of_their_cookie() {
    let bench = Bench::new().await;
    let browser = bench.browser(Role::Intake, None, "clerk").await;
    let given = browser.get("/desk/clerk").await;
    let cookie = given.headers["set-cookie"].to_str().unwrap();
    let token = cookie.split([';', '=']).nth(1).unwrap();
    let claims = bench.runtime.keys().tokens.verify(token, bench.runtime.clock().now()).unwrap();
    let session = claims.session.unwrap();
    let withdrawn = async || {
        let mut work = bench.runtime.ledger().read().await.unwrap();
        (work.is_withdrawn(session).await.unwrap(), work.is_withdrawn(claims.id).await.unwrap())
    };
    assert_eq!(withdrawn().await, (false, false));
    let left = browser.request(Method::POST, "/desk/sign-out", "same-origin", Some(String::new())).await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert_eq!(withdrawn().await, (true, false), "another browser's cookie goes on holding");
    bench.get("/api/v1/cases", token).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn pages_ask_for_sign_in_and_forms_from_elsewhere_are_refused() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let stranger = Browser { bench: &bench, cookie: String::new() };
    for path in
        ["/desk", "/desk/items", "/desk/cases", &case(&seeded, ""), "/desk/overview", "/desk/password"]
    {
        let answer = stranger.get(path).await;
        assert_eq!(
            (answer.status, answer.headers["location"].to_str().unwrap()),
            (StatusCode::SEE_OTHER, "/desk/sign-in"),
            "{path}"
        );
    }
    let officer = bench.browser(Role::Officer, Some(COUNTY), "officer").await;
    let pull = encoded(&[("unit", COUNTY), ("max", "5"), ("lease_minutes", "30")]);
    for site in ["cross-site", "same-site", "none"] {
        let answer = officer.request(Method::POST, "/desk/pull", site, Some(pull.clone())).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{site}");
    }
    let held = bench.get("/api/v1/assignments", &bench.officer()).await.ok();
    assert_eq!(held["items"], json!([]));
    let sign_in = encoded(&[("name", "officer"), ("password", "a long enough password")]);
    let answer = stranger.request(Method::POST, "/desk/sign-in", "cross-site", Some(sign_in.clone())).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = stranger.request(Method::POST, "/desk/sign-in", "same-origin", Some(sign_in)).await;
    assert_eq!(answer.headers["location"], "/desk/items");
    assert!(answer.headers["set-cookie"].to_str().unwrap().contains("HttpOnly; SameSite=Strict"));
    let wrong = encoded(&[("name", "<b>"), ("password", "x")]);
    let answer = stranger.request(Method::POST, "/desk/sign-in", "same-origin", Some(wrong)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(!answer.text.contains("<b>"));
    assert_eq!(officer.done("/desk/sign-out", &[]).await, "/desk/sign-in");
    assert_eq!(officer.get("/desk/items").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn another_role_cannot_send_a_form_that_its_pages_do_not_have() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.browser(Role::Officer, Some(COUNTY), "officer").await;
    for action in ["/conclude", "/return", "/close", "/reopen", "/approve", "/feedback", "/nonsense"] {
        let answer = officer.send(&case(&seeded, action), &[("reason", "x")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{action}");
    }
    let leader = bench.browser(Role::Leader, None, "leader").await;
    assert_eq!(leader.send(&item(&seeded, "accept"), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        leader.send("/desk/accounts", &[("name", "x"), ("role", "admin")]).await.status,
        StatusCode::NOT_FOUND
    );
    let other = bench.browser(Role::Officer, Some(crate::bench::OTHER_COUNTY), "other").await;
    assert_eq!(other.get(&case(&seeded, "")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_administrator_adds_and_disables_accounts() {
    let bench = Bench::new().await;
    let admin = bench.browser(Role::Admin, None, "admin").await;
    let answer =
        admin.send("/desk/accounts", &[("name", "new"), ("role", "officer"), ("unit", COUNTY)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let password =
        answer.text.split("class=\"receipt\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let body = json!({"name": "new", "password": password});
    bench.post("/api/v1/session", "", body.clone()).await.ok();
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let id = work.staff_by_name("new").await.unwrap().unwrap().id.to_string();
    let added = work.audit_of(&id).await.unwrap().remove(0).entry;
    assert_eq!((added.action.as_str(), added.actor.as_str()), ("account.added", "admin"));
    drop(work);
    let again = admin.send("/desk/accounts", &[("name", "new"), ("role", "officer"), ("unit", COUNTY)]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    for fields in [
        [("name", "x"), ("role", "officer"), ("unit", "")],
        [("name", "x"), ("role", "officer"), ("unit", "nowhere")],
        [("name", "x"), ("role", "king"), ("unit", "")],
        [("name", " "), ("role", "leader"), ("unit", "")],
    ] {
        assert_eq!(
            admin.send("/desk/accounts", &fields).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields:?}"
        );
    }
    admin.done("/desk/accounts/disable", &[("name", "new")]).await;
    bench.post("/api/v1/session", "", body).await.refused(401, "sign-in-refused");
    let own = admin.send("/desk/accounts/disable", &[("name", "admin")]).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "nobody locks themselves out");
}

#[tokio::test]
async fn the_custodian_opens_an_identity_on_a_page() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let custodian = bench.browser(Role::Custodian, None, "custodian").await;
    let tip = seeded.tips[0].to_string();
    let alone = [("tip", tip.as_str()), ("reason", "联系举报人"), ("second_person", "x")];
    let answer = custodian.send("/desk/identity", &alone).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!answer.text.contains("13900000123") && answer.text.contains("联系举报人"));
    let leader = bench.leader();
    let both = [("tip", tip.as_str()), ("reason", "联系举报人"), ("second_person", leader.as_str())];
    let answer = custodian.send("/desk/identity", &both).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text.contains("13900000123") && !answer.text.contains(&leader), "no token comes back");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let auditor = bench.browser(Role::Auditor, None, "auditor").await;
    assert!(auditor.page("/desk/audit").await.contains("identity.opened"));
}

#[tokio::test]
async fn the_language_is_chosen_once_and_the_way_back_stays_here() {
    let bench = Bench::new().await;
    let mut officer = bench.browser(Role::Officer, Some(COUNTY), "officer").await;
    assert!(officer.page("/desk/items").await.contains("lang=\"zh-Hans\""));
    let chosen = officer.get("/desk/language?to=en&back=/desk/cases").await;
    assert_eq!(chosen.headers["location"], "/desk/cases");
    let cookie = chosen.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    officer.cookie = format!("{}; {cookie}", officer.cookie);
    assert!(officer.page("/desk/items").await.contains("In my hands"));
    let away = officer.get("/desk/language?to=en&back=//evil.example").await;
    assert_eq!(away.headers["location"], "/desk");
}

#[tokio::test]
async fn the_english_view_says_in_english_what_the_machine_says() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    let limit = work.deadlines_of_case(seeded.case).await.unwrap().remove(0);
    let at = bench.runtime.clock().now();
    for (nth, action) in [(0, "黄牌提醒（催办）（承办单位联系人、督办员）"), (1, "临期提醒：承办人、督办员")]
    {
        let (deadline, case) = (limit.id, seeded.case);
        let level = u8::from(nth == 0);
        let action = action.to_owned();
        let step = LadderStep { deadline, case, extension: 0, level, nth, due_at: at, taken_at: at, action };
        assert!(work.record_step(&step).await.unwrap());
    }
    work.commit().await.unwrap();
    let mut officer = bench.browser(Role::Officer, Some(COUNTY), "officer").await;
    let chinese = officer.page(&case(&seeded, "")).await;
    assert!(
        chinese.contains("反映某县某局局长甲乙丙任人唯亲") && chinese.contains("临期提醒：承办人、督办员")
    );
    officer.cookie = format!("{}; dengwen-language=en", officer.cookie);
    let english = officer.page(&case(&seeded, "")).await;
    for said in ["About 某县某局 局长 甲乙丙: ", "Falls due soon: ", "same organisation +3.1", "(PR-1)"]
    {
        assert!(english.contains(said), "{said}: {english}");
    }
    for said in ["临期提醒", "黄牌", "次日起算", "反映某县", "同一单位"] {
        assert!(!english.contains(said), "{said}");
    }
    assert!(officer.page("/desk/cases").await.contains("About 某县某局 局长 甲乙丙: "));
}

#[tokio::test]
async fn pages_load_nothing_and_run_nothing() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let supervisor = bench.browser(Role::Supervisor, None, "supervisor").await;
    for path in [
        "/desk/items",
        "/desk/cases",
        &case(&seeded, ""),
        "/desk/overview",
        "/desk/cases?stage=opened&unit=%22%3E%3Cb%3E",
    ] {
        let answer = supervisor.get(path).await;
        assert!(
            answer.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"),
            "{path}"
        );
        for forbidden in ["<script", "<b>", "http://", "https://", " style=", " onclick"] {
            assert!(!answer.text.contains(forbidden), "{path}: {forbidden}");
        }
    }
}

#[tokio::test]
async fn what_the_machine_was_not_sure_of_is_shown_as_undecided() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let supervisor = bench.browser(Role::Supervisor, None, "supervisor").await;
    let undecided = "未能自动分类，待人工";
    assert!(!supervisor.page(&case(&seeded, "")).await.contains(undecided));
    let mut work = bench.runtime.ledger().begin().await.unwrap();
    let mut record = work.case(seeded.case).await.unwrap().unwrap();
    record.case.abstained = true;
    work.update_case(&record).await.unwrap();
    work.commit().await.unwrap();
    for path in ["/desk/cases".to_owned(), case(&seeded, "")] {
        assert!(supervisor.page(&path).await.contains(undecided), "{path}");
    }
}

#[tokio::test]
async fn units_are_shown_with_their_names() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let name = "中共清岚县委组织部";
    let supervisor = bench.supervisor();
    let case_out = bench.get(&seeded.at_case(""), &supervisor).await.ok();
    assert_eq!((&case_out["unit"], &case_out["unit_name"]), (&json!(COUNTY), &json!(name)));
    assert_eq!(
        (&case_out["unit_names"][COUNTY], &case_out["assignments"][0]["unit_name"]),
        (&json!(name), &json!(name))
    );
    let limits = bench.get("/api/v1/deadlines", &supervisor).await.ok();
    let limits = limits["deadlines"].as_array().unwrap();
    assert!(
        !limits.is_empty() && limits.iter().all(|limit| limit["owner_name"] != limit["owner"]),
        "{limits:?}"
    );
    let browser = bench.browser(Role::Supervisor, Some(COUNTY), "head").await;
    for path in ["/desk/cases", &case(&seeded, ""), "/desk/overview"] {
        let page = browser.page(path).await;
        assert!(page.contains(&format!("{COUNTY} {name}")), "{path}");
    }
}

#[tokio::test]
async fn a_page_that_is_not_there_says_so_in_the_language_that_was_chosen() {
    let bench = Bench::new().await;
    let get = |cookie: &'static str| {
        let request = Request::get("/desk/nowhere/at/all").header("accept-language", "zh-CN");
        bench.send(request.header("cookie", cookie).body(Body::empty()).unwrap())
    };
    let (chinese, english) = (get("a=b").await, get("dengwen-language=en").await);
    assert_eq!((chinese.status, english.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert!(chinese.text.contains("未找到") && english.text.contains("No such thing"), "{}", english.text);
}

#[tokio::test]
async fn bodies_that_matters_are_referred_to_have_english_names() {
    let bench = Bench::new().await;
    let line = "990000-ZZB";
    let task = dengwen_model::AssignmentTask::Screen;
    let seeded = bench.seed(Seed { unit: line, task, must_investigate: &[], ..Seed::default() }).await;
    let mut screener = bench.browser(Role::Screener, None, "screener").await;
    screener.done("/desk/pull", &[("unit", line), ("max", "1"), ("lease_minutes", "30")]).await;
    screener.cookie = format!("{}; dengwen-language=en", screener.cookie);
    let english = screener.page(&case(&seeded, "")).await;
    assert!(english.contains("discipline inspection and supervision body 12388"), "{english}");
    assert!(!english.contains("纪检监察机关"));
}

#[tokio::test]
async fn an_address_that_means_nothing_costs_nobody_the_page() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let supervisor = bench.browser(Role::Supervisor, None, "supervisor").await;
    for path in [
        case(&seeded, "?tips_limit=x"),
        case(&seeded, "?done=%ff&done=x"),
        format!("/desk/cases/{}/tips/{}?limit=x", seeded.case, seeded.tips[0]),
    ] {
        supervisor.page(&path).await;
    }
    assert_eq!(supervisor.get("/desk/language").await.status, StatusCode::SEE_OTHER);
}
