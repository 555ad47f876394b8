//! The whole line from browsers: a report by the public, an officer and a supervisor at the console, and
//! the answer by receipt, all in a real Chromium with JavaScript switched off; and a clerk's day at the phone
//! desk and at the letter desk with it. Run by `./tests/run`.
#![expect(clippy::expect_used, reason = "an unmet expectation is a failing test")]

mod browser;
mod clerk;
mod letters;

use std::time::Duration;

use browser::Browser;
use dengwen_testkit::{Backends, Service, Setup, System, client, until};
use serde_json::Value;

const LONG: Duration = Duration::from_secs(180);
const PASSWORD: &str = "a long enough password";
const ANSWER: &str = "经查，所反映问题不属实。";

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_answered_from_browsers_alone() {
    let setup = Setup::default().variable("DENGWEN_DANGEROUS_LIMITS_OFF", "1");
    let system = System::in_one(Backends::embedded(), setup).await;
    let browser = Browser::start(system.url(Service::Web, "")).await;
    let receipt = report(&browser).await;
    let case = dispatched(&system).await;
    let unit = case["unit"].as_str().expect("a unit").to_owned();
    let case = format!("/desk/cases/{}", case["case_id"].as_str().expect("an id"));
    let officer = account(&system, "officer", Some(&unit)).await;
    let head = account(&system, "supervisor", None).await;

    browser.first_sign_in("officer", &officer, PASSWORD, "/desk/items").await;
    investigate(&browser, &case).await;
    browser.leave().await;
    browser.first_sign_in("supervisor", &head, PASSWORD, "/desk/overview").await;
    decide(&browser, &case).await;

    browser.open("/receipt?lang=zh").await;
    browser.write("input[name=receipt]", &receipt).await;
    browser.enter("input[name=receipt]").await;
    let messages = browser.text("ol.messages").await;
    assert!(messages.contains(ANSWER), "the answer is in the mailbox");
    assert_eq!(browser.text(".state").await, "已办结");
    browser.quit().await;
    system.run(&["verify"]).await;
}

/// Sends a report by the public form; the receipt.
async fn report(browser: &Browser) -> String {
    browser.open("/?lang=zh").await;
    let words = "反映清岚县交通运输局局长甲乙丙：2026年9月任人唯亲，违规提拔两名亲属担任科长。";
    browser.write("#text", words).await;
    browser.picture("public-form").await;
    browser.click("main form button").await;
    browser.text(".receipt").await
}

/// The case, once a unit has it.
async fn dispatched(system: &System) -> Value {
    let token = system.token("supervisor", None).await;
    let url = system.url(Service::Casework, "/api/v1/cases");
    until("a unit for the case", LONG, || async {
        let answer = client().get(&url).bearer_auth(&token).send().await.ok()?;
        let list: Value = answer.json().await.ok()?;
        let case = list["cases"].get(0)?;
        (case["stage"] == "dispatched").then(|| case.clone())
    })
    .await
}

/// Makes an account of this role and name; its one-time password.
pub(crate) async fn account(system: &System, role: &str, unit: Option<&str>) -> String {
    let mut arguments = vec!["user", "add", "--name", role, "--role", role];
    arguments.extend(unit.into_iter().flat_map(|unit| ["--unit", unit]));
    let told = system.run(&arguments).await;
    told.trim().rsplit(' ').next().expect("a password").to_owned()
}

/// The officer pulls, accepts and reports.
async fn investigate(browser: &Browser, case: &str) {
    // The hand-over may be a moment behind the case.
    until("the item", LONG, || async {
        browser.open("/desk/items").await;
        browser.click("form.bar button").await;
        browser.arrives("/desk/items?done=").await;
        let page = browser.text("main").await;
        page.contains("990000-ZZB-").then_some(())
    })
    .await;
    browser.picture("officer-desk").await;
    browser.open(case).await;
    browser.picture("officer-case").await;
    browser.click("form[action$='/accept'] button").await;
    browser.arrives(&format!("{case}?done=accept")).await;
    browser.enter(".actions details:has(form[action$='/report']) summary").await;
    browser.click("select[name=outcome_1] option[value=O3]").await;
    browser.write("textarea[name=reasoning_1]", "经查程序合规").await;
    browser.write("#report-text", "查阅会议记录，谈话五人。").await;
    browser.click("form[action$='/report'] button:not([name])").await;
    browser.arrives(&format!("{case}?done=report")).await;
}

/// The supervisor concludes, answers and closes.
async fn decide(browser: &Browser, case: &str) {
    for (action, fields) in [
        ("conclude", &[("input[name=decided_by]", "部务会，七人"), ("textarea[name=reasoning]", "同意")][..]),
        ("feedback", &[("textarea[name=text]", ANSWER)]),
        ("close", &[]),
    ] {
        let form = format!("form[action$='/{action}']");
        browser.open(case).await;
        browser.click(&format!("details:has({form}) summary")).await;
        if action == "conclude" {
            browser.click(&format!("{form} option[value=O3]")).await;
        }
        for (field, words) in fields {
            browser.write(&format!("{form} {field}"), words).await;
        }
        browser.click(&format!("{form} button")).await;
        browser.arrives(&format!("{case}?done={action}")).await;
    }
}
