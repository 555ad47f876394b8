//! Pulling under a lease: most urgent first, each item to one officer at a time.

use dengwen_model::Role;
use serde_json::{Value, json};

use crate::bench::{Bench, COUNTY, OTHER_COUNTY, PROVINCE};
use crate::seed::Seed;

pub(crate) fn pull_at(unit: &str) -> String {
    format!("/api/v1/units/{unit}/pull")
}

pub(crate) fn ids(answer: &Value) -> Vec<String> {
    answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["assignment_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_item_comes_in_the_contracts_shape() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let answer =
        bench.post(&pull_at(COUNTY), &bench.officer(), json!({"max": 5, "lease_minutes": 30})).await.ok();
    let item = &answer["items"][0];
    assert_eq!(item["assignment_id"], seeded.assignment.to_string());
    assert_eq!(item["case_id"], seeded.case.to_string());
    assert_eq!(item["lease_until"], "2026-03-02T02:30:00Z");
    assert_eq!(item["priority"], 3);
    assert_eq!(item["category"], "A02");
    assert_eq!(item["must_investigate"], json!(["M1"]));
    assert_eq!(item["summary"], "反映某县某局局长甲乙丙任人唯亲");
    let limit = &item["deadlines"][0];
    assert_eq!(
        (&limit["rule"], &limit["due"], &limit["state"]),
        (&json!("DL-UNITACC"), &json!("2026-03-09"), &json!("open"))
    );
}

#[tokio::test]
async fn the_most_urgent_comes_first_and_no_more_than_asked_for() {
    let bench = Bench::new().await;
    for priority in [4, 1, 3, 2] {
        bench.seed(Seed { priority, ..Seed::default() }).await;
    }
    let answer = bench.post(&pull_at(COUNTY), &bench.officer(), json!({"max": 3})).await.ok();
    let priorities: Vec<_> =
        answer["items"].as_array().unwrap().iter().map(|item| item["priority"].clone()).collect();
    assert_eq!(priorities, [1, 2, 3]);
}

#[tokio::test]
async fn an_expired_lease_puts_the_item_back() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let (first, second) = (bench.officer(), bench.officer());
    bench.post(&pull_at(COUNTY), &first, json!({"lease_minutes": 30})).await.ok();
    let nothing = bench.post(&pull_at(COUNTY), &second, json!({})).await.ok();
    assert_eq!(ids(&nothing).len(), 0, "still held");
    bench.clock.advance_seconds(30 * 60 - 1);
    assert_eq!(
        ids(&bench.post(&pull_at(COUNTY), &second, json!({})).await.ok()).len(),
        0,
        "for the last second too"
    );
    bench.clock.advance_seconds(1);
    bench.post(&seeded.at_item("/accept"), &first, json!({})).await.refused(409, "not-held");
    assert_eq!(
        ids(&bench.post(&pull_at(COUNTY), &second, json!({})).await.ok()),
        [seeded.assignment.to_string()]
    );
    bench.post(&seeded.at_item("/accept"), &second, json!({})).await.ok();
}

#[tokio::test]
async fn what_was_accepted_is_nobody_elses_to_pull() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let officer = bench.officer();
    bench.post(&pull_at(COUNTY), &officer, json!({})).await.ok();
    bench.post(&seeded.at_item("/accept"), &officer, json!({})).await.ok();
    bench.days_later(2);
    assert_eq!(ids(&bench.post(&pull_at(COUNTY), &bench.officer(), json!({})).await.ok()).len(), 0);
    let held = bench.get("/api/v1/assignments", &officer).await.ok();
    assert_eq!(held["items"][0]["state"], "accepted");
}

#[tokio::test]
async fn a_released_item_can_be_pulled_again_and_its_clock_goes_on() {
    let bench = Bench::new().await;
    let seeded = bench.seed(Seed::default()).await;
    let (first, second) = (bench.officer(), bench.officer());
    bench.post(&pull_at(COUNTY), &first, json!({})).await.ok();
    bench.post(&seeded.at_item("/accept"), &first, json!({})).await.ok();
    bench.days_later(3);
    bench.post(&seeded.at_item("/release"), &first, json!({"reason": "回避"})).await.ok();
    bench.post(&pull_at(COUNTY), &second, json!({})).await.ok();
    bench.post(&seeded.at_item("/accept"), &second, json!({})).await.ok();
    let case = bench.get(&seeded.at_case(""), &second).await.ok();
    let results: Vec<_> =
        case["deadlines"].as_array().unwrap().iter().filter(|limit| limit["rule"] == "DL-CHK").collect();
    assert_eq!(results.len(), 1, "one limit for the result, from the first acceptance on");
    assert_eq!(results[0]["due"], "2026-05-06");
}

#[tokio::test]
async fn a_screener_gets_screening_alone_and_leaves_the_rest_to_officers() {
    let bench = Bench::new().await;
    for _ in 0..6 {
        bench.seed(Seed { priority: 1, unit: PROVINCE, ..Seed::default() }).await;
    }
    let task = dengwen_model::AssignmentTask::Screen;
    let screen = bench.seed(Seed { priority: 4, unit: PROVINCE, task, ..Seed::default() }).await;
    let screener = bench.token(Role::Screener, Some(PROVINCE), "screener");
    let got = bench.post(&pull_at(PROVINCE), &screener, json!({"max": 2})).await.ok();
    assert_eq!(ids(&got), [screen.assignment.to_string()]);
    let officer = bench.token(Role::Officer, Some(PROVINCE), "officer");
    let rest = bench.post(&pull_at(PROVINCE), &officer, json!({"max": 50})).await.ok();
    assert_eq!(ids(&rest).len(), 6);
}

#[tokio::test]
async fn only_the_units_own_people_pull() {
    let bench = Bench::new().await;
    bench.seed(Seed::default()).await;
    let other = bench.token(Role::Officer, Some(OTHER_COUNTY), "officer");
    bench.post(&pull_at(COUNTY), &other, json!({})).await.refused(403, "other-unit");
    let nowhere = bench.token(Role::Officer, None, "officer");
    bench.post(&pull_at(COUNTY), &nowhere, json!({})).await.refused(403, "other-unit");
    bench.post(&pull_at("no-such-unit"), &bench.supervisor(), json!({})).await.refused(404, "unknown-unit");
    assert_eq!(ids(&bench.post(&pull_at(COUNTY), &bench.supervisor(), json!({})).await.ok()).len(), 1);
}

#[tokio::test]
async fn bad_pulls_are_told_apart() {
    let bench = Bench::new().await;
    let officer = bench.officer();
    for (body, slug) in [
        (json!({"max": 0}), "validation"),
        (json!({"max": 51}), "validation"),
        (json!({"lease_minutes": 0}), "validation"),
        (json!({"lease_minutes": 100_000}), "lease-too-long"),
        (json!({"max": "five"}), "validation"),
        (json!({"maximum": 5}), "validation"),
    ] {
        bench.post(&pull_at(COUNTY), &officer, body).await.refused(422, slug);
    }
}
