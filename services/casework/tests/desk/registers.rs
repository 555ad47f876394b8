//! The four registers, as they are read and printed.

use dengwen_ledger::NewTip;
use dengwen_model::{Channel, ChannelDetails, Role, TipContent, TipId};
use dengwen_seal::{KeyDirectory, Receipt, purpose};
use dengwen_service::{open_reading, seal_reading};
use serde_json::json;

use crate::bench::{Bench, COUNTY, OTHER_COUNTY, PROVINCE};
use crate::seed::{Seed, Seeded, WORDS};

impl Bench {
    /// One more tip of the case, that came so.
    async fn came(&self, seeded: &Seeded, channel: Channel, details: ChannelDetails) -> String {
        let runtime = &self.runtime;
        let keys = KeyDirectory::new(runtime.settings().keys_dir()).door().unwrap();
        let id = TipId::new(runtime.clock(), runtime.entropy());
        let mut work = runtime.ledger().begin().await.unwrap();
        let first = work.tip(seeded.tips[0]).await.unwrap().unwrap().tip;
        let reading = open_reading(runtime, first.id, &first.reading).unwrap();
        let content = TipContent { channel, details, ..crate::seed::content() };
        let content = serde_json::to_vec(&content).unwrap();
        let sealed = keys
            .line
            .seal(purpose::TipContent, id.as_uuid().as_bytes(), &content, runtime.entropy())
            .unwrap();
        let tip = NewTip {
            id,
            channel,
            registered_at: runtime.clock().now(),
            receipt_hash: keys.receipt.hash(&Receipt::generate(runtime.entropy())).as_bytes().to_vec(),
            content: sealed.as_bytes().to_vec(),
            reading: seal_reading(runtime, id, &reading).unwrap(),
            ..first
        };
        work.register_tip(&tip).await.unwrap();
        let number = work.tip(id).await.unwrap().unwrap().number;
        work.commit().await.unwrap();
        number
    }
}

fn letter(kind: &str, register_no: Option<&str>) -> ChannelDetails {
    ChannelDetails::Letter {
        letter_type: kind.to_owned(),
        postmark: Some("2026-02-27".to_owned()),
        pages: Some(3),
        handwritten: Some(true),
        signers: Some(5),
        register_no: register_no.map(str::to_owned),
    }
}

fn call() -> ChannelDetails {
    ChannelDetails::Phone {
        started_at: None,
        duration_s: Some(125),
        operator: Some("3".to_owned()),
        readback_confirmed: true,
    }
}

#[tokio::test]
async fn each_register_has_its_entries_and_names_nobody_who_reported() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let phone = bench.came(&seeded, Channel::Phone, call()).await;
    let posted = bench.came(&seeded, Channel::Letter, letter("联名信", Some("2026-0007"))).await;
    let visit = bench.came(&seeded, Channel::Letter, letter("visit", None)).await;
    let raised = bench.came(&seeded, Channel::Letter, letter("联席会议", None)).await;
    let supervisor = bench.supervisor();
    for (register, number) in
        [("phone", &phone), ("letter", &posted), ("oral", &visit), ("conference", &raised)]
    {
        let read = bench.get(&format!("/api/v1/registers/{register}"), &supervisor).await.ok();
        let rows = read["rows"].as_array().unwrap();
        assert_eq!((rows.len(), &rows[0]["number"]), (1, &json!(number)), "{register}: {read}");
        assert_eq!(rows[0]["matter"]["summary"], "反映某县某局局长甲乙丙任人唯亲");
        let whole = read.to_string();
        for secret in [WORDS, "丁戊己", "13900000123", "someone@"] {
            assert!(!whole.contains(secret), "{register}");
        }
    }
    let letters = bench.get("/api/v1/registers/letter", &supervisor).await.ok();
    assert_eq!(
        (&letters["rows"][0]["register_no"], &letters["rows"][0]["signers"]),
        (&json!("2026-0007"), &json!(5))
    );
    let calls = bench.get("/api/v1/registers/phone", &supervisor).await.ok();
    let told = ["duration_s", "operator", "readback_confirmed"].map(|name| calls["rows"][0][name].clone());
    assert_eq!(told, [json!(125), json!("3"), json!(true)]);
    let at = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    let (received, registered) =
        (at(&calls["rows"][0], "received_at"), at(&calls["rows"][0], "registered_at"));
    assert!(received <= registered, "{calls}");
    assert_eq!(letters["rows"][0]["readback_confirmed"], json!(null), "it was no call");
    let case = bench.get(&seeded.at_case(""), &supervisor).await.ok();
    let tips = case["tips"].as_array().unwrap();
    assert!(tips.iter().any(|tip| tip["register_no"] == "2026-0007"), "the case shows it too");
    bench.get("/api/v1/registers/web", &supervisor).await.refused(404, "not-found");
    let entries = bench.runtime.ledger().read().await.unwrap().audit_of("register phone").await.unwrap();
    assert_eq!(entries.len(), 2, "each reading is on record");

    let browser = bench.browser(Role::Supervisor, None, "supervisor").await;
    let page = browser.page("/desk/registers?register=letter").await;
    for words in ["12380来信举报登记簿", "Register of letters", "2026-0007", "登记人", &posted] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains(&phone) && !page.contains("丁戊己"));
    let page = browser.page("/desk/registers?register=phone").await;
    for words in ["来件、登记时间", "接听员", "2:05", "已复述"] {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn a_register_is_read_by_days_and_in_pages() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let mut numbers = Vec::new();
    for day in 0..3 {
        for _ in 0..2 {
            numbers.push(bench.came(&seeded, Channel::Phone, call()).await);
            bench.clock.advance_seconds(1);
            // Between two calls there came a letter.
            bench.came(&seeded, Channel::Letter, letter("letter", None)).await;
        }
        if day < 2 {
            bench.days_later(1);
        }
    }
    let supervisor = bench.supervisor();
    let read = |query: &str| bench_get(&bench, format!("/api/v1/registers/phone{query}"), supervisor.clone());
    let of = |page: &serde_json::Value| -> Vec<String> {
        page["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["number"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(of(&read("").await.ok()), numbers[4..], "today");
    assert_eq!(of(&read("?from=2026-03-02&until=2026-03-03").await.ok()), numbers[..4]);
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let page = read(&format!("?from=2026-03-02&limit=4{after}")).await.ok();
        paged.extend(of(&page));
        let Some(next) = page["next_after"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(paged, numbers);
    for (query, status) in [
        ("?from=2026-03-04&until=2026-03-03", 422),
        ("?from=2024-01-01", 422),
        ("?from=x", 422),
        ("?limit=201", 422),
    ] {
        assert_eq!(read(query).await.status.as_u16(), status, "{query}");
    }
}

async fn bench_get(bench: &Bench, path: String, token: String) -> crate::bench::Answer {
    bench.get(&path, &token).await
}

#[tokio::test]
async fn a_register_tells_nobody_more_than_the_case_does() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    bench.came(&seeded, Channel::Phone, call()).await;
    let path = "/api/v1/registers/phone";
    // A clerk learns that something was registered, and whom it is about not even that.
    let clerk = bench.token(Role::Intake, Some(PROVINCE), "clerk");
    let read = bench.get(path, &clerk).await.ok();
    assert_eq!((read["rows"].as_array().unwrap().len(), &read["rows"][0]["matter"]), (1, &json!(null)));
    for role in [Role::Leader, Role::Supervisor, Role::Intake] {
        let unit = (role == Role::Intake).then_some(PROVINCE);
        let accused = bench.token(role, unit, "甲乙丙");
        assert_eq!(bench.get(path, &accused).await.ok()["rows"], json!([]), "{role}");
    }
    let browser = bench.browser(Role::Supervisor, None, "甲乙丙").await;
    let page = browser.page("/desk/registers?register=phone").await;
    assert!(!page.contains("2:05") && !page.contains("已复述"), "nor in the register as it is printed");
    let yesterday = format!("{path}?from=2026-03-01");
    bench.get(&yesterday, &clerk).await.refused(403, "today-alone");
    // Another department's register is not theirs, whoever handles the case.
    for unit in [COUNTY, OTHER_COUNTY] {
        let other = bench.token(Role::Supervisor, Some(unit), "head");
        assert_eq!(bench.get(path, &other).await.ok()["rows"], json!([]), "{unit}");
    }
}
