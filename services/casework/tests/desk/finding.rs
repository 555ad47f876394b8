//! Finding a case: by its number and by codes, within what one may see.

use dengwen_model::Role;
use serde_json::Value;

use crate::bench::{Answer, Bench, COUNTY, OTHER_COUNTY};
use crate::seed::Seed;

fn numbers(list: &Value) -> Vec<String> {
    let rows = list["cases"].as_array().unwrap();
    rows.iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect()
}

impl Bench {
    async fn found(&self, query: &str, token: &str) -> Vec<String> {
        numbers(&self.get(&format!("/api/v1/cases?{query}"), token).await.ok())
    }

    async fn refused_field(&self, query: &str, token: &str) -> Value {
        let answer: Answer = self.get(&format!("/api/v1/cases?{query}"), token).await;
        assert_eq!(answer.status.as_u16(), 422, "{query}: {}", answer.text);
        answer.body["errors"][0]["field"].clone()
    }
}

#[tokio::test]
async fn a_case_is_found_by_its_number_and_by_codes() {
    let bench = Bench::new().await;
    bench.seed(Seed { priority: 1, ..Seed::default() }).await;
    bench.days_later(9);
    bench.seed(Seed { unit: OTHER_COUNTY, ..Seed::default() }).await;
    let supervisor = bench.supervisor();
    let all = bench.found("", &supervisor).await;
    assert_eq!(all.len(), 2, "newest first");
    let (new, old) = (all[0].clone(), all[1].clone());
    for query in [
        format!("number={old}"),
        format!("number={}", old.to_ascii_lowercase()),
        format!("number={}", &old[old.len() - 3..]),
        "number=000001".to_owned(),
        "priority=1".to_owned(),
        "overdue=true".to_owned(),
        format!("unit={COUNTY}&stage=dispatched&category=A02&number=1"),
    ] {
        assert_eq!(bench.found(&query, &supervisor).await, [old.as_str()], "{query}");
    }
    assert_eq!(bench.found("number=2&category=A02", &supervisor).await, [new.as_str()]);
    for query in ["number=000003", "category=B01", "stage=closed", "number=990000", "priority=2"] {
        assert_eq!(bench.found(query, &supervisor).await, [] as [String; 0], "{query}");
    }
    assert_eq!(
        bench.found("number=&category=&unit=", &supervisor).await.len(),
        2,
        "empty is as good as none"
    );
    for (query, field) in [
        ("number=%E7%94%B2", "number"),
        ("number=1%25", "number"),
        ("category=Z99", "category"),
        ("category=%E7%94%B2", "category"),
        ("unit=%E7%94%B2", "unit"),
        ("priority=5", "priority"),
    ] {
        assert_eq!(bench.refused_field(query, &supervisor).await, field, "{query}");
    }
    let document = bench.get("/api/v1/openapi.json", "").await.ok();
    let parameters = &document["paths"]["/api/v1/cases"]["get"]["parameters"];
    for name in ["number", "category", "priority", "overdue", "stage", "unit"] {
        assert!(parameters.as_array().unwrap().iter().any(|parameter| parameter["name"] == name), "{name}");
    }
}

#[tokio::test]
async fn nobody_finds_what_they_may_not_see() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    bench.seed(Seed { unit: OTHER_COUNTY, ..Seed::default() }).await;
    let county = bench.token(Role::Supervisor, Some(COUNTY), "head");
    let elsewhere = bench.token(Role::Officer, Some(OTHER_COUNTY), "elsewhere");
    let subject = bench.token(Role::Leader, None, "甲乙丙");
    let city = bench.token(Role::Supervisor, Some("990100-ZZB"), "city");
    assert_eq!(bench.found("number=000001", &county).await.len(), 1);
    assert_eq!(bench.found("number=000002", &county).await.len(), 0);
    assert_eq!(bench.found("number=000001", &elsewhere).await.len(), 0);
    assert_eq!(bench.found("number=000001", &subject).await.len(), 0, "nor their own");
    assert_eq!(bench.found("", &city).await.len(), 2);
    // A case that the unit had and that is concluded is still found by it.
    let officer = bench.officer();
    bench.accepted(&seeded, &officer).await;
    bench.post(&seeded.at_item("/report"), &officer, crate::officers_day::report()).await.ok();
    let conclusion = crate::officers_day::conclusion("O3");
    bench.post(&seeded.at_case("/conclude"), &bench.supervisor(), conclusion).await.ok();
    assert_eq!(bench.found("number=000001&stage=concluded", &officer).await.len(), 1);
    assert_eq!(bench.found("number=000001", &elsewhere).await.len(), 0);
}

#[tokio::test]
async fn few_cases_among_many_of_others_come_on_one_page() {
    let bench = Bench::new().await;
    for n in 0..130 {
        let unit = if n % 60 == 0 { COUNTY } else { OTHER_COUNTY };
        bench.seed(Seed { unit, ..Seed::default() }).await;
    }
    let officer = bench.officer();
    let page = bench.get("/api/v1/cases?limit=2", &officer).await.ok();
    assert_eq!(page["cases"].as_array().unwrap().len(), 2);
    let (before, case) = (page["next_before"].as_str().unwrap(), page["next_before_case"].as_str().unwrap());
    let rest =
        bench.get(&format!("/api/v1/cases?limit=2&before={before}&before_case={case}"), &officer).await.ok();
    assert_eq!(rest["cases"].as_array().unwrap().len(), 1, "and none is left out");
}

#[tokio::test]
async fn the_form_finds_without_javascript_and_puts_no_words_into_an_address() {
    let bench = Bench::new().await;
    for _ in 0..51 {
        bench.seed(Seed::default()).await;
    }
    let officer = bench.browser(Role::Officer, Some(COUNTY), "officer").await;
    let page = officer.page("/desk/cases?number=000007&category=&stage=&unit=&priority=").await;
    assert!(page.contains("-2026-000007") && !page.contains("-2026-000008"), "{page}");
    assert!(page.contains("role=\"search\"") && page.contains("不能按姓名或举报内容查找"));
    assert!(page.contains("name=\"number\" value=\"000007\""), "what was looked for is still there");
    let page = officer.page("/desk/cases?category=A02&stage=dispatched&priority=3").await;
    let older = page.split('"').find(|part| part.contains("before=")).unwrap().replace("&#38;", "&");
    let older = older.replace("&amp;", "&");
    assert!(older.starts_with("/desk/cases?category=A02&stage=dispatched&priority=3&before="), "{older}");
    let rest = officer.page(&older).await;
    assert_eq!(rest.matches("href=\"/desk/cases/case_").count(), 1, "the one that is left: {rest}");
    for query in
        ["number=%E7%94%B2%E4%B9%99", "unit=%E7%94%B2%E4%B9%99", "category=Z99", "stage=lost", "priority=9"]
    {
        let refused = officer.status(&format!("/desk/cases?{query}&stage=dispatched")).await;
        assert!(!refused.1.contains("甲乙") && !refused.1.contains("%E7"), "{query}: {}", refused.1);
        assert!(matches!(refused.0, 400 | 422), "{query}");
    }
}
